"""An Asterisk with its people, as the ports see it: small, honest, and under the same contract as the real one."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dialer.core.admission import Permit
from dialer.core.errors import Defect, Fault
from dialer.core.verdict import Value
from dialer.ports.calls import (
    Agent,
    Answered,
    Clock,
    DialAnswer,
    DialRefused,
    DialTaken,
    HungUp,
    KeyPressed,
    Leg,
    LegEvent,
    LinkLost,
    NotStaged,
    PlayedOut,
    Ringing,
    Sent,
)

T = TypeVar("T")
Effect = Callable[[], T]
Port = Callable[[str, Effect[Any]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody does with a call. `cause` without an answer ends it; `presses` count from the answer."""

    rings_after_s: float | None = 0.05
    answers_after_s: float | None = 0.3
    cause: int | None = None
    presses: tuple[tuple[float, str], ...] = ()
    hangs_up_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What an INVITE showed at the phone."""

    number: str
    caller_id: str
    permit: str


async def plainly(_name: str, effect: Effect[T]) -> T:
    """A port call that takes a moment and succeeds."""
    await asyncio.sleep(0.001)
    return effect()


class ScriptedPbx:
    """The port `Pbx`. `durations_s` are the approved files by digest; `invites` is what the phones saw."""

    def __init__(
        self,
        clock: Clock,
        people: Mapping[str, Person],
        durations_s: Mapping[str, float],
        port: Port = plainly,
    ) -> None:
        self.clock, self.people, self.durations_s, self.port = clock, people, durations_s, port
        self.legs: list[ScriptedLeg] = []
        self.talks: list[ScriptedTalk] = []
        self.invites: list[Shown] = []
        self.reads_back: str | None = None
        self.link_up = True

    async def usable(self, timeout_s: float) -> bool:
        return bool(await self.port("pbx.usable", lambda: self.link_up))

    async def stage(self, permit: Permit) -> ScriptedLeg | NotStaged:
        def make() -> ScriptedLeg | NotStaged:
            left_s = (permit.dial_before - self.clock.now()).total_seconds()
            if left_s <= 0:
                return NotStaged("the permit has run out")
            if self.reads_back is not None and self.reads_back != permit.caller_id:
                return NotStaged("read back otherwise than permitted: caller ID")
            leg = ScriptedLeg(self, permit)
            leg.end_in(left_s)
            self.legs.append(leg)
            return leg

        staged: ScriptedLeg | NotStaged = await self.port("pbx.stage", make)
        if isinstance(staged, NotStaged):
            for leg in self.legs:
                leg.end(16)
        return staged

    async def bridge(self, permit: Permit, leg: Leg, agent: Agent, *, recorded: bool) -> ScriptedTalk:
        def join() -> ScriptedTalk:
            there = next((one for one in self.legs if one.id == leg.id), None)
            if there is None or there.gone:
                raise Fault("sound.link_down", "no such channel")
            talk = ScriptedTalk(self, f"talk-{permit.id}" if recorded else "")
            self.talks.append(talk)
            there.joined()
            return talk

        try:
            talk: ScriptedTalk = await self.port("pbx.bridge", join)
        except Fault:
            # Half a bridge is none.
            for talk in self.talks:
                talk.open = False
            raise
        return talk


@dataclass(slots=True, eq=False)
class ScriptedTalk:
    """The port `Talk`."""

    pbx: ScriptedPbx
    recording: str
    open: bool = True

    async def close(self) -> Mapping[str, Value] | None:
        def end() -> Mapping[str, Value] | None:
            self.open = False
            content = self.recording.encode()
            kept: dict[str, Value] = {
                "recording": self.recording,
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": 1,
            }
            return kept if self.recording else None

        kept: Mapping[str, Value] | None = await self.pbx.port("talk.close", end)
        return kept


@dataclass(slots=True, eq=False)
class ScriptedLeg:
    """The port `StagedLeg`: a channel, its events, and the person behind it."""

    pbx: ScriptedPbx
    permit: Permit
    dialled: bool = False
    up: bool = False
    gone: bool = False
    deaf: bool = False
    hung_up_by_us: bool = False
    bridged_at_s: float | None = None
    heard_keys: set[str] = field(default_factory=set)
    _events: deque[LegEvent] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)
    _deadline: asyncio.TimerHandle | None = None

    @property
    def id(self) -> str:
        return str(self.permit.id)

    # -- the port ------------------------------------------------------------------------------------------

    async def event(self) -> LegEvent:
        await self.pbx.port("leg.event", lambda: None)
        while not self._events:
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()

    def drained(self) -> list[LegEvent]:
        waiting = list(self._events)
        self._events.clear()
        return waiting

    async def dial(self, ring_timeout_s: float) -> DialAnswer:
        if self.dialled:
            raise Defect("an attempt is dialled once ever")
        self.dialled = True

        def invite() -> DialAnswer:
            if self.gone:
                return DialRefused("404 channel not found")
            self.pbx.invites.append(Shown(self.permit.dialled, self.permit.caller_id, self.permit.token))
            self._after(0.002, self.tell, Sent())
            self._live(self.pbx.people[self.permit.dialled])
            self._after(float(int(ring_timeout_s)), self._not_answered)
            return DialTaken()

        answer: DialAnswer = await self.pbx.port("leg.dial", invite)
        return answer

    async def play(self, sha256: str) -> str:
        def start() -> str:
            if sha256 not in self.pbx.durations_s:
                raise Fault("sound.audio", sha256)
            if self.gone:
                raise Fault("sound.link_down", "no such channel")
            playback = f"playback-{len(self._timers)}"
            self._after(self.pbx.durations_s[sha256], self.tell, PlayedOut(playback, True))
            return playback

        playback: str = await self.pbx.port("leg.play", start)
        return playback

    async def stop_playing(self, playback: str) -> None:
        await self.pbx.port("leg.stop_playing", lambda: self.tell(PlayedOut(playback, False)))

    async def exists(self) -> bool | None:
        there: bool | None = await self.pbx.port("leg.exists", lambda: not self.gone)
        return there

    async def renew(self, seconds: float) -> None:
        await self.pbx.port("leg.renew", lambda: None if self.gone else self.end_in(seconds))

    async def hang_up(self) -> None:
        def end() -> None:
            self.hung_up_by_us = True
            self._after(0.01, self.end, 16)

        await self.pbx.port("leg.hang_up", end)

    # -- what happens on the other side --------------------------------------------------------------------

    def tell(self, event: LegEvent) -> None:
        """One event of Asterisk about this channel; a dead channel and a deaf link tell nothing."""
        if self.gone or self.deaf:
            return
        if isinstance(event, KeyPressed):
            self.heard_keys.add(event.digit)
        self._events.append(event)
        self._news.set()

    def lose_link(self) -> None:
        """Events are lost from here on."""
        self.tell(LinkLost("cut"))
        self.deaf = True

    def press(self, digit: str) -> None:
        """The person presses a key, if there is a call."""
        if self.up:
            self.tell(KeyPressed(digit))

    def end(self, cause: int) -> None:
        """The channel ends."""
        if self.gone:
            return
        self.tell(HungUp(cause))
        self.gone = True
        for timer in self._timers:
            timer.cancel()

    def end_in(self, seconds: float) -> None:
        """Asterisk's own deadline for this channel, moved."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._after(seconds, self.end, 16)

    def joined(self) -> None:
        """Somebody talks from now on."""
        self.bridged_at_s = asyncio.get_running_loop().time()

    def _live(self, person: Person) -> None:
        if person.rings_after_s is not None:
            self._after(person.rings_after_s, self.tell, Ringing())
        if person.cause is not None:
            self._after(person.answers_after_s or 0.1, self.end, person.cause)
        elif person.answers_after_s is not None:
            self._after(person.answers_after_s, self._answer, person)

    def _answer(self, person: Person) -> None:
        self.up = True
        self.tell(Answered())
        for at_s, digit in person.presses:
            self._after(at_s, self.press, digit)
        if person.hangs_up_after_s is not None:
            self._after(person.hangs_up_after_s, self.end, 16)

    def _not_answered(self) -> None:
        if not self.up:
            self.end(19)

    def _after(self, seconds: float, do: Callable[..., object], *values: object) -> asyncio.TimerHandle:
        timer = asyncio.get_running_loop().call_later(seconds, do, *values)
        self._timers.append(timer)
        return timer
