"""One permitted call: the steps that `place_call` tells its story with, and the duties that run beside them.

Every step either returns or raises `Over`. Whatever is raised, by a step or by a duty, `following` stops the others
and `leaving` is the exit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.core.admission import End, NeverDialled, Permit, Permitted
from dialer.core.call import HEARD, MAY_HAVE_RUNG, Event, State
from dialer.core.cause import Outcome, outcome_of
from dialer.core.errors import DialerError, Fault
from dialer.core.policy import Moment
from dialer.core.verdict import Value
from dialer.notes import Notes
from dialer.ports.calls import (
    Agent,
    Agents,
    Answered,
    Clock,
    DialAnswer,
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
    Revocation,
    Revocations,
    Ringing,
    Sent,
    StagedLeg,
    Talk,
    Timing,
)
from dialer.said import Said
from dialer.unbroken import unbroken

log = logging.getLogger(__name__)

# The obligations this program can discharge. A decision that asks for another one is not acted upon. `no_debt_detail`:
# until the agent is joined nothing is played but the approved recording, and the rule that obliges to it denies one
# that tells of a debt. `tell_debtor`: the rule that obliges to it permits only a script whose approved opening tells
# him, and nobody is joined before that was played.
DUTIES = frozenset(
    {"announce", "refusal_key", "agent_key", "record_bridge", "no_debt_detail", "end_by", "tell_debtor"}
)
# After the length of a file Asterisk says that it has played it; then it never will.
PLAYED_WITHIN_S = 3.0


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


@dataclass(slots=True)
class Call:
    """One permitted call while it lives. `end` is known once `following` has been left."""

    permit: Permit
    duties: frozenset[str]
    agent: Agent | None
    desk: Desk
    notes: Notes
    leg: StagedLeg | None = None
    talk: Talk | None = None
    end: End | None = None
    dial_written: bool = False
    sent: bool = False
    up: bool = False
    announced: bool = False
    bridged: bool = False
    end_by: datetime | None = None
    adopted: bool = False
    hung_up: HungUp | None = None
    kept: Mapping[str, Value] | None = None
    revoked: Revocations | None = None
    playing: dict[str, asyncio.Future[bool]] = field(default_factory=dict)
    _at_play: bool = False
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _joined: asyncio.Event = field(default_factory=asyncio.Event)
    _ticked: asyncio.Event = field(default_factory=asyncio.Event)
    _confirmed: asyncio.Event = field(default_factory=asyncio.Event)
    said: Said = field(init=False)

    def __post_init__(self) -> None:
        self.said = Said(self.desk.record, self.permit, self.notes)

    _staged: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, admission: Permitted, agent: Agent | None, desk: Desk) -> Call:
        """The call of a fresh permit."""
        duties = frozenset(obligation.duty for obligation in admission.decision.obligations)
        ends = [
            datetime.fromisoformat(str(obligation.values["at"]))
            for obligation in admission.decision.obligations
            if obligation.duty == "end_by"
        ]
        notes = Notes(desk.record, admission.permit)
        return cls(admission.permit, duties, agent, desk, notes, end_by=min(ends, default=None))

    @classmethod
    def found(
        cls, permit: Permit, state: State, leg: StagedLeg | None, agent: Agent | None, desk: Desk
    ) -> Call:
        """The call of a permit whose controller is gone, as far as the record knows it."""
        call = cls(permit, frozenset(), agent, desk, Notes(desk.record, permit), leg, adopted=True)
        call.dial_written = state in MAY_HAVE_RUNG
        call.sent = call.dial_written and state is not State.DIALLING
        call.up = state in HEARD
        call.announced = state in (State.ANNOUNCED, State.BRIDGED)
        call.bridged = state is State.BRIDGED
        if call.bridged:
            call._joined.set()
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
        self._not_revoked()
        self.dial_written = True
        answer = await unbroken(self._dial(leg, ring_s))
        if isinstance(answer, DialRefused):
            log.warning("attempt %s was not dialled: %s", self.permit.id, answer.words)
            raise Over(Outcome.NEVER_DIALLED, never=NeverDialled.DIAL_REFUSED)
        if isinstance(answer, DialUncertain):
            log.warning("attempt %s may have been dialled: %s", self.permit.id, answer.words)
        await self._renew()

    async def _dial(self, leg: StagedLeg, ring_s: float) -> DialAnswer:
        answer = await leg.dial(ring_s)
        # Asterisk's own word that nothing left counts also where the call is over meanwhile.
        self.dial_written = not isinstance(answer, DialRefused)
        return answer

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
        await self.notes.caught_up()
        if decision.permitted:
            return
        stopped = any(one.code == "stop.active" for one in decision.denials)
        raise Over(Outcome.DENIED_ON_ANSWER, close=not stopped)

    async def party_confirmed(self) -> None:
        """Wait until the person says by the key that it is him. Raises `Over` where nobody does: no agent is joined."""
        try:
            async with asyncio.timeout(self.desk.timing.party_within_s):
                await self._confirmed.wait()
        except TimeoutError:
            raise Over(Outcome.PARTY_UNCONFIRMED, close=True) from None
        await self.note(Event.RIGHT_PARTY_CONFIRMED, {"digit": self.desk.timing.party_key})

    async def join_agent(self) -> None:
        """Join the agent, if one was reserved, in a bridge that hears keys."""
        if self.agent is None:
            return
        self._not_revoked()
        self.talk = await unbroken(self._join(self.agent))
        self.bridged = True
        self.notes.tell(Event.AGENT_JOINED, {"agent": self.agent.name, "recording": self.talk.recording})
        self._joined.set()

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
        await self.notes.told(event, values)

    async def play(self, sha256: str, duration_ms: int) -> Played:
        """Play an approved file of this length and wait for its end, a little longer than it can take.

        Asterisk sets a channel's variable only after what it plays there, and meanwhile takes no other command on
        that link: so its deadline is moved past the file before, and left alone until the file's end.
        """
        lasts_s = duration_ms / 1000 + PLAYED_WITHIN_S
        self._at_play = True
        await self._renew(lasts_s)
        began_ns = self.desk.clock.boottime_ns()
        playback = await self._leg().play(sha256)
        finished = self.playing.setdefault(playback, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(lasts_s):
                done = await finished
        except TimeoutError:
            done = False
        self._at_play = not finished.done()
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

    def _not_revoked(self) -> None:
        """A revocation that is durable, and whose news is still on its way through this process, counts too."""
        if self.revoked is not None and (revocation := self.revoked.pending()) is not None:
            raise self._revoked(revocation)

    def _revoked(self, revocation: Revocation) -> Over:
        if self.said.opted_out:
            return Over(Outcome.OPTED_OUT)
        log.info("attempt %s is revoked: %s", self.permit.id, revocation.kind)
        return Over(Outcome.REVOKED, never=NeverDialled.REVOKED)

    def _ring_left_s(self) -> float:
        by_wall = (self.permit.ring_until - self.desk.clock.now()).total_seconds()
        by_boot = (self.permit.ring_until_boottime_ns - self.desk.clock.boottime_ns()) / 1e9
        return max(0.0, min(by_wall, by_boot))

    async def _renew(self, at_least_s: float = 0.0) -> None:
        await self._leg().renew(max(at_least_s, self.desk.timing.max_deaf_s))

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
                raise Over(self.outcome_of(self.hung_up), never=NeverDialled.EXPIRED)
            if self.said.anything:
                raise Over(Outcome.OPTED_OUT if self.said.opted_out else Outcome.WRONG_PERSON)

    async def take(self, event: LegEvent) -> None:
        """What one event means. A key is registered even where the call ends meanwhile.

        Asterisk tells dial and channel states by different threads: sent may come after ringing, ringing after the
        answer. What a later event has already shown is not news.
        """
        match event:
            case Sent() if not self.sent:
                self.sent = True
                self.notes.tell(Event.INVITE_SENT)
            case Ringing() if not self.up:
                self.sent = True
                self.notes.tell(Event.RANG)
            case Answered() if not self.up:
                self.sent = self.up = True
                self.notes.tell(Event.WAS_ANSWERED)
                self._answered.set()
            case KeyPressed(digit):
                await self._key(digit)
            case PlayedOut(playback, done):
                finished = self.playing.setdefault(playback, asyncio.get_running_loop().create_future())
                if not finished.done():
                    finished.set_result(done)
            case HungUp():
                self.hung_up = event

    async def _key(self, digit: str) -> None:
        timing = self.desk.timing
        if digit == timing.opt_out_key:
            await self.said.opt_out({"digit": digit})
        elif digit == timing.wrong_person_key:
            await self.said.somebody_else({"digit": digit, "by": "person"})
        elif digit == timing.party_key:
            self._confirmed.set()

    async def _survive(self, lost: LinkLost) -> None:
        """A lost link: who talks may go on talking if we hear them again in time; every other call ends."""
        if self.bridged and await self.desk.pbx.usable(self.desk.timing.max_deaf_s / 2):
            if await self._leg().exists():
                await self._renew()
                return
            await self.miss()
        if self.hung_up is None:
            log.warning("attempt %s is given up: %s", self.permit.id, lost.why)
            raise Over(Outcome.FAILED, never=NeverDialled.LINK_DOWN)

    async def miss(self) -> None:
        """An answered channel that Asterisk has no longer has ended unheard. One that rang may still ring."""
        if self.up and self.leg is not None and await self.leg.exists() is False:
            self.hung_up = HungUp(None)

    async def keep_hours(self, end_by: datetime) -> None:
        """End the talk at `end_by`: a rule does not let it go on past the hours."""
        await self._joined.wait()
        await asyncio.sleep(max(0.0, (end_by - self.desk.clock.now()).total_seconds()))
        raise Over(Outcome.CONVERSED)

    async def renewing(self) -> None:
        """Keep Asterisk's own deadline ahead of us: a call that nobody hears ends by itself."""
        await self._staged.wait()
        while True:
            await asyncio.sleep(self.desk.timing.renew_every_s)
            if self.dial_written and not self._at_play:
                try:
                    await self._renew()
                except Fault as fault:
                    log.warning("attempt %s could not be renewed: %s", self.permit.id, fault)

    async def heed(self, revoked: Revocations) -> None:
        """End the call when it is revoked."""
        raise self._revoked(await revoked.next())

    async def mind(self, agent: Agent) -> None:
        """End the call when the agent's leg drops."""
        await agent.gone()
        outcome = Outcome.CONVERSED if self.bridged else Outcome.AGENT_LOST
        raise Over(outcome, never=NeverDialled.AGENT_GONE, close=True)

    async def note_tick(self, agent: Agent) -> None:
        """Write the agent's tick: he has said who calls and how to refuse. Before he is joined nobody hears him."""
        await self._joined.wait()
        await agent.ticked()
        await self.note(Event.AGENT_TICKED, {"agent": agent.name})
        self._ticked.set()
        await asyncio.Event().wait()

    async def mind_party(self, agent: Agent) -> None:
        """End the call when the agent, once he has joined, says that he talks with somebody else."""
        await self._joined.wait()
        await agent.says_wrong_person()
        await self.said.somebody_else({"digit": self.desk.timing.wrong_person_key, "by": "agent"})
        raise Over(Outcome.WRONG_PERSON)

    def outcome_of(self, end: HungUp) -> Outcome:
        """What a hangup means for as far as this call had come."""
        return outcome_of(end.cause or 0, answered=self.up, announced=self.announced, bridged=self.bridged)
