"""How far a number's list is, as an admission reads it; and what a fall does to the call that rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from record_kit import CALLER_ID, NOON, OFFICER, Site, codes, rule

from dialer.core.admission import Denied
from dialer.core.rules import number_list
from dialer.number_list.moves import Moves
from dialer.ports.number_list import ADDED, REMOVED, Change, Key, Line, LineAnswer, Prepared, Signed
from dialer.record import listed, submissions

MakeSite = Callable[..., Site]
SENT_BACK = rule(
    "sent-back", "number_list", number_list.Params(frozenset({"rejected", "withdrawn"}), "permit")
)


def _line(number: str, agency: str = "") -> Line:
    own = {"id": agency, "full_name": agency} if agency else None
    key = Key("bank", number, "voice", agency)
    return Line(key, {"number": number, "kind": "voice", "agency": own, "uses": []})


async def handed_over(site: Site, ident: str, *lines: Line, change: str = ADDED) -> str:
    """A submission of the bank's lines, signed and handed over."""
    changes = tuple(Change(change, one, NOON) for one in lines)
    made = Prepared(ident, "bank", "regulator", NOON, changes, ident.encode(), b"")
    signed = Signed("s", "p", "k", "lin")
    await site.store.write(lambda on: submissions.prepare(on, made, OFFICER, NOON))
    await site.store.write(lambda on: submissions.sign(on, ident, signed, OFFICER, NOON))
    await Moves(site.store, site.clock, OFFICER).submitted(ident, "file")
    return ident


async def answered(site: Site, ident: str, *answers: tuple[int, str]) -> int:
    """What the regulator says of lines, by number."""
    said = [LineAnswer(no, answer) for no, answer in answers]
    return await Moves(site.store, site.clock, OFFICER).answered(ident, said)


async def state(site: Site, number: str = CALLER_ID, agency: str | None = None, said: str = "unknown") -> str:
    """What an admission would read."""
    return await site.store.read(lambda on: listed.state_of(on, number, "bank", agency, said))


async def test_what_was_never_submitted_is_what_the_register_says(make_site: MakeSite) -> None:
    """Until the enterprise submits anything; from then on a number that is not on its list is unsubmitted."""
    site = await make_site().ready()
    assert (await state(site), await state(site, said="acknowledged")) == ("unknown", "acknowledged")
    await handed_over(site, "one", _line("95100"))
    assert (await state(site, "95100"), await state(site)) == ("submitted", "unsubmitted")
    assert await state(site, said="acknowledged") == "acknowledged"


async def test_the_state_is_that_of_the_unit_that_calls(make_site: MakeSite) -> None:
    """The same number entrusted to an agency is another line of the list."""
    site = await make_site().ready()
    await handed_over(site, "one", _line(CALLER_ID), _line(CALLER_ID, "agency"))
    await answered(site, "one", (1, "acknowledged"), (2, "rejected"))
    assert (await state(site), await state(site, agency="agency")) == ("acknowledged", "rejected")
    assert await state(site, agency="another") == "unsubmitted"


async def test_the_newest_submission_counts_in_whatever_order_answers_come(make_site: MakeSite) -> None:
    """An answer twice is one; acknowledged after rejected stays rejected; the old one's answers change nothing."""
    site = await make_site().ready()
    await handed_over(site, "one", _line(CALLER_ID))
    await handed_over(site, "two", _line(CALLER_ID))
    assert await answered(site, "two", (1, "rejected"), (1, "rejected")) == 1
    assert await answered(site, "two", (1, "acknowledged")) == 0
    assert await answered(site, "one", (1, "acknowledged")) == 1
    assert await state(site) == "rejected"
    known = await site.store.read(listed.known)
    assert known[Key("bank", CALLER_ID, "voice", "")].held is not None


async def test_a_number_that_is_sent_back_ends_the_call_that_rings_with_it(make_site: MakeSite) -> None:
    """The revocation has fired when the answer is kept, and the next call is denied; another number's goes on."""
    site = await make_site(rules=(SENT_BACK,)).ready()
    await handed_over(site, "one", _line(CALLER_ID), _line("95100"))
    request = await site.request()
    async with site.calls.revocations(request) as revoked:
        assert (await site.calls.admit(request)).permit
        await answered(site, "one", (2, "rejected"))
        assert revoked.pending() is None
        await answered(site, "one", (1, "rejected"))
        assert revoked.pending() is not None
    denied = await site.admit("C-2", "+8613812345679")
    assert isinstance(denied, Denied)
    assert "number_list.rejected" in codes(denied)


@pytest.mark.parametrize(("state", "line"), [("submitted", CALLER_ID), ("unsubmitted", "95100")])
async def test_whatever_state_a_policy_denies_ends_the_call_that_rings(
    make_site: MakeSite, state: str, line: str
) -> None:
    """A number whose list waits for its answer, and one that the first submission of its enterprise left out."""
    asks = rule("list", "number_list", number_list.Params(frozenset({state}), "permit"))
    site = await make_site(rules=(asks,)).ready()
    request = await site.request()
    async with site.calls.revocations(request) as revoked:
        assert (await site.calls.admit(request)).permit
        await handed_over(site, "one", _line(line))
        assert revoked.pending() is not None


async def test_a_number_taken_off_the_list_denies_once_that_is_handed_over(make_site: MakeSite) -> None:
    """Withdrawn: nobody calls from it any more."""
    site = await make_site(rules=(SENT_BACK,)).ready()
    await handed_over(site, "one", _line(CALLER_ID))
    assert (await site.permitted()).permit
    await handed_over(site, "two", _line(CALLER_ID), change=REMOVED)
    assert codes(await site.admit("C-2", "+8613812345679")) == ["number_list.withdrawn"]


async def test_every_move_is_an_entry_with_its_actor(make_site: MakeSite) -> None:
    """Prepared, signed, submitted, answered; none for what changes nothing."""
    site = await make_site().ready()
    await handed_over(site, "one", _line(CALLER_ID))
    for _ in range(2):
        await answered(site, "one", (1, "acknowledged"))
    told: Sequence[Any] = [one for one in await site.store.entries() if one.type.startswith("number_list")]
    assert [one.type.removeprefix("number_list_") for one in told] == [
        "prepared",
        "signed",
        "submitted",
        "answered",
    ]
    assert all(b'"id":"lin"' in one.content for one in told)


@pytest.mark.parametrize("no", [0, 2])
async def test_an_answer_to_a_line_that_is_not_there_changes_nothing(make_site: MakeSite, no: int) -> None:
    """Bad input, also for the lines beside it."""
    from dialer.core.errors import BadInput

    site = await make_site().ready()
    await handed_over(site, "one", _line(CALLER_ID))
    with pytest.raises(BadInput, match="no such line"):
        await answered(site, "one", (1, "rejected"), (no, "acknowledged"))
    assert await state(site) == "submitted"
