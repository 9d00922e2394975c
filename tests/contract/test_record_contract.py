"""What every record must do for a call, whichever database holds it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))
from record_kit import NOON, NUMBER, OFFICER, OPERATOR, Site, codes, limit

from dialer.core.admission import Denied, End, Left, NeverDialled, Permitted, Repeated
from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.core.errors import Defect
from dialer.core.policy import Moment
from dialer.ports.calls import Record, Revocation

BACKENDS: dict[str, Callable[[Path], Site]] = {
    "sqlite": lambda folder: Site(folder, limits=[limit(2)]),
}
SENT = (Event.DIAL_BEGUN, Event.INVITE_SENT)
BUSY = End(Outcome.BUSY, 17, Left.YES)


@pytest.fixture(params=sorted(BACKENDS))
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """A record on each database, ready to permit two attempts a day."""
    made = BACKENDS[request.param](tmp_path)
    yield await made.ready()
    made.close()


async def types(site: Site) -> list[str]:
    """The types of all entries, in order."""
    return [one.type for one in await site.store.entries()]


async def test_a_record_implements_the_port(site: Site) -> None:
    """The store's `calls` is what a call asks for."""
    record: Record = site.store.calls
    assert isinstance(await record.admit(await site.request()), Permitted)


async def test_an_event_is_written_once(site: Site) -> None:
    """Noting one event and its values again changes nothing and leaves no second entry."""
    permit = (await site.permitted()).permit
    for event in (*SENT, *SENT[:0]):
        await site.calls.note(permit, event)
    before = await types(site)
    await site.calls.note(permit, Event.INVITE_SENT)
    assert await types(site) == before
    assert (await site.store.attempt(permit.id))["state"] == "sent"


async def test_an_illegal_move_changes_nothing(site: Site) -> None:
    """What the table does not know is a defect; state and entries stay."""
    permit = (await site.permitted()).permit
    before = await types(site)
    with pytest.raises(Defect):
        await site.calls.note(permit, Event.AGENT_JOINED)
    assert await types(site) == before
    assert (await site.store.attempt(permit.id))["state"] == "permitted"


async def test_the_first_end_stands(site: Site) -> None:
    """Settling twice keeps the first end, and the attempt stays counted."""
    permit = (await site.permitted()).permit
    await site.calls.settle(permit, BUSY)
    await site.calls.settle(permit, End(Outcome.CONVERSED, 16, Left.YES))
    row = await site.store.attempt(permit.id)
    assert (row["outcome"], row["cause"], row["live"]) == ("busy", 17, 0)
    await site.calls.settle((await site.permitted()).permit, BUSY)
    assert codes(await site.admit()) == ["frequency.full"]


async def test_what_may_have_rung_is_never_reversed(site: Site) -> None:
    """Before the INVITE a count is taken back, as often as asked; after it that is a defect."""
    permit = (await site.permitted()).permit
    await site.calls.reverse(permit, NeverDialled.EXPIRED)
    await site.calls.reverse(permit, NeverDialled.EXPIRED)
    assert (await types(site)).count("reversed") == 1
    second = (await site.permitted()).permit
    for event in SENT:
        await site.calls.note(second, event)
    with pytest.raises(Defect):
        await site.calls.reverse(second, NeverDialled.REVOKED)
    with pytest.raises(Defect):
        await site.calls.settle(permit, BUSY)


async def test_deciding_again_leaves_the_own_attempt_out(site: Site) -> None:
    """On answer the call itself is neither in flight nor counted; a stop since then denies, and both are entries."""
    await site.calls.settle((await site.permitted()).permit, BUSY)
    permit = (await site.permitted()).permit
    assert (await site.calls.reconfirm(permit, Moment.ANSWERED)).permitted
    await site.store.stop("enterprise", "drill", OFFICER, target="bank")
    again = await site.calls.reconfirm(permit, Moment.BRIDGE)
    assert [one.code for one in again.denials] == ["stop.active"]
    assert (await types(site)).count("decided_again") == 2


async def test_an_opt_out_is_known_before_it_is_answered(site: Site) -> None:
    """A listener of the same line hears an opt-out before `opt_out` returns; another line's hears nothing."""
    permit = (await site.permitted()).permit
    other = await site.request("C-2", "+8613900000001")
    async with site.calls.revocations(permit) as mine, site.calls.revocations(other) as others:
        await site.calls.opt_out(permit, "key")
        assert mine.pending() == Revocation("opt_out", "key")
        assert await mine.next() == Revocation("opt_out", "key")
        assert others.pending() is None


@pytest.mark.parametrize(
    ("scope", "target", "heard"),
    [("all", None, True), ("enterprise", "bank", True), ("enterprise", "lender", False)],
)
async def test_a_stop_reaches_its_scope(site: Site, scope: str, target: str | None, heard: bool) -> None:
    """A stop revokes the calls in its scope before it is answered, and denies the next ones until lifted."""
    async with site.calls.revocations(await site.request()) as listening:
        await site.store.stop(scope, "drill", OFFICER, target=target)
        assert (listening.pending() is not None) is heard
    assert codes(await site.admit()) == (["stop.active"] if heard else [])
    assert len(await site.store.resume(scope, OFFICER, target=target)) == 1
    await site.permitted("C-2", "+8613900000001")


async def test_an_abandoned_attempt_lives_until_its_time(site: Site) -> None:
    """Given up, it stays live until `live_until`; then the sweep settles it as uncertain, and it still counts."""
    permit = (await site.permitted()).permit
    site.calls.abandon(permit)
    assert await site.store.sweep() == 0
    site.clock.move(seconds=213)
    assert await site.store.sweep() == 1
    assert (await site.store.attempt(permit.id))["outcome"] == "uncertain"
    await site.permitted()
    assert len(await site.store.recover()) == 1


async def test_a_followed_attempt_is_not_swept(site: Site) -> None:
    """While its owner runs and has not given it up, an attempt stays live however long it talks."""
    permit = (await site.permitted()).permit
    site.clock.move(seconds=500)
    assert await site.store.sweep() == 0
    assert [one.permit.id for one in await site.store.recover()] == [permit.id]


async def test_a_hundred_at_once_are_each_counted_once(site: Site) -> None:
    """Concurrent repeats of one key give one permit; everybody else learns of the same attempt."""
    request = await site.request()
    admissions = await asyncio.gather(*(site.calls.admit(request) for _ in range(100)))
    permitted = [one for one in admissions if isinstance(one, Permitted)]
    assert len(permitted) == 1
    others = {one.attempt for one in admissions if isinstance(one, Repeated)}
    assert others == {permitted[0].permit.id}


async def test_a_denial_names_its_rule_and_next_instant(site: Site) -> None:
    """A denial by a full limit says which rule, and when the next call would be lawful."""
    for _ in range(2):
        await site.calls.settle((await site.permitted()).permit, BUSY)
    denied = await site.admit("C-1", NUMBER)
    assert isinstance(denied, Denied)
    assert denied.next_instant is not None
    assert denied.next_instant > NOON
    assert (await types(site))[-1] == "denied"


async def test_consent_after_an_opt_out_opens_again(site: Site) -> None:
    """Statements are kept whole and the newest in scope holds."""
    from dataclasses import replace

    from dialer.record.preferences import Statement

    permit = (await site.permitted()).permit
    await site.calls.opt_out(permit, "key")
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    assert codes(await site.admit()) == ["preference.opted_out"]
    site.clock.move(minutes=1)
    said = Statement(
        key="form-1",
        kind="accept",
        subjects=(permit.person, permit.line),
        enterprise="bank",
        purpose=None,
        product=None,
        channel=None,
        source="form",
        stated_at=site.clock.now(),
        until=None,
        evidence={"form": "1"},
        actor=OPERATOR,
    )
    await site.store.state_preference(said)
    await site.store.state_preference(replace(said, until=None))
    assert (await types(site)).count("preference_stated") == 2
    await site.permitted()
