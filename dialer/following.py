"""Follows one permitted call: hears its events, runs its duties beside it, and is its only exit.

`Call` is what `place_call` tells its story with. Every step either returns or raises `Over`; whatever is raised, by a
step or by a duty, `following` stops the others, drains the events already received, hangs up, and settles or reverses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from dialer.core.admission import End, Left, NeverDialled, Permit, Permitted
from dialer.core.call import HEARD, MAY_HAVE_RUNG, Event, State
from dialer.core.cause import Outcome, outcome_of
from dialer.core.errors import DialerError, Fault
from dialer.core.policy import Moment
from dialer.core.verdict import Value
from dialer.ports.calls import (
    Agent,
    Agents,
    Answered,
    Clock,
    DialRefused,
    DialUncertain,
    HungUp,
    KeyPressed,
    LegEvent,
    LinkLost,
    NotStaged,
    Pbx,
    PlayedOut,
    Record,
    Revocations,
    Ringing,
    Sent,
    StagedLeg,
    Talk,
    Timing,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

# The obligations this program can discharge. A decision that asks for another one is not acted upon.
DUTIES = frozenset({"announce", "refusal_key", "agent_key", "record_bridge"})


class Over(DialerError):
    """The call is over for this reason. `never` where no dial was written; `close` asks for the closing sentence."""

    def __init__(self, outcome: Outcome, *, never: NeverDialled | None = None, close: bool = False) -> None:
        self.outcome = outcome
        self.never = never
        self.close = close
        super().__init__(outcome.value)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a call is placed with. `later` takes work that must outlive the call (an end that waits for disk).

    `followed` are the attempts this process follows now.
    """

    record: Record
    pbx: Pbx
    agents: Agents
    clock: Clock
    timing: Timing
    later: Callable[[Coroutine[Any, Any, None]], None]
    followed: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Played:
    """A playback that ended: whether Asterisk says done, and the milliseconds of CLOCK_BOOTTIME it took."""

    done: bool
    elapsed_ms: int


async def unbroken(work: Awaitable[T]) -> T:
    """Finish `work` even where the waiter is cancelled meanwhile; the cancellation is raised after it."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:  # it is the task's own, and taken from its result below
            break
    if cancelled is not None:
        if not task.cancelled() and task.exception() is not None:
            log.error("work of a cancelled call failed: %s", task.exception())
        raise cancelled
    return task.result()


@dataclass(slots=True)
class Call:
    """One permitted call while it lives. `end` is known once `following` has been left."""

    permit: Permit
    duties: frozenset[str]
    agent: Agent | None
    desk: Desk
    leg: StagedLeg | None = None
    talk: Talk | None = None
    end: End | None = None
    dial_written: bool = False
    sent: bool = False
    up: bool = False
    announced: bool = False
    bridged: bool = False
    opted_out: bool = False
    hung_up: HungUp | None = None
    kept: Mapping[str, Value] | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _ticked: asyncio.Event = field(default_factory=asyncio.Event)
    _playing: dict[str, asyncio.Future[bool]] = field(default_factory=dict)
    _staged: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, admission: Permitted, agent: Agent | None, desk: Desk) -> Call:
        """The call of a fresh permit."""
        duties = frozenset(obligation.duty for obligation in admission.decision.obligations)
        return cls(admission.permit, duties, agent, desk)

    @classmethod
    def found(
        cls, permit: Permit, state: State, leg: StagedLeg | None, agent: Agent | None, desk: Desk
    ) -> Call:
        """The call of a permit whose controller is gone, as far as the record knows it."""
        call = cls(permit, frozenset(), agent, desk, leg)
        call.dial_written = state in MAY_HAVE_RUNG
        call.sent = call.dial_written and state is not State.DIALLING
        call.up = state in HEARD
        call.announced = state in (State.ANNOUNCED, State.BRIDGED)
        call.bridged = state is State.BRIDGED
        if leg is not None:
            call._staged.set()
        return call

    # -- the steps of place_call ---------------------------------------------------------------------------

    async def stage(self) -> None:
        """Make the channel. Raises `Over` (never dialled) where it is late, refused, or reads back otherwise."""
        if not self.duties <= DUTIES:
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.UNDISCHARGEABLE)
        self._not_late()
        staged = await unbroken(self._stage())
        if isinstance(staged, NotStaged):
            log.warning("attempt %s was not staged: %s", self.permit.id, staged.why)
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.NOT_STAGED)
        await self.note(Event.CHANNEL_STAGED)

    async def _stage(self) -> StagedLeg | NotStaged:
        staged = await self.desk.pbx.stage(self.permit)
        if not isinstance(staged, NotStaged):
            self.leg = staged
            self._staged.set()
        return staged

    async def dial(self) -> None:
        """Write the dial, once. From the note on the attempt may have rung, and only Asterisk can say it did not."""
        leg = self._leg()
        self._not_late()
        await self.note(Event.DIAL_BEGUN)
        self._not_late()
        if (ring_s := self._ring_left_s()) < 1.0:
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.EXPIRED)
        self.dial_written = True
        answer = await unbroken(leg.dial(ring_s))
        if isinstance(answer, DialRefused):
            self.dial_written = False
            log.warning("attempt %s was not dialled: %s", self.permit.id, answer.words)
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.DIAL_REFUSED)
        if isinstance(answer, DialUncertain):
            log.warning("attempt %s may have been dialled: %s", self.permit.id, answer.words)
        await self._renew()

    async def answered(self) -> None:
        """Wait for the answer. Raises `Over` at `ring_until`, whatever Asterisk does."""
        try:
            async with asyncio.timeout(self._ring_left_s() + self.desk.timing.ring_slack_s):
                await self._answered.wait()
        except TimeoutError:
            raise Over(Outcome.NO_ANSWER) from None

    async def decide_again(self, moment: Moment) -> None:
        """Decide as of now. Raises `Over` for a denial; the enterprise's approved closing sentence follows it."""
        decision = await self.desk.record.reconfirm(self.permit, moment)
        if decision.permitted:
            return
        stopped = any(one.code == "stop.active" for one in decision.denials)
        raise Over(Outcome.DENIED_ON_ANSWER, close=not stopped)

    async def join_agent(self) -> None:
        """Join the agent, if one was reserved, in a bridge that hears keys."""
        if self.agent is None:
            return
        self.talk = await unbroken(self._join(self.agent))
        await self.note(Event.AGENT_JOINED, {"agent": self.agent.name, "recording": self.talk.recording})
        self.bridged = True

    async def _join(self, agent: Agent) -> Talk:
        self.talk = await self.desk.pbx.bridge(
            self.permit, self._leg(), agent, recorded="record_bridge" in self.duties
        )
        return self.talk

    async def ended(self) -> None:
        """Wait for the end: without an agent only as long as a person may still reach for the key."""
        timing = self.desk.timing
        if self.agent is None:
            await asyncio.sleep(timing.listen_after_s)
            raise Over(Outcome.ANNOUNCED)
        if "agent_key" in self.duties:
            await self._tick_in_time()
        await asyncio.sleep(timing.max_call_s)
        raise Over(Outcome.CONVERSED)

    # -- what steps are made of ----------------------------------------------------------------------------

    async def note(self, event: Event, values: Mapping[str, Value] | None = None) -> None:
        """Write that `event` happened; without that there is no further step. Raises Fault."""
        await unbroken(self.desk.record.note(self.permit, event, values))

    async def play(self, sha256: str) -> Played:
        """Play an approved file and wait for its end, which the longest file cannot outlast."""
        began_ns = self.desk.clock.boottime_ns()
        playback = await self._leg().play(sha256)
        finished = self._playing.setdefault(playback, asyncio.get_running_loop().create_future())
        done = await finished
        return Played(done, (self.desk.clock.boottime_ns() - began_ns) // 1_000_000)

    def _leg(self) -> StagedLeg:
        if self.leg is None:
            raise Over(Outcome.FAILED)
        return self.leg

    def _not_late(self) -> None:
        """Both clocks: the wall clock may be set back while we wait, the boot clock may not."""
        clock = self.desk.clock
        late = (
            clock.now() >= self.permit.dial_before
            or clock.boottime_ns() >= self.permit.dial_before_boottime_ns
        )
        if late:
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.EXPIRED)

    def _ring_left_s(self) -> float:
        by_wall = (self.permit.ring_until - self.desk.clock.now()).total_seconds()
        by_boot = (self.permit.ring_until_boottime_ns - self.desk.clock.boottime_ns()) / 1e9
        return max(0.0, min(by_wall, by_boot))

    async def _renew(self) -> None:
        await self._leg().renew(self.desk.timing.max_deaf_s)

    async def _tick_in_time(self) -> None:
        try:
            async with asyncio.timeout(self.desk.timing.agent_spoken_within_s):
                await self._ticked.wait()
        except TimeoutError:
            raise Over(Outcome.DUTY_FAILED, close=True) from None

    # -- duties beside the call ----------------------------------------------------------------------------

    async def hear(self) -> None:
        """Take the leg's events in Asterisk's order, from the moment it is staged to its end."""
        await self._staged.wait()
        leg = self._leg()
        while True:
            event = await leg.event()
            if isinstance(event, LinkLost):
                await self._survive(event)
            else:
                await self.take(event)
            if self.hung_up is not None:
                raise Over(self._outcome(self.hung_up))
            if self.opted_out:
                raise Over(Outcome.OPTED_OUT)

    async def take(self, event: LegEvent) -> None:
        """What one event means. Finished even where the call ends meanwhile."""
        match event:
            case Sent():
                self.sent = True
                await self.note(Event.INVITE_SENT)
            case Ringing():
                self.sent = True
                await self.note(Event.RANG)
            case Answered():
                self.up = True
                await self.note(Event.WAS_ANSWERED)
                self._answered.set()
            case KeyPressed(digit):
                await self._key(digit)
            case PlayedOut(playback, done):
                finished = self._playing.setdefault(playback, asyncio.get_running_loop().create_future())
                if not finished.done():
                    finished.set_result(done)
            case HungUp():
                self.hung_up = event

    async def _key(self, digit: str) -> None:
        if digit == self.desk.timing.opt_out_key and not self.opted_out:
            self.opted_out = True
            await unbroken(self.desk.record.opt_out(self.permit, "key", {"digit": digit}))

    async def _survive(self, lost: LinkLost) -> None:
        """A lost link: who talks may go on talking if we hear them again in time; every other call ends."""
        heard_again = self.bridged and await self.desk.pbx.usable(self.desk.timing.max_deaf_s / 2)
        if heard_again and await self._leg().exists():
            return await self._renew()
        log.warning("attempt %s is given up: %s", self.permit.id, lost.why)
        raise Over(Outcome.FAILED)

    async def renewing(self) -> None:
        """Keep Asterisk's own deadline ahead of us: a call that nobody hears ends by itself."""
        await self._staged.wait()
        while True:
            await asyncio.sleep(self.desk.timing.renew_every_s)
            if self.dial_written:
                try:
                    await self._renew()
                except Fault as fault:
                    log.warning("attempt %s could not be renewed: %s", self.permit.id, fault)

    async def heed(self, revoked: Revocations) -> None:
        """End the call when it is revoked."""
        revocation = await revoked.next()
        if self.opted_out:
            raise Over(Outcome.OPTED_OUT)
        log.info("attempt %s is revoked: %s", self.permit.id, revocation.kind)
        never = None if self.dial_written else NeverDialled.REVOKED
        raise Over(Outcome.REVOKED, never=never)

    async def mind(self, agent: Agent) -> None:
        """End the call when the agent's leg drops."""
        await agent.gone()
        never = None if self.dial_written else NeverDialled.AGENT_GONE
        raise Over(Outcome.CONVERSED if self.bridged else Outcome.AGENT_LOST, never=never, close=True)

    async def note_tick(self, agent: Agent) -> None:
        """Write the agent's tick: he has said who calls and how to refuse."""
        await agent.ticked()
        await self.note(Event.AGENT_TICKED, {"agent": agent.name})
        self._ticked.set()
        await asyncio.Event().wait()

    # -- the exit ------------------------------------------------------------------------------------------

    def _outcome(self, end: HungUp) -> Outcome:
        return outcome_of(end.cause or 0, answered=self.up, announced=self.announced, bridged=self.bridged)

    async def leave(self, over: Over) -> None:
        """Say goodbye where that is asked for, hang up, hear the end, keep the recording. Raises nothing."""
        if over.close and self.up and self.hung_up is None and not self.bridged:
            await self._say_closing()
        if self.talk is not None:
            await self._keep_recording(self.talk)
        if self.leg is not None and self.hung_up is None:
            await self.leg.hang_up()
            await self._hear_end(self.leg)

    async def close_books(self, over: Over) -> None:
        """Settle or reverse, durably. Raises Fault where the record cannot take it; then call it again."""
        if self.kept is not None:
            await self.desk.record.note(self.permit, Event.RECORDING_KEPT, self.kept)
        if over.never is not None and not self.dial_written:
            await self.desk.record.reverse(self.permit, over.never)
            self.end = End(Outcome.NEVER_DIALLED, None, Left.NO)
        elif self.leg is None or self.hung_up is not None or not self.dial_written:
            end = self._how_it_ended(over)
            await self.desk.record.settle(self.permit, end)
            self.end = end
        else:
            # Nobody told us that the channel ended: its phone may still ring. It stays live, and counted.
            self.desk.record.abandon(self.permit)

    def _how_it_ended(self, over: Over) -> End:
        outcome = Outcome.OPTED_OUT if self.opted_out else over.outcome
        left = Left.YES if self.sent or self.up else (Left.UNKNOWN if self.dial_written else Left.NO)
        return End(outcome, self.hung_up.cause if self.hung_up is not None else None, left)

    async def _say_closing(self) -> None:
        opening = self.permit.announcement
        if opening.closing_sha256 is None or self.leg is None:
            return
        try:
            async with asyncio.timeout(opening.closing_duration_ms / 1000 + 1.0):
                playback = await self.leg.play(opening.closing_sha256)
                while self.hung_up is None:
                    event = await self.leg.event()
                    await self.take(event)
                    if isinstance(event, PlayedOut) and event.playback == playback:
                        return
        except (TimeoutError, Fault) as trouble:
            log.warning("attempt %s got no closing sentence: %r", self.permit.id, trouble)

    async def _keep_recording(self, talk: Talk) -> None:
        try:
            self.kept = await talk.close()
        except Fault as fault:
            log.error("recording of attempt %s is lost: %s", self.permit.id, fault)

    async def _hear_end(self, leg: StagedLeg) -> None:
        """Events already received count, in order; then wait a little for the channel's own end."""
        for event in leg.drained():
            await self.take(event)
        try:
            async with asyncio.timeout(self.desk.timing.hangup_heard_s):
                while self.hung_up is None:
                    await self.take(await leg.event())
        except TimeoutError:
            log.warning("the end of attempt %s was not heard", self.permit.id)


@asynccontextmanager
async def following(call: Call, revoked: Revocations) -> AsyncIterator[Call]:
    """Follow one permitted call. Every exit hangs up, settles or reverses, and records; `Over` ends here."""
    watches = [call.hear(), call.renewing(), call.heed(revoked)]
    if call.agent is not None:
        watches += [call.mind(call.agent), call.note_tick(call.agent)]
    over = Over(Outcome.FAILED, never=NeverDialled.CALLED_OFF)
    call.desk.followed.add(call.permit.id)
    try:
        async with asyncio.TaskGroup() as beside:
            for watch in watches:
                beside.create_task(watch)
            yield call
    except* Over as several:
        over = next(one for one in _each(several) if isinstance(one, Over))
    except* Fault as faults:
        log.error("attempt %s ends: %s", call.permit.id, "; ".join(str(one) for one in _each(faults)))
        over = Over(Outcome.FAILED, never=NeverDialled.LINK_DOWN)
    finally:
        await unbroken(_exit(call, over))
        call.desk.followed.discard(call.permit.id)


def _each(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _each(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found


async def _exit(call: Call, over: Over) -> None:
    await call.leave(over)
    try:
        await call.close_books(over)
    except Fault as fault:
        log.error("the end of attempt %s waits for the record: %s", call.permit.id, fault)
        call.desk.later(_close_books_later(call, over))


async def _close_books_later(call: Call, over: Over) -> None:
    """The record cannot take the end now: the attempt stays live, and counted, until it can."""
    wait_s = 0.5
    while True:
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, 10.0)
        try:
            return await call.close_books(over)
        except Fault:
            continue
