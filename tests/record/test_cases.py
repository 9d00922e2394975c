"""Cases in the record: what an admission reads of them, and the calls that a change ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from record_kit import NOON, NUMBER, OFFICER, OPERATOR, Site, codes, rule, secrets

from dialer.core.admission import Denied, NeverDialled, Permitted
from dialer.core.call import Event
from dialer.core.cases import Change
from dialer.core.errors import Fault
from dialer.core.policy import Binding, Pack, PolicySet, Text
from dialer.core.rulebook import Rulebook
from dialer.core.rules import case
from dialer.ports.calls import Revocation
from dialer.record import cases, people
from dialer.record.hashing import subject_hash

MakeSite = Callable[..., Site]
HASH = subject_hash(secrets().subject_key, "debt", "bank", "D-1")


def with_cases(book: Rulebook) -> Rulebook:
    """The same rules, and one that looks at the case."""
    checks = case.Params(frozenset({"status", "assignee", "hold"}), unknown="permit")
    rules = (*book.policy.packs[0].rules, rule("case", "case", checks))
    pack = Pack("t", Text("测", "t"), 1, "Asia/Shanghai", Binding(), rules)
    return Rulebook(PolicySet((pack,)), 2, "test")


async def site_with_cases(make_site: MakeSite) -> Site:
    """A site whose rules look at the case."""
    site = await make_site().ready()
    book = with_cases(site.book)
    site.store.know(book)
    await site.store.put_in_force("policy", {"digest": book.digest, "revision": 2}, OFFICER)
    return site


async def change(site: Site, kind: str, debt: bytes = HASH, **more: Any) -> None:
    """Write one change, as the feed does it, and decide live calls again."""
    one = cases.DebtChange(debt, Change(kind, more.pop("at", site.clock.now()), **more))
    await site.store.write(lambda connection: cases.add(connection, [one], OPERATOR, site.clock.now()))
    await site.store.recheck(f"case {kind}", lambda attempt: attempt.debt is not None)


async def test_a_change_decides_the_next_admission(make_site: MakeSite) -> None:
    """Held: denied; lifted: permitted; another debt of the same enterprise: permitted throughout."""
    site = await site_with_cases(make_site)
    await change(site, "held", reason="住院")
    denied = await site.admit("C-1", debt_id="D-1")
    assert (isinstance(denied, Denied), list(codes(denied))) == (True, ["case.on_hold"])
    await site.permitted("C-2", "+8613812345679", debt_id="D-2")
    await change(site, "lifted", lifts="held")
    await site.permitted("C-1", debt_id="D-1")


async def test_a_hold_that_ends_is_the_next_instant(make_site: MakeSite) -> None:
    """The denial says when the call would be lawful: a microsecond before it is not."""
    site = await site_with_cases(make_site)
    await change(site, "held", reason="住院", until=NOON + timedelta(hours=2))
    denied = await site.admit(debt_id="D-1")
    assert isinstance(denied, Denied)
    assert denied.next_instant == NOON + timedelta(hours=2)


async def test_the_entry_holds_the_change_and_the_digest_of_its_rows(make_site: MakeSite) -> None:
    """Who, what and since when; the debt only within the digest; altered rows no longer fit it."""
    site = await site_with_cases(make_site)
    await change(site, "held", reason="住院")
    entry = next(one for one in await site.store.entries() if one.type == "case_changed")
    content = json.loads(entry.content)
    assert (content["changes"][0]["kind"], content["actor"]["id"]) == ("held", "wang")
    assert HASH.hex() not in entry.content.decode()
    rows = await site.store.read(
        lambda one: one.exec_driver_sql("SELECT seq FROM case_changes").scalars().all()
    )
    assert rows == [entry.index]


@asynccontextmanager
async def live(site: Site, *events: Event) -> AsyncIterator[tuple[Permitted, asyncio.Task[Revocation]]]:
    """A call about the debt that has come so far, and what revokes it."""
    request = await site.request(debt_id="D-1")
    async with site.calls.revocations(request) as revoked:
        admission = await site.calls.admit(request)
        assert isinstance(admission, Permitted)
        for event in events:
            await site.calls.note(admission.permit, event)
        hearing = asyncio.create_task(revoked.next())
        yield admission, hearing
        hearing.cancel()


RINGING = (Event.DIAL_BEGUN, Event.RANG)
BRIDGED = (*RINGING, Event.WAS_ANSWERED, Event.ANNOUNCEMENT_PLAYED, Event.AGENT_JOINED)


@pytest.mark.parametrize("events", [(), RINGING, BRIDGED], ids=["permitted", "ringing", "bridged"])
@pytest.mark.parametrize("kind", ["held", "settled", "deceased", "withdrawn"])
async def test_a_change_ends_the_live_call_of_its_debt(
    make_site: MakeSite, events: tuple[Event, ...], kind: str
) -> None:
    """Wherever the call stands, it is revoked before the command returns; the revocation says why."""
    site = await site_with_cases(make_site)
    async with live(site, *events) as (_, revoked):
        await change(site, kind)
        said = await asyncio.wait_for(revoked, 1)
    code = "case.on_hold" if kind == "held" else "case.not_open"
    assert (said.kind, said.said) == ("tightened", f"case {kind}: {code}")


async def test_a_change_that_forbids_nothing_ends_nothing(make_site: MakeSite) -> None:
    """Told, overdue and a hold of another debt leave the call alone."""
    site = await site_with_cases(make_site)
    async with live(site, *RINGING) as (_, revoked):
        await change(site, "told", party="agency", how="sms")
        await change(site, "overdue", overdue_days=9)
        await change(site, "held", debt=subject_hash(secrets().subject_key, "debt", "bank", "D-2"))
        await asyncio.sleep(0.02)
        assert not revoked.done()


async def test_an_ended_call_is_left_alone(make_site: MakeSite) -> None:
    """Only what is live is decided again, and only as far as it is concerned."""
    site = await site_with_cases(make_site)
    looked: list[str] = []

    def concerns(attempt: Any) -> bool:
        looked.append(attempt.id)
        return False

    async with live(site) as (admission, revoked):
        await site.store.recheck("nothing", concerns)
        await site.calls.reverse(admission.permit, NeverDialled.CALLED_OFF)
        await site.store.recheck("again", concerns)
        assert not revoked.done()
    assert looked == [str(admission.permit.id)]


@pytest.mark.parametrize("trouble", [Fault("sound.record", "disk I/O error"), ValueError("a defect")])
async def test_where_live_calls_cannot_be_read_nobody_goes_on(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """A reader that fails revokes everything, and whoever changed the case hears of it."""
    site = await site_with_cases(make_site)

    async def broken(_work: Any) -> Any:
        raise trouble

    async with live(site, *RINGING) as (_, revoked):
        monkeypatch.setattr(site.store, "read", broken)
        with pytest.raises(type(trouble)):
            await site.store.recheck("case held")
        assert (await asyncio.wait_for(revoked, 1)).kind == "tightened"


async def test_no_call_slips_between_a_change_and_its_recheck(make_site: MakeSite) -> None:
    """Calls and a hold at once, again and again: every call about the debt is denied, or permitted and revoked."""
    site = await site_with_cases(make_site)
    for turn in range(10):
        debt = f"T-{turn}"
        digest = subject_hash(secrets().subject_key, "debt", "bank", debt)
        number = f"+86138123400{turn:02d}"
        request = await site.request(f"C-{turn}", number, debt_id=debt)
        async with site.calls.revocations(request) as revoked:
            holding = asyncio.create_task(change(site, "held", debt=digest, reason="x"))
            admission = await site.calls.admit(request)
            await holding
            assert isinstance(admission, Denied) or revoked.pending() is not None


async def test_an_erased_debt_is_not_called(make_site: MakeSite) -> None:
    """Nothing leads from it to its case any more, so it is not enrolled; enrolled again, its hold still stands."""
    site = await site_with_cases(make_site)
    await change(site, "held", reason="x")
    request = await site.request(debt_id="D-1")
    await site.store.write(lambda one: people.forget(one, str(request.debt), NOON, OFFICER))
    assert "sound.not_enrolled" in codes(await site.calls.admit(request))
    assert list(codes(await site.admit("C-1", NUMBER, debt_id="D-1"))) == ["case.on_hold"]
