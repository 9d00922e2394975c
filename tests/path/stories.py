"""Stories of one call in virtual time, what may strike at each port call of theirs, and what must hold after."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from scripted_pbx import Effect, Person, ScriptedPbx
from scripted_record import ScriptedRecord, Terms, request
from virtual import VirtualClock

from dialer.core.admission import Announcement, Permitted, Request
from dialer.core.call import State
from dialer.core.errors import Fault
from dialer.core.policy import Moment
from dialer.following import Desk
from dialer.place_call import CallResult, place_call
from dialer.ports.calls import Agent, DialRefused, DialUncertain, NotStaged, Revocation, Timing

OPENING, CLOSING, NUMBER = "a" * 64, "c" * 64, "13800000001"
FILES_S = {OPENING: 3.0, CLOSING: 2.0}
LATENCY_S = 0.001
OUTAGE_S = 20.0


@dataclass(frozen=True, slots=True)
class Story:
    """One call: mode of its opening, the person, the agent's name, when he ticks: after he is joined, or too early."""

    mode: str
    person: Person
    agent: str | None = None
    ticks_after_s: float | None = None
    ticks_early: bool = False
    asks_party: bool = False


@dataclass(slots=True, eq=False)
class ScriptedAgent:
    """The port `Agent`."""

    name: str
    leg_id: str = "agent-leg"
    held: bool = False
    down: asyncio.Event = field(default_factory=asyncio.Event)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    somebody_else: asyncio.Event = field(default_factory=asyncio.Event)

    async def gone(self) -> None:
        await self.down.wait()

    async def ticked(self) -> None:
        self.pressed.clear()
        await self.pressed.wait()

    async def says_wrong_person(self) -> None:
        await self.somebody_else.wait()


@dataclass(frozen=True, slots=True)
class Strike:
    """What happens at the n-th port call, before or after its effect."""

    name: str
    at: int
    after: bool


class World:
    """One record, one Asterisk, one agent, one call."""

    def __init__(self, story: Story, strike: Strike | None = None) -> None:
        self.story, self.strike = story, strike
        self.called: list[str] = []
        clock = VirtualClock()
        closing_ms = int(FILES_S[CLOSING] * 1000)
        opening = Announcement(
            story.mode, OPENING, int(FILES_S[OPENING] * 1000), CLOSING, closing_ms, story.asks_party
        )
        self.record = ScriptedRecord(clock, Terms(opening, {"one": NUMBER}), self.port)
        self.pbx = ScriptedPbx(clock, {NUMBER: story.person}, FILES_S, self.port)
        self.agent = ScriptedAgent(story.agent) if story.agent else None
        self.leftovers: set[asyncio.Task[None]] = set()
        self.desk = Desk(self.record, self.pbx, self, clock, Timing(max_call_s=60.0), self.later)
        self.call: asyncio.Task[CallResult] | None = None
        self.unexpected: BaseException | None = None
        self.result: CallResult | None = None
        self.cancelled = False
        self.outage_ends_s = 0.0

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.leftovers.add(task)
        task.add_done_callback(self.leftovers.discard)

    @asynccontextmanager
    async def reserve(self, wish: Request) -> AsyncIterator[Agent | None]:
        """The port `Agents`."""
        await self.port("agents.reserve", lambda: None)
        if self.agent is None:
            yield None
            return
        self.agent.held = True
        if self.story.ticks_early:
            asyncio.get_running_loop().call_later(1.0, self.agent.pressed.set)
        try:
            yield self.agent
        finally:
            self.agent.held = False

    async def port(self, name: str, effect: Effect[Any]) -> Any:
        """One port call: it takes a moment each way, and may be the one that the strike hits."""
        self.called.append(name)
        strike = self.strike if self.strike is not None and len(self.called) == self.strike.at else None
        if name != "leg.event":
            await asyncio.sleep(LATENCY_S)
        if name.startswith("record.") and asyncio.get_running_loop().time() < self.outage_ends_s:
            raise Fault("sound.record", "the disk is full")
        if strike is not None and not strike.after:
            self._strike(strike.name, name)
        shown = SHOWN.get(name.split(" ")[0], _nothing) if strike and strike.name == "fault" else _nothing
        if strike is not None and not strike.after and shown is not _nothing:
            return shown()
        result = effect()
        if strike is not None and strike.after:
            self._strike(strike.name, name)
            # A commit whose answer is lost is looked up by the record itself: only Asterisk leaves us in doubt.
            if shown is not _nothing and not name.startswith("record.") and name != "leg.dial":
                return shown()
            if strike.name == "fault" and name == "leg.dial":
                return DialUncertain("no answer")
        if name not in ("leg.event", "pbx.bridge"):
            await asyncio.sleep(LATENCY_S)
        if name == "record.note agent_joined" and self.agent and self.story.ticks_after_s is not None:
            asyncio.get_running_loop().call_later(self.story.ticks_after_s, self.agent.pressed.set)
        return result

    def _strike(self, strike: str, name: str) -> None:
        if strike != "fault":
            STRIKES[strike](self)

    async def play(self) -> None:
        """The whole story, and everything that it leaves to be done."""
        loop = asyncio.get_running_loop()
        self.call = loop.create_task(place_call(request("one", self.story.agent), self.desk))
        try:
            self.result = await self.call
        except asyncio.CancelledError:
            self.cancelled = True
        except BaseException as error:
            self.unexpected = error
        while self.leftovers:
            await asyncio.wait(self.leftovers)
        self.calls_at_end = len(self.called)
        self.legs_up = sum(not (leg.gone or leg.hung_up_by_us) for leg in self.pbx.legs)
        self.running = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.sleep(30)


def _nothing() -> None:
    return None


def _fault() -> Any:
    raise Fault("sound.link_down", "scripted")


# What a port call that fails shows, by its contract; what is not here never fails.
SHOWN: dict[str, Callable[[], Any]] = {
    "agents.reserve": lambda: _raise(Fault("sound.no_agent", "scripted")),
    "record.note": _fault,
    "record.settle": _fault,
    "record.reverse": _fault,
    "record.opt_out": _fault,
    "record.wrong_person": _fault,
    "pbx.stage": lambda: NotStaged("scripted"),
    "pbx.bridge": _fault,
    "leg.dial": lambda: DialRefused("404 channel not found"),
    "leg.play": _fault,
    "leg.renew": _fault,
    "leg.exists": lambda: None,
    "talk.close": _fault,
}


def _raise(error: Exception) -> Any:
    raise error


def _cancel(world: World) -> None:
    assert world.call is not None
    world.call.cancel()


def _cancel_twice(world: World) -> None:
    _cancel(world)
    asyncio.get_running_loop().call_later(0.0015, lambda: _cancel(world))


def _revoke(world: World) -> None:
    world.record.revoke(Revocation("stop", "the enterprise"))


def _agent_drops(world: World) -> None:
    if world.agent is not None:
        world.agent.down.set()


def _agent_says_somebody_else(world: World) -> None:
    if world.agent is not None:
        world.agent.somebody_else.set()


def _deny(world: World) -> None:
    world.record.denies |= {Moment.ANSWERED, Moment.BRIDGE}


def _on_legs(do: str, *values: Any) -> Callable[[World], None]:
    def strike(world: World) -> None:
        for leg in world.pbx.legs:
            getattr(leg, do)(*values)

    return strike


def _mute(world: World) -> None:
    """Asterisk says nothing more, and the link looks well."""
    for leg in world.pbx.legs:
        leg.deaf = True


def _outage(world: World) -> None:
    world.outage_ends_s = asyncio.get_running_loop().time() + OUTAGE_S


def _key_and_hangup(world: World) -> None:
    for leg in world.pbx.legs:
        leg.press("9")
        leg.end(16)


def _key_in_outage(world: World) -> None:
    _outage(world)
    _on_legs("press", "9")(world)


def _two_at_once(world: World) -> None:
    _agent_drops(world)
    _revoke(world)
    _on_legs("end", 16)(world)


def _key_and_cancel(world: World) -> None:
    _on_legs("press", "9")(world)
    _cancel(world)


STRIKES: dict[str, Callable[[World], None]] = {
    "cancelled": _cancel,
    "cancelled twice": _cancel_twice,
    "revoked": _revoke,
    "agent gone": _agent_drops,
    "denied from now on": _deny,
    "hung up": _on_legs("end", 16),
    "link lost": _on_legs("lose_link"),
    "asterisk says nothing more": _mute,
    "opt-out key": _on_legs("press", "9"),
    "opt-out key and hangup": _key_and_hangup,
    "key that it is somebody else": _on_legs("press", "8"),
    "the agent says that it is somebody else": _agent_says_somebody_else,
    "opt-out key while the record is out": _key_in_outage,
    "opt-out key and cancelled": _key_and_cancel,
    "record out": _outage,
    "agent gone, revoked and hung up": _two_at_once,
}
NAMES = ("fault", *STRIKES)


class Loud(logging.Handler):
    """Keeps what was logged with a traceback: something that nobody meant."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.records.append(f"{record.getMessage()}: {record.exc_info[1]!r}")


def faults_of(world: World) -> list[str]:
    """Which invariants this world broke."""
    record, pbx, struck = world.record, world.pbx, world.strike.name if world.strike else ""
    found: dict[str, bool] = {
        f"raised {world.unexpected!r}": world.unexpected is not None and not _may_raise(world),
        "cancelled without being told": world.cancelled and "cancelled" not in struck,
        "rang twice": len(pbx.invites) > 1,
        "still running": bool(world.running),
        "a step after the end": len(world.called) > world.calls_at_end,
        "still followed": bool(world.desk.followed),
        "still listening": bool(record.listeners),
        "agent not released": world.agent is not None and world.agent.held,
        "a leg is up": world.legs_up > 0,
        "a talk is open": any(talk.open for talk in pbx.talks) and world.called.count("talk.close") == 0,
        "an opt-out is lost": any("9" in leg.heard_keys for leg in pbx.legs) and not record.opt_outs,
        "a wrong person is lost": any("8" in leg.heard_keys for leg in pbx.legs)
        and not (record.wrong_persons or record.opt_outs),
        "bridged although forbidden": any(_bridged_late(world, leg.bridged_at_s) for leg in pbx.legs),
    }
    if isinstance(world.result.admission if world.result else None, Permitted) or pbx.legs:
        found |= _ends(world)
    return [name for name, broken in found.items() if broken]


def _ends(world: World) -> dict[str, bool]:
    record, pbx = world.record, world.pbx
    [permit] = record.permits
    closed = [permit in record.ends, permit in record.reversals, permit in record.abandoned]
    rang = bool(pbx.invites)
    settled_in_memory = world.result is not None and world.result.end is not None
    return {
        f"ended {sum(closed)} times": sum(closed) != 1,
        "reversed although it rang": permit in record.reversals and rang,
        "not reversed although nobody dialled": permit not in record.reversals
        and not any(leg.dialled for leg in pbx.legs),
        "an end that is not on record": settled_in_memory and not (closed[0] or closed[1]),
        "live without having been abandoned": permit not in record.abandoned
        and record.states[permit] not in (State.ENDED, State.REVERSED),
    }


def _bridged_late(world: World, at_s: float | None) -> bool:
    forbidden_at_s = world.record.forbidden_at_s
    # What counts is when joining was begun: a moment before it is done.
    return at_s is not None and forbidden_at_s is not None and at_s - LATENCY_S > forbidden_at_s + 1e-6


def _may_raise(world: World) -> bool:
    return isinstance(world.unexpected, Fault) and not world.record.permits
