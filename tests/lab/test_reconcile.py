"""A controller vanishes in the middle of its calls; the next one accounts for each of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from placing import APP, Lab, lab_of

from dialer.core.admission import End, Left
from dialer.core.call import Event, State
from dialer.core.cause import Outcome
from dialer.core.errors import Fault
from dialer.core.policy import Moment
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour
from dialer.reconcile import Reconciler

Factory = Callable[..., LabAsterisk]
RINGING, ANNOUNCING, BRIDGED = "13800000001", "13800000002", "13800000003"
PEOPLE = {
    RINGING: RINGS,
    ANNOUNCING: Behaviour(tone_hz=500),
    BRIDGED: Behaviour(tone_hz=500, hang_up_after_s=7.0),
}


async def _vanish(lab: Lab) -> None:
    """Bridged, announcing and ringing at once; then nobody is left who hears them."""
    lab.start(BRIDGED, "1001")
    await lab.until(lambda: lab.state_of(BRIDGED) is State.BRIDGED)
    lab.start(RINGING)
    await lab.until(lambda: lab.state_of(RINGING) is State.RINGING)
    lab.start(ANNOUNCING)
    await lab.until(lambda: lab.state_of(ANNOUNCING) is State.ANSWERED)
    await lab.now.drop()


@asynccontextmanager
async def _reconciling(lab: Lab) -> AsyncIterator[Reconciler]:
    controller = await lab.controller()
    one = Reconciler(lab.record, controller.pbx, controller.agents, controller.supervisor)
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _end(lab: Lab, number: str) -> End | None:
    return lab.record.ends.get(lab.attempt(number))


async def test_calls_that_lost_their_controller(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Who talks goes on talking and is settled when he hangs up; ring and announcement are ended and heard."""
    async with lab_of(lab_asterisk, tmp_path, PEOPLE, "agent_spoken") as lab:
        await _vanish(lab)
        async with _reconciling(lab):
            assert not lab.now.supervisor.ready()[0]
            await lab.until(lambda: lab.now.supervisor.ready()[0])
            await lab.until(lambda: _end(lab, RINGING) and _end(lab, ANNOUNCING))
            assert (await lab.seen(RINGING, lambda seen: seen.ended_at)).cancelled
            assert (await lab.seen(ANNOUNCING, lambda seen: seen.ended_at)).ended_by == "caller"
            assert lab.state_of(BRIDGED) is State.BRIDGED
            assert lab.now.agents.presence()["1001"] == "reserved"

            await lab.until(lambda: _end(lab, BRIDGED))
            assert _end(lab, BRIDGED) == End(Outcome.CONVERSED, 16, Left.YES)
            [seen] = lab.people.evidence(BRIDGED)
            assert seen.ended_by == "callee"
            # One second of opening; from then on the agent is heard, to the end.
            assert seen.tones_heard_s.get(900, 0) > 4.5
            await lab.until(lambda: lab.now.agents.free() == 1)
        assert [len(lab.people.evidence(number)) for number in PEOPLE] == [1, 1, 1]
        assert lab.record.reversals == {}
        assert Event.ADOPTED in lab.record.events[lab.attempt(BRIDGED)]
        assert lab.record.events[lab.attempt(BRIDGED)][-1] is Event.RECORDING_KEPT


async def test_a_call_that_may_go_on_no_longer(lab_asterisk: Factory, tmp_path: Path) -> None:
    """What was revoked while nobody listened ends an adopted call at once."""
    people = {BRIDGED: Behaviour(tone_hz=500)}
    async with lab_of(lab_asterisk, tmp_path, people) as lab:
        lab.start(BRIDGED, "1001")
        await lab.until(lambda: lab.state_of(BRIDGED) is State.BRIDGED)
        await lab.now.drop()
        lab.record.denies = {Moment.BRIDGE}
        async with _reconciling(lab):
            await lab.until(lambda: _end(lab, BRIDGED))
        end = _end(lab, BRIDGED)
        assert end is not None
        assert end.outcome is Outcome.DENIED_ON_ANSWER
        assert (await lab.seen(BRIDGED, lambda seen: seen.ended_at)).ended_by == "caller"


async def test_strays_are_ended(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A channel of ours that belongs to no live attempt, and one that belongs to nobody, are hung up."""
    async with lab_of(lab_asterisk, tmp_path, {RINGING: RINGS}) as lab:
        first = lab.now
        for channel in (str(uuid4()), "nobody-knows-this-one"):
            await first.ari.channels.create(f"PJSIP/{RINGING}@trunk-ct", APP, "outbound", channel_id=channel)
        await first.drop()
        async with _reconciling(lab):
            await lab.until(lambda: lab.now.supervisor.ready()[0])
            assert await lab.now.ari.channels.list() == ()


async def test_nothing_begins_before_the_record_can_be_asked(lab_asterisk: Factory, tmp_path: Path) -> None:
    """While the attempts without an end cannot be read, the supervisor stays shut; then it opens by itself."""
    async with lab_of(lab_asterisk, tmp_path, {RINGING: RINGS}) as lab:
        broken, recover = [True], lab.record.recover

        async def asked() -> object:
            if broken[0]:
                raise Fault("sound.record", "locked")
            return await recover()

        lab.record.recover = asked  # type: ignore[method-assign, assignment]
        async with _reconciling(lab):
            await asyncio.sleep(1.2)
            assert lab.now.supervisor.ready() == (False, "not yet reconciled with asterisk")
            broken[0] = False
            await lab.until(lambda: lab.now.supervisor.ready()[0])
            lab.wire.open = False
            lab.wire.cut()
            await lab.until(lambda: not lab.now.supervisor.ready()[0])
            lab.wire.open = True
            await lab.until(lambda: lab.now.supervisor.ready()[0])
