"""What carriers, handsets and people say of a number: in the facts of the next decision, in the log, in live calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from record_kit import CALLER_ID, NOON, NUMBER, OFFICER, OPERATOR, Site, codes, rule

from dialer.core.admission import Actor
from dialer.core.errors import BadInput
from dialer.core.facts import NumberHealth
from dialer.core.policy import PolicySet
from dialer.core.rulebook import Rulebook
from dialer.core.rules import number_health
from dialer.record import health
from dialer.record.health import Mark

OTHER_NUMBER = "+8613912345678"


def a_mark(kind: str = "complaint", what: str = "夜间来电", **more: Any) -> Mark:
    """A mark of the bank's number."""
    given = {"source": "12345", "since": NOON - timedelta(hours=1), "why": "转办单 1 号", **more}
    return Mark(number=given.pop("number", CALLER_ID), kind=kind, what=what, **given)


def a_suspension(**more: Any) -> Mark:
    """The carrier suspends the bank's number."""
    return a_mark("notice", "suspend", source="unicom", **more)


async def health_now(site: Site) -> NumberHealth:
    """What the next decision about the bank's number would read."""
    return await site.store.read(lambda one: health.health_of(one, CALLER_ID, site.clock.now()))


async def closed(site: Site, mark: str, verdict: str, actor: Any = OFFICER) -> str:
    """Close a mark."""
    return await site.store.write(
        lambda one: health.close_mark(one, mark, verdict, "已核实", actor, site.clock.now())
    )


async def test_a_number_of_which_nothing_is_said_is_healthy(make_site: Callable[..., Site]) -> None:
    """No mark: no complaint, label, notice, suspension or appeal."""
    site = await make_site().ready()
    assert await health_now(site) == NumberHealth()


async def test_what_is_said_of_a_number_is_read_until_it_is_closed(make_site: Callable[..., Site]) -> None:
    """Complaints are counted, labels name their source, a carrier's warning is a notice; closed ones are gone."""
    site = await make_site().ready()
    store = site.store
    marks = [
        await store.mark_number(mark, OFFICER)
        for mark in (
            a_mark(),
            a_mark(why="转办单 2 号"),
            a_mark("label", "疑似骚扰", source="某终端企业"),
            a_mark("notice", "warn", source="unicom"),
        )
    ]
    assert await health_now(site) == NumberHealth(complaints=2, labels=("某终端企业",), notice="unicom")
    for mark, verdict in zip(marks, ("unfounded", "upheld", "cleared", "answered"), strict=True):
        assert await closed(site, mark, verdict) == "closed"
    assert await health_now(site) == NumberHealth()


async def test_what_is_said_of_another_number_is_not_read(make_site: Callable[..., Site]) -> None:
    """A mark concerns its own number only."""
    site = await make_site().ready()
    await site.store.mark_number(a_suspension(number="95199"), OFFICER)
    assert await health_now(site) == NumberHealth()


async def test_a_mark_holds_from_its_instant_on(make_site: Callable[..., Site]) -> None:
    """A complaint counts from its instant; a suspension announced for later stands there with its own instant."""
    site = await make_site().ready()
    later = NOON + timedelta(hours=1)
    await site.store.mark_number(a_mark(since=later), OFFICER)
    await site.store.mark_number(a_suspension(since=later), OFFICER)
    site.clock.move(seconds=3600, microseconds=-1)
    assert await health_now(site) == NumberHealth(suspended_since=later)
    site.clock.move(microseconds=1)
    assert await health_now(site) == NumberHealth(complaints=1, suspended_since=later)


async def test_a_suspension_ends_live_calls_with_this_number_and_no_others(
    make_site: Callable[..., Site],
) -> None:
    """The call that shows the number hears it before the command is answered; the other enterprise's hears nothing."""
    site = await make_site().ready()
    own = await site.request()
    other = await site.request("C-2", OTHER_NUMBER, enterprise="lender")
    async with site.calls.revocations(own) as hit, site.calls.revocations(other) as missed:
        for request in (own, other):
            assert (await site.calls.admit(request)).permit
        await site.store.mark_number(a_suspension(), OPERATOR)
        revocation = hit.pending()
        assert revocation is not None
        assert revocation.kind == "tightened"
        assert missed.pending() is None


async def bear(site: Site, params: number_health.Params) -> None:
    """Put a rule about the health of numbers in force beside the others."""
    (pack,) = site.book.policy.packs
    rules = (*pack.rules, rule("health", "number_health", params))
    book = Rulebook(PolicySet((replace(pack, rules=rules),)), 2, "test")
    site.store.know(book)
    await site.store.put_in_force("policy", {"digest": book.digest, "revision": 2}, OFFICER)


async def test_a_suspended_number_is_denied_and_a_lifted_one_permitted(
    make_site: Callable[..., Site],
) -> None:
    """The next admission denies and names the suspension; once two people lifted it, the one after permits."""
    site = await make_site().ready()
    await bear(site, number_health.Params())
    mark = await site.store.mark_number(a_suspension(), OFFICER)
    assert "number_health.suspended" in codes(await site.admit())
    await closed(site, mark, "lifted")
    await closed(site, mark, "lifted", OPERATOR)
    await site.permitted()


async def test_one_complaint_too_many_ends_live_calls_too(make_site: Callable[..., Site]) -> None:
    """One is borne; the second ends the live call before the command is answered, and the next is denied."""
    site = await make_site().ready()
    await bear(site, number_health.Params(suspended=False, most_complaints=1))
    request = await site.request()
    async with site.calls.revocations(request) as hit:
        assert (await site.calls.admit(request)).permit
        await site.store.mark_number(a_mark(), OFFICER)
        assert hit.pending() is None
        await site.store.mark_number(a_mark(why="转办单 2 号"), OFFICER)
        assert hit.pending() is not None
    assert "number_health.complained" in codes(await site.admit("C-2", OTHER_NUMBER))


async def test_a_suspension_is_lifted_by_two_people(make_site: Callable[..., Site]) -> None:
    """The first proposes and it still binds; he cannot confirm it himself; a second person lifts it."""
    site = await make_site().ready()
    mark = await site.store.mark_number(a_suspension(), OFFICER)
    assert await closed(site, mark, "lifted") == "proposed"
    assert (await health_now(site)).suspended_since is not None
    with pytest.raises(BadInput, match="second person"):
        await closed(site, mark, "lifted")
    assert await closed(site, mark, "lifted", OPERATOR) == "closed"
    assert (await health_now(site)).suspended_since is None


async def test_the_holder_of_the_token_is_no_first_person(make_site: Callable[..., Site]) -> None:
    """A lifting proposed with the token still needs two people: the first one who is known only proposes it."""
    site = await make_site().ready()
    mark = await site.store.mark_number(a_suspension(), OFFICER)
    token = Actor("token", frozenset(), "key")
    for actor in (token, OFFICER):
        assert await closed(site, mark, "lifted", actor) == "proposed"
    with pytest.raises(BadInput):
        await closed(site, mark, "lifted", OFFICER)


async def test_an_appeal_is_read_as_long_as_what_it_is_against_holds(make_site: Callable[..., Site]) -> None:
    """Filed, then rejected; gone once the label is cleared."""
    site = await make_site().ready()
    label = await site.store.mark_number(a_mark("label", "骚扰电话", source="某终端企业"), OFFICER)
    appeal = await site.store.mark_number(a_mark("appeal", "误标", about=label), OFFICER)
    assert (await health_now(site)).appeal == "filed"
    await closed(site, appeal, "rejected")
    assert (await health_now(site)).appeal == "rejected"
    await closed(site, label, "cleared")
    assert (await health_now(site)).appeal == "none"


async def test_what_makes_no_sense_is_refused(make_site: Callable[..., Site]) -> None:
    """A verdict of another kind, a mark that is closed or nobody's, an appeal against another number's label."""
    site = await make_site().ready()
    mark = await site.store.mark_number(a_mark(), OFFICER)
    foreign = await site.store.mark_number(a_mark("label", "骚扰", number="95199"), OFFICER)
    with pytest.raises(BadInput, match="upheld or unfounded or withdrawn"):
        await closed(site, mark, "cleared")
    with pytest.raises(BadInput, match="no mark of this id"):
        await closed(site, "nobody", "upheld")
    with pytest.raises(BadInput, match="is no complaint, label or notice"):
        await site.store.mark_number(a_mark("appeal", "误标", about=foreign), OFFICER)
    await closed(site, mark, "upheld")
    with pytest.raises(BadInput, match="was closed as upheld"):
        await closed(site, mark, "unfounded")


async def test_every_change_is_an_entry_with_who_and_why(make_site: Callable[..., Site]) -> None:
    """Marked, proposed, closed: three entries, each with its actor and reason."""
    site = await make_site().ready()
    mark = await site.store.mark_number(a_suspension(why="投诉集中"), OFFICER)
    await closed(site, mark, "lifted")
    await closed(site, mark, "lifted", OPERATOR)
    entries = [one for one in await site.store.entries() if one.type.startswith("number_mark")]
    assert [one.type for one in entries] == [
        "number_marked",
        "number_mark_close_proposed",
        "number_mark_closed",
    ]
    for entry, who, why in zip(
        entries, ("lin", "lin", "wang"), ("投诉集中", "已核实", "已核实"), strict=True
    ):
        assert f'"id":"{who}"' in entry.content.decode()
        assert f'"why":"{why}"' in entry.content.decode()


async def test_an_attempt_carries_the_health_it_was_decided_on(make_site: Callable[..., Site]) -> None:
    """The evidence of a permit tells how many complaints were open."""
    site = await make_site().ready()
    await site.store.mark_number(a_mark(), OFFICER)
    await site.permitted("C-1", NUMBER)
    admitted = [one for one in await site.store.entries() if b'"number_health"' in one.content]
    assert admitted
    assert b'"complaints":1' in admitted[-1].content
