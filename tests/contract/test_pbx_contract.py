"""One contract of `ports.calls.Pbx`, for the scripted Asterisk of tests/path and for a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pbx_worlds import (
    ANSWERING,
    BUSY_NUMBER,
    KEY,
    REJECTING,
    SILENT,
    SOUND_S,
    PbxWorld,
    real_world,
    scripted_world,
)

from dialer.core.errors import Defect, Fault
from dialer.ports.calls import (
    Answered,
    DialRefused,
    DialTaken,
    HungUp,
    KeyPressed,
    Leg,
    LegEvent,
    NotStaged,
    PlayedOut,
    Ringing,
    Sent,
    StagedLeg,
)

PATIENCE_S = 8.0


REAL = pytest.param("real", marks=pytest.mark.xdist_group("asterisk"))


@pytest.fixture(params=["scripted", REAL])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PbxWorld]:
    """Either Asterisk; only the real one is started."""
    if request.param == "scripted":
        async with scripted_world() as found:
            yield found
        return
    async with real_world(tmp_path) as found:
        yield found


async def _heard(leg: Leg, last: type[LegEvent]) -> list[LegEvent]:
    events: list[LegEvent] = []
    async with asyncio.timeout(PATIENCE_S):
        while not events or not isinstance(events[-1], last):
            events.append(await leg.event())
    return events


async def _staged(world: PbxWorld, number: str) -> StagedLeg:
    staged = await world.pbx.stage(await world.permit(number))
    assert not isinstance(staged, NotStaged), staged.why
    return staged


async def _answered(world: PbxWorld, number: str) -> StagedLeg:
    leg = await _staged(world, number)
    assert await leg.dial(6.9) == DialTaken()
    await leg.renew(10.0)
    await _heard(leg, Answered)
    return leg


async def test_a_call_is_told_in_order(world: PbxWorld) -> None:
    """Sent, ringing, answered; then our hangup is told as the end, with its cause."""
    leg = await _staged(world, ANSWERING)
    assert await leg.exists() is True
    assert await leg.dial(6.9) == DialTaken()
    assert await _heard(leg, Answered) == [Sent(), Ringing(), Answered()]
    await leg.hang_up()
    assert await _heard(leg, HungUp) == [HungUp(16)]
    assert await leg.exists() is False
    await leg.hang_up()
    assert leg.drained() == []


async def test_the_phone_sees_what_was_permitted(world: PbxWorld) -> None:
    """Number, caller ID and permit stand in the one INVITE."""
    permit = await world.permit(ANSWERING)
    leg = await world.pbx.stage(permit)
    assert not isinstance(leg, NotStaged)
    await leg.dial(6.9)
    await _heard(leg, Answered)
    [shown] = world.seen()
    assert (shown.number, shown.caller_id, shown.permit) == (permit.dialled, permit.caller_id, permit.token)
    await leg.hang_up()


async def test_a_leg_is_dialled_once_ever(world: PbxWorld) -> None:
    """A second dial is a defect and writes nothing: one INVITE, and the call goes on."""
    leg = await _staged(world, SILENT)
    await leg.dial(6.9)
    with pytest.raises(Defect):
        await leg.dial(6.9)
    await _heard(leg, Ringing)
    assert len(world.seen()) == 1
    assert await leg.exists() is True
    await leg.hang_up()
    await _heard(leg, HungUp)


@pytest.mark.parametrize(("number", "cause"), [(BUSY_NUMBER, 17), (REJECTING, 21)], ids=["busy", "rejected"])
async def test_the_cause_of_a_call_that_was_not_taken(world: PbxWorld, number: str, cause: int) -> None:
    """Busy and rejected are told by their causes."""
    leg = await _staged(world, number)
    await leg.dial(6.9)
    assert (await _heard(leg, HungUp))[-1] == HungUp(cause)


async def test_nobody_answers(world: PbxWorld) -> None:
    """A dial ends by itself at its timeout, with the cause of no answer."""
    leg = await _staged(world, SILENT)
    await leg.dial(1.5)
    await leg.renew(10.0)
    assert (await _heard(leg, HungUp))[-1] == HungUp(19)


async def test_a_file_is_played_to_its_end(world: PbxWorld) -> None:
    """A playback says done when its length has passed."""
    leg = await _answered(world, ANSWERING)
    began_s = asyncio.get_running_loop().time()
    playback = await leg.play(world.sound)
    assert (await _heard(leg, PlayedOut))[-1] == PlayedOut(playback, True)
    assert asyncio.get_running_loop().time() - began_s >= SOUND_S - 0.05
    await leg.hang_up()


async def test_a_stopped_file_is_not_done(world: PbxWorld) -> None:
    """A playback that we stop does not say done."""
    leg = await _answered(world, ANSWERING)
    playback = await leg.play(world.sound)
    await asyncio.sleep(0.2)
    await leg.stop_playing(playback)
    assert (await _heard(leg, PlayedOut))[-1] == PlayedOut(playback, False)
    await leg.hang_up()


async def test_an_unapproved_file_is_not_played(world: PbxWorld) -> None:
    """A digest without its file is a fault, not silence."""
    leg = await _answered(world, ANSWERING)
    with pytest.raises(Fault, match=r"sound\.audio"):
        await leg.play("b" * 64)
    await leg.hang_up()


async def test_a_key_is_heard_in_the_bridge_and_the_recording_is_kept(world: PbxWorld) -> None:
    """Keys stay heard while two talk; what was recorded is named with its SHA-256."""
    permit = await world.permit(KEY)
    leg = await world.pbx.stage(permit)
    assert not isinstance(leg, NotStaged)
    await leg.dial(6.9)
    await _heard(leg, Answered)
    talk = await world.pbx.bridge(permit, leg, world.agent(), recorded=True)
    assert (await _heard(leg, KeyPressed))[-1] == KeyPressed("9")
    kept = await talk.close()
    assert kept is not None
    assert kept["recording"] == talk.recording
    assert len(str(kept["sha256"])) == 64
    await leg.hang_up()


async def test_an_unrecorded_bridge_keeps_nothing(world: PbxWorld) -> None:
    """Where no recording was asked for there is none."""
    leg = await _answered(world, ANSWERING)
    talk = await world.pbx.bridge(await world.permit(ANSWERING), leg, world.agent(), recorded=False)
    assert (talk.recording, await talk.close()) == ("", None)
    await leg.hang_up()


async def test_a_bridge_with_a_gone_channel_is_a_fault(world: PbxWorld) -> None:
    """Nobody is joined to a channel that has ended."""
    leg = await _answered(world, ANSWERING)
    await leg.hang_up()
    await _heard(leg, HungUp)
    with pytest.raises(Fault):
        await world.pbx.bridge(await world.permit(ANSWERING), leg, world.agent(), recorded=True)


async def test_a_late_permit_is_not_staged(world: PbxWorld) -> None:
    """A permit that has run out makes no channel, and no phone rings."""
    staged = await world.pbx.stage(await world.permit(ANSWERING, dial_within_s=0.0))
    assert isinstance(staged, NotStaged)
    await asyncio.sleep(0.3)
    assert world.seen() == []


async def test_a_channel_that_nobody_dials_ends_by_itself(world: PbxWorld) -> None:
    """Asterisk removes it at the permit's end; a dial after that is refused, and no phone rings."""
    staged = await world.pbx.stage(await world.permit(ANSWERING, dial_within_s=1.0))
    assert not isinstance(staged, NotStaged), staged.why
    assert isinstance((await _heard(staged, HungUp))[-1], HungUp)
    assert isinstance(await staged.dial(6.9), DialRefused)
    await asyncio.sleep(0.3)
    assert world.seen() == []


async def test_a_call_that_is_not_renewed_ends_by_itself(world: PbxWorld) -> None:
    """The deadline that `renew` sets ends a call that nobody hears any more."""
    leg = await _answered(world, ANSWERING)
    began_s = asyncio.get_running_loop().time()
    await leg.renew(1.0)
    assert isinstance((await _heard(leg, HungUp))[-1], HungUp)
    assert 0.8 <= asyncio.get_running_loop().time() - began_s < 2.5


async def test_an_adopted_name_is_usable(world: PbxWorld) -> None:
    """The link is up, and says so at once."""
    assert await world.pbx.usable(0.5)
