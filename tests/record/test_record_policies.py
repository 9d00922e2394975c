"""A policy set that only tightens is in force at once; any other waits for a second person, and none goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from record_kit import OFFICER, Site, rulebook

from dialer.core.admission import Actor
from dialer.core.errors import BadInput
from dialer.core.limits import Counted, Subject, WindowKind
from dialer.core.rulebook import Rulebook
from dialer.core.rules import frequency
from dialer.policy_stored import stored

MakeSite = Callable[..., Site]
SECOND = Actor("li(1001)", frozenset({"operator"}), "socket_peer")


def _book(most: int, revision: int) -> Rulebook:
    limit = frequency.Params(most, Subject.PERSON, Counted.ATTEMPTS, WindowKind.DAYS)
    return replace(rulebook(limit), revision=revision)


async def _propose(site: Site, book: Rulebook, actor: Actor = OFFICER, signed_by: str = "officer") -> Any:
    site.store.know(book)
    return await site.store.propose_policy(stored(book, {"signed_by": signed_by}), actor)


async def _in_force(site: Site) -> int:
    found = await site.store.in_force("policy")
    assert found is not None
    return int(found[1]["revision"])


async def test_a_tightening_is_in_force_at_once(make_site: MakeSite) -> None:
    """Lowering a limit needs nobody else; the first set of a record neither."""
    site = make_site()
    assert (await _propose(site, _book(3, 1))).in_force
    assert (await _propose(site, _book(2, 2))).in_force
    assert await _in_force(site) == 2


async def test_a_loosening_waits_for_a_second_person(make_site: MakeSite) -> None:
    """Raising a limit is refused to its proposer, its signer and whoever is not known, and told to nobody else."""
    site = make_site()
    await _propose(site, _book(2, 1))
    proposal = await _propose(site, _book(3, 2), signed_by="wang")
    assert not proposal.in_force
    assert [one.where for one in proposal.loosens] == ["params.most"]
    assert await _in_force(site) == 1
    wang = replace(SECOND, id="Wang(1002)")
    for actor in (OFFICER, wang, replace(SECOND, authenticated_by="key")):
        with pytest.raises(BadInput):
            await site.store.approve_policy(2, actor)
    with pytest.raises(BadInput, match="no policy set of this revision waits"):
        await site.store.approve_policy(3, SECOND)
    assert await _in_force(site) == 1
    await site.store.approve_policy(2, SECOND)
    assert await _in_force(site) == 2
    with pytest.raises(BadInput, match="no policy set of this revision waits"):
        await site.store.approve_policy(2, SECOND)


async def test_what_waits_is_not_exchanged_under_its_revision(make_site: MakeSite) -> None:
    """Who read revision 2 approves what he read: another set under that number is refused, also later."""
    site = make_site()
    await _propose(site, _book(2, 1))
    await _propose(site, _book(3, 2))
    with pytest.raises(BadInput, match="another set"):
        await _propose(site, _book(9, 2))
    await _propose(site, _book(4, 3))
    with pytest.raises(BadInput, match="another set"):
        await _propose(site, _book(9, 2))
    await site.store.approve_policy(3, SECOND)
    assert await _digest(site) == _book(4, 3).digest


async def test_what_is_approved_is_held_against_live_calls(make_site: MakeSite) -> None:
    """A set that loosens one rule may tighten another: the live calls are decided again when it comes into force."""
    site = make_site()
    await _propose(site, _book(2, 1))
    await _propose(site, _book(3, 2))
    told: list[str] = []

    async def recheck(why: str, *_: object) -> None:
        told.append(why)

    site.store.recheck = recheck  # type: ignore[method-assign]
    await site.store.approve_policy(2, SECOND)
    assert told == ["a policy was approved"]


async def test_an_older_revision_is_refused(make_site: MakeSite) -> None:
    """Neither a lower revision nor another set of the same; and what waited is gone once a newer one is in force."""
    site = make_site()
    await _propose(site, _book(3, 4))
    for revision in (3, 4):
        with pytest.raises(BadInput, match="revision in force"):
            await _propose(site, _book(2, revision))
    assert not (await _propose(site, _book(5, 5))).in_force
    assert (await _propose(site, _book(2, 6))).in_force
    with pytest.raises(BadInput):
        await site.store.approve_policy(5, SECOND)
    assert await _in_force(site) == 6


async def test_the_same_set_again_changes_nothing(make_site: MakeSite) -> None:
    """Started again, a site proposes what is in force or waits already: no new version."""
    site = make_site()
    first = await _propose(site, _book(2, 1))
    waiting = await _propose(site, _book(3, 2))
    assert (await _propose(site, _book(2, 1))).version == first.version
    assert (await _propose(site, _book(3, 2))).version == waiting.version
    told = await site.store.policy_revisions()
    assert [(one["document"]["revision"], one["state"]) for one in told] == [(1, "in_force"), (2, "waiting")]


async def test_a_set_of_unknown_content_is_no_tightening(make_site: MakeSite) -> None:
    """Where the record does not know what was in force nobody can tell: it waits."""
    site = await make_site().ready()
    assert not (await _propose(site, _book(1, 9))).in_force


async def test_admission_follows_what_is_in_force(make_site: MakeSite) -> None:
    """A waiting set decides nothing; a tightening binds the next admission, an approved loosening too."""
    site = await make_site().ready()
    site.store.know(_book(2, 5))
    await site.store.put_in_force("policy", stored(_book(2, 5), {}), OFFICER)
    await _propose(site, _book(3, 6))
    assert await _digest(site) == _book(2, 5).digest
    await _propose(site, _book(1, 7))
    assert await _digest(site) == _book(1, 7).digest
    await _propose(site, _book(3, 8))
    await site.store.approve_policy(8, SECOND)
    assert await _digest(site) == _book(3, 8).digest


async def _digest(site: Site) -> str:
    """The rulebook by which the next call is decided."""
    decision = await site.store.decide_only(await site.request(), None)
    return str(decision.rulebook)
