"""A record in memory, as one call sees it: the same moves are legal, and it says what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from scripted_pbx import Port, plainly

from dialer.core.admission import (
    Actor,
    Admission,
    Announcement,
    Denied,
    End,
    NeverDialled,
    Permit,
    Permitted,
    Request,
)
from dialer.core.call import Event, State, after
from dialer.core.decision import Decision
from dialer.core.errors import Defect
from dialer.core.phone import Line
from dialer.core.policy import Effect, Moment, Purpose
from dialer.core.verdict import Obligation, Value
from dialer.ports.calls import Clock, Revocable, Revocation

CALLER_ID, CALLER_NAME, TRUNK = "95001234", "Bank", "ct"
DUTIES = {
    "recorded": ("announce", "refusal_key"),
    "agent_spoken": ("announce", "refusal_key", "agent_key", "record_bridge"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What permits of this record are like."""

    announcement: Announcement
    numbers: Mapping[str, str]
    dial_within_s: float = 2.0
    ring_s: float = 8.0
    token: str = "v1.k1.abc"


@dataclass(slots=True)
class Listening:
    """The port `Revocations`."""

    revocation: Revocation | None = None
    _fired: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self) -> Revocation:
        await self._fired.wait()
        assert self.revocation is not None
        return self.revocation

    def pending(self) -> Revocation | None:
        return self.revocation

    def fire(self, revocation: Revocation) -> None:
        self.revocation = self.revocation or revocation
        self._fired.set()


class ScriptedRecord:
    """The port `Record`, and what reconciling needs. `denies` names the moments at which it says no."""

    def __init__(self, clock: Clock, terms: Terms, port: Port = plainly) -> None:
        self.clock, self.terms, self.port = clock, terms, port
        self.denies: set[Moment] = set()
        self.more_duties: tuple[Obligation, ...] = ()
        self.permits: dict[UUID, Permit] = {}
        self.states: dict[UUID, State] = {}
        self.ends: dict[UUID, End] = {}
        self.events: dict[UUID, list[Event]] = {}
        self.reversals: dict[UUID, NeverDialled] = {}
        self.abandoned: set[UUID] = set()
        self.opt_outs: list[UUID] = []
        self.wrong_persons: list[UUID] = []
        self.forbidden_at_s: float | None = None
        self._listeners: dict[int, Listening] = {}
        self._noted: set[tuple[UUID, Event, str]] = set()

    # -- the port ------------------------------------------------------------------------------------------

    async def admit(self, request: Request) -> Admission:
        def decide() -> Admission:
            decision = self._decision(Moment.ADMIT)
            if not decision.permitted:
                return Denied(decision, None)
            permit = self._permit(request)
            self.permits[permit.id] = permit
            self.states[permit.id] = State.PERMITTED
            self.events[permit.id] = []
            return Permitted(permit, decision)

        admission: Admission = await self.port("record.admit", decide)
        return admission

    async def reconfirm(self, permit: Permit, moment: Moment) -> Decision:
        decision: Decision = await self.port("record.reconfirm", lambda: self._decision(moment))
        return decision

    async def note(self, permit: Permit, event: Event, values: Mapping[str, Value] | None = None) -> None:
        def write() -> None:
            known = (permit.id, event, repr(values))
            if known in self._noted:
                return
            self._move(permit, event)
            self._noted.add(known)
            self.events[permit.id].append(event)

        await self.port(f"record.note {event}", write)

    async def settle(self, permit: Permit, end: End) -> None:
        def write() -> None:
            if permit.id not in self.ends:
                self._move(permit, Event.SETTLED)
                self.ends[permit.id] = end

        await self.port("record.settle", write)

    async def reverse(self, permit: Permit, reason: NeverDialled) -> None:
        def write() -> None:
            if permit.id not in self.reversals:
                self._move(permit, Event.REVERSED)
                self.reversals[permit.id] = reason

        await self.port("record.reverse", write)

    async def opt_out(self, permit: Permit, source: str, values: Mapping[str, Value] | None = None) -> None:
        await self.port("record.opt_out", lambda: self.opt_outs.append(permit.id))

    async def wrong_person(
        self, permit: Permit, source: str, values: Mapping[str, Value] | None = None
    ) -> None:
        await self.port("record.wrong_person", lambda: self.wrong_persons.append(permit.id))

    def abandon(self, permit: Permit) -> None:
        self.abandoned.add(permit.id)

    @asynccontextmanager
    async def revocations(self, of: Revocable) -> AsyncIterator[Listening]:
        listening = Listening()
        self._listeners[id(listening)] = listening
        try:
            yield listening
        finally:
            del self._listeners[id(listening)]

    # -- what a story does ---------------------------------------------------------------------------------

    def revoke(self, revocation: Revocation) -> None:
        """A revocation that is durable: whoever listens hears it."""
        for listening in list(self._listeners.values()):
            self.forbid()
            listening.fire(revocation)

    def forbid(self) -> None:
        """From this instant nobody may be joined."""
        if self.forbidden_at_s is None:
            self.forbidden_at_s = asyncio.get_running_loop().time()

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def _move(self, permit: Permit, event: Event) -> None:
        if permit.id not in self.states:
            raise Defect("there is no such attempt")
        self.states[permit.id] = after(self.states[permit.id], event)

    def _decision(self, moment: Moment) -> Decision:
        effect = Effect.DENY if moment in self.denies else Effect.PERMIT
        if effect is Effect.DENY:
            self.forbid()
        duties = tuple(Obligation(duty) for duty in DUTIES[self.terms.announcement.mode]) + self.more_duties
        now = self.clock.now()
        return Decision(effect, now, moment, (), duties, None, None, "digest", 1, "1")

    def _permit(self, request: Request) -> Permit:
        now, boot_ns, terms = self.clock.now(), self.clock.boottime_ns(), self.terms
        ring_s = terms.dial_within_s + terms.ring_s
        return Permit(
            id=uuid4(),
            call_id=uuid4(),
            request_id=request.id,
            person=request.person,
            line=request.line,
            enterprise=request.enterprise,
            purpose=request.purpose,
            dialled=terms.numbers[request.idempotency_key],
            caller_id=CALLER_ID,
            caller_name=CALLER_NAME,
            trunk=TRUNK,
            agent=request.agent,
            decided_at=now,
            dial_before=now + timedelta(seconds=terms.dial_within_s),
            ring_until=now + timedelta(seconds=ring_s),
            live_until=now + timedelta(seconds=ring_s + 180),
            dial_before_boottime_ns=boot_ns + int(terms.dial_within_s * 1e9),
            ring_until_boottime_ns=boot_ns + int(ring_s * 1e9),
            announcement=terms.announcement,
            token=terms.token,
        )


def request(key: str, agent: str | None = None) -> Request:
    """A wish for a call; `key` names the number in the record's terms."""
    return Request(
        id=uuid4(),
        idempotency_key=key,
        digest="",
        actor=Actor("test", frozenset(), "self"),
        enterprise="bank",
        purpose=Purpose.COLLECTION,
        product="credit",
        person=uuid4(),
        line=uuid4(),
        callee=Line("+8613800000001", "mobile", "CN", ()),
        script="opening",
        agent=agent,
    )
