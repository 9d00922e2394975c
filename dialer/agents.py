"""Who is free, reserved, talking. An agent signs in by a call that stays up; a call reserves him before admission."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from dialer.core.admission import Request
from dialer.core.errors import Fault
from dialer.ports.agents import AgentPbx
from dialer.ports.calls import Agent, HungUp, KeyPressed, Leg, LinkLost, Timing

log = logging.getLogger(__name__)

ANY = "any"


class Presence(StrEnum):
    """What an agent does."""

    SIGNED_OUT = "signed_out"
    CALLING = "calling"
    AVAILABLE = "available"
    RESERVED = "reserved"


@dataclass(slots=True, eq=False)
class Held:
    """An agent while one call has him: the port `Agent`. Who signs in again is held anew, never by an old call."""

    name: str
    leg_id: str
    down: asyncio.Event = field(default_factory=asyncio.Event)
    tick: asyncio.Event = field(default_factory=asyncio.Event)
    somebody_else: asyncio.Event = field(default_factory=asyncio.Event)

    async def gone(self) -> None:
        """Return when the agent's leg has dropped."""
        await self.down.wait()

    async def ticked(self) -> None:
        """Return when the agent presses his key from now on; a key before that says nothing."""
        self.tick.clear()
        await self.tick.wait()

    async def says_wrong_person(self) -> None:
        """Return when the agent presses the key for it from now on."""
        self.somebody_else.clear()
        await self.somebody_else.wait()


@dataclass(slots=True, eq=False)
class Seat:
    """One agent: his presence, his leg while it is up, and for which call he is held."""

    name: str
    presence: Presence = Presence.SIGNED_OUT
    leg: Leg | None = None
    held: Held | None = None
    hearing: asyncio.Task[None] | None = None

    def hold(self, leg: Leg) -> Held:
        """Reserve him, with this leg, for one call."""
        self.presence = Presence.RESERVED
        self.held = Held(self.name, leg.id)
        return self.held

    def holder_of(self, leg: Leg) -> Held | None:
        """For which call he is held with this very leg; he may have dialled with another than he signed in by."""
        return self.held if self.held is not None and self.held.leg_id == leg.id else None


class AgentDesk:
    """The port `Agents`. `names` are the agents who may sign in; nobody else's phone is called."""

    def __init__(self, pbx: AgentPbx, names: Iterable[str], timing: Timing, answer_s: float = 15.0) -> None:
        self._pbx = pbx
        self._timing = timing
        self._answer_s = answer_s
        self._seats = {name: Seat(name) for name in names}
        self._brought: dict[UUID, tuple[str, Leg]] = {}

    def presence(self) -> dict[str, str]:
        """What each agent does, by name."""
        return {seat.name: seat.presence.value for seat in self._seats.values()}

    def free(self, wanted: str = ANY) -> int:
        """How many agents could take a call now, among those `wanted` (a name, or `any`)."""
        return sum(1 for seat in self._wanted(wanted) if seat.presence is Presence.AVAILABLE)

    async def sign_in(self, name: str) -> None:
        """Call the agent's phone; he is available once he answers. Raises Fault `sound.no_agent`."""
        seat = self._seats.get(name)
        if seat is None:
            raise Fault("sound.no_agent", f"no agent is called `{name}`")
        if seat.presence is not Presence.SIGNED_OUT:
            return
        seat.presence = Presence.CALLING
        try:
            seat.leg = await self._pbx.call_agent(name, self._answer_s)
        except BaseException:
            seat.presence = Presence.SIGNED_OUT
            raise
        self._seat(seat, seat.leg)

    def adopt(self, name: str, leg: Leg) -> Agent | None:
        """Take over a leg that is up in a call whose controller is gone; None for a name that is not ours."""
        seat = self._seats.get(name)
        if seat is None or seat.presence is not Presence.SIGNED_OUT:
            return None
        self._seat(seat, leg)
        return seat.hold(leg)

    def release(self, agent: Agent) -> None:
        """The call is over: the agent is available again if his leg is still up."""
        seat = self._seats[agent.name]
        if seat.held is agent:
            seat.held = None
            seat.presence = Presence.SIGNED_OUT if seat.leg is None else Presence.AVAILABLE

    def owns(self, channel: str) -> bool:
        """Whether this channel is the leg of an agent here."""
        legs = [seat.leg for seat in self._seats.values()] + [leg for _, leg in self._brought.values()]
        return any(leg.id == channel for leg in legs if leg is not None)

    def _seat(self, seat: Seat, leg: Leg) -> None:
        seat.leg = leg
        seat.hearing = asyncio.create_task(self._hear(seat, leg), name=f"agent {seat.name}")
        seat.presence = Presence.AVAILABLE

    async def sign_out(self, name: str) -> None:
        """End the agent's leg. A call he is in ends with it."""
        seat = self._seats.get(name)
        if seat is not None and seat.leg is not None:
            await seat.leg.hang_up()

    async def close(self) -> None:
        """Sign everybody out."""
        hearing = [seat.hearing for seat in self._seats.values() if seat.hearing is not None]
        for name in self._seats:
            await self.sign_out(name)
        for task in hearing:
            task.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)

    @asynccontextmanager
    async def reserve(self, request: Request) -> AsyncIterator[Agent | None]:
        """An agent with his leg up, or None where no human will talk. Raises Fault `sound.no_agent`."""
        if request.agent is None:
            yield None
            return
        if request.id in self._brought:
            async with self._with_own_leg(*self._brought[request.id]) as held:
                yield held
            return
        held = await self._reserve(request.agent)
        try:
            yield held
        finally:
            self.release(held)

    @contextmanager
    def bringing(self, request: UUID, name: str, leg: Leg) -> Iterator[None]:
        """Within it this request reserves the agent with the leg that he dialled by."""
        self._brought[request] = (name, leg)
        try:
            yield
        finally:
            del self._brought[request]

    @asynccontextmanager
    async def _with_own_leg(self, name: str, leg: Leg) -> AsyncIterator[Held]:
        seat = self._seats.get(name)
        if seat is None or seat.presence not in (Presence.AVAILABLE, Presence.SIGNED_OUT):
            raise Fault("sound.no_agent", f"agent `{name}` is {seat.presence if seat else 'unknown'}")
        held = seat.hold(leg)
        hearing = asyncio.create_task(self._hear_until_down(seat, leg), name=f"agent {name}, who dialled")
        try:
            yield held
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            self.release(held)

    @contextmanager
    def take(self, wanted: str = ANY) -> Iterator[Agent | None]:
        """An agent whose leg is up, for somebody who called us; None where nobody is free."""
        free = next((seat for seat in self._wanted(wanted) if seat.presence is Presence.AVAILABLE), None)
        if free is None or free.leg is None:
            yield None
            return
        held = free.hold(free.leg)
        try:
            yield held
        finally:
            self.release(held)

    async def _reserve(self, wanted: str) -> Held:
        seats = self._wanted(wanted)
        free = next((seat for seat in seats if seat.presence is Presence.AVAILABLE), None)
        if free is None:
            # An agent named for this call whose leg is not up yet is called now, before anything is asked.
            absent = next((seat for seat in seats if seat.presence is Presence.SIGNED_OUT), None)
            if absent is None:
                raise Fault(
                    "sound.no_agent", "every agent is busy" if seats else f"no agent is called `{wanted}`"
                )
            await self.sign_in(absent.name)
            free = absent
        if free.leg is None:
            raise Fault("sound.no_agent", f"agent `{free.name}` has hung up")
        return free.hold(free.leg)

    def _wanted(self, wanted: str) -> list[Seat]:
        return [seat for seat in self._seats.values() if wanted in (ANY, seat.name)]

    async def _hear(self, seat: Seat, leg: Leg) -> None:
        await self._hear_until_down(seat, leg)
        log.info("the leg of agent `%s` is down", seat.name)
        seat.leg = None
        if seat.held is None:
            seat.presence = Presence.SIGNED_OUT

    async def _hear_until_down(self, seat: Seat, leg: Leg) -> None:
        """Take what this leg says until it is gone; whoever holds the agent with it hears of it."""
        while True:
            event = await leg.event()
            held = seat.holder_of(leg)
            if isinstance(event, KeyPressed) and held is not None:
                self._key(event.digit, held)
            if isinstance(event, LinkLost) and await self._still_there(leg):
                continue
            if isinstance(event, HungUp | LinkLost):
                break
        if (held := seat.holder_of(leg)) is not None:
            seat.held = None
            seat.presence = Presence.SIGNED_OUT if seat.leg in (None, leg) else Presence.AVAILABLE
            held.down.set()

    def _key(self, digit: str, held: Held) -> None:
        if digit == self._timing.agent_key:
            held.tick.set()
        elif digit == self._timing.wrong_person_key:
            held.somebody_else.set()

    async def _still_there(self, leg: Leg) -> bool:
        """After a lost link: whether the agent's leg is still up once Asterisk can be asked again."""
        try:
            async with asyncio.timeout(self._timing.max_deaf_s):
                while (there := await leg.exists()) is None:
                    await asyncio.sleep(0.2)
        except TimeoutError:
            return False
        return there
