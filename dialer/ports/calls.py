"""What one call needs: a record that says yes, an Asterisk that dials, an agent who talks."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from dialer.core.admission import Admission, End, NeverDialled, Permit, Request
from dialer.core.call import Event
from dialer.core.decision import Decision
from dialer.core.policy import Moment
from dialer.core.verdict import Value


@dataclass(frozen=True, slots=True)
class Revocation:
    """Why a call must end at once: `opt_out`, `stop` or `tightened`; `said` is who or what revoked it."""

    kind: str
    said: str


class Revocations(Protocol):
    """Revocations of one request's person, line, enterprise and of everything, from the moment it is entered."""

    async def next(self) -> Revocation:
        """Wait for the first revocation; it is durable when this returns."""
        ...

    def pending(self) -> Revocation | None:
        """A revocation that has already happened, or None."""
        ...


class Revocable(Protocol):
    """What a revocation can hit: a request that is not yet admitted, or a permit."""

    @property
    def person(self) -> UUID: ...

    @property
    def line(self) -> UUID: ...

    @property
    def enterprise(self) -> str: ...


class Record(Protocol):
    """The durable truth. Every method returns after its commit, or raises `Fault` with nothing half done."""

    async def admit(self, request: Request) -> Admission:
        """Read facts, decide, count and write in one transaction. The world's trouble is a Denied, never raised."""
        ...

    async def reconfirm(self, permit: Permit, moment: Moment) -> Decision:
        """Decide again with the permit's own attempt left out, and write it. Trouble is a denying decision."""
        ...

    async def note(self, permit: Permit, event: Event, values: Mapping[str, Value] | None = None) -> None:
        """Write that `event` happened: handed over when called, in order, and durable when awaited.

        Idempotent for one event and values. Raises Fault, and Defect for an illegal move.
        """
        ...

    async def settle(self, permit: Permit, end: End) -> None:
        """Close the attempt; it stays counted. Idempotent: the first end stands."""
        ...

    async def reverse(self, permit: Permit, reason: NeverDialled) -> None:
        """Take the count back, by a new entry. Idempotent. Raises Defect once an INVITE may have left."""
        ...

    async def opt_out(self, permit: Permit, source: str, values: Mapping[str, Value] | None = None) -> None:
        """Register this person's and line's opt-out. Returns once it is durable, in the record or the journal."""
        ...

    async def wrong_person(
        self, permit: Permit, source: str, values: Mapping[str, Value] | None = None
    ) -> None:
        """Register that this line is not this person's: he is not called there again. Durable; raises Fault."""
        ...

    def abandon(self, permit: Permit) -> None:
        """Nobody follows this attempt any more: it stays live and counted until `live_until`, then is uncertain."""
        ...

    def revocations(self, of: Revocable) -> AbstractAsyncContextManager[Revocations]:
        """Listen before admission, so that nothing falls between."""
        ...


@dataclass(frozen=True, slots=True)
class Ringing:
    """The callee's phone rings."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The INVITE has left (Asterisk's Dial event)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The callee picked up."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key was heard on this leg, counted from its end."""

    digit: str


@dataclass(frozen=True, slots=True)
class PlayedOut:
    """A playback ended. `done`: Asterisk says it reached its end."""

    playback: str
    done: bool


@dataclass(frozen=True, slots=True)
class HungUp:
    """The leg is gone. `cause` is the hangup cause, None where Asterisk no longer knows the leg."""

    cause: int | None


@dataclass(frozen=True, slots=True)
class LinkLost:
    """Events may be missing from here on."""

    why: str


LegEvent = Sent | Ringing | Answered | KeyPressed | PlayedOut | HungUp | LinkLost


@dataclass(frozen=True, slots=True)
class DialTaken:
    """Asterisk accepted the dial (204): queued, not yet sent."""


@dataclass(frozen=True, slots=True)
class DialRefused:
    """Asterisk says that it did not take the dial: 404, or not in Stasis. Nothing left."""

    words: str


@dataclass(frozen=True, slots=True)
class DialUncertain:
    """Nobody can say whether the dial was taken. It stays counted and is never repeated."""

    words: str


DialAnswer = DialTaken | DialRefused | DialUncertain


class Leg(Protocol):
    """A channel of ours on Asterisk. Every command is bounded in time."""

    @property
    def id(self) -> str:
        """The channel's id, chosen by us."""
        ...

    async def event(self) -> LegEvent:
        """The next event, in Asterisk's order."""
        ...

    def drained(self) -> list[LegEvent]:
        """Events already received and not yet taken, without waiting."""
        ...

    async def play(self, sha256: str) -> str:
        """Start playing the approved file of this digest; the playback's id. Raises Fault."""
        ...

    async def stop_playing(self, playback: str) -> None:
        """Stop it; a playback that is over is no fault."""
        ...

    async def exists(self) -> bool | None:
        """Whether Asterisk still has this channel; None where it cannot be asked now."""
        ...

    async def renew(self, seconds: float) -> None:
        """Let Asterisk end this channel by itself after `seconds`, unless renewed. Raises Fault."""
        ...

    async def hang_up(self) -> None:
        """End the channel; one that is gone is no fault, nor a lost link: Asterisk's own deadline ends it."""
        ...


class StagedLeg(Leg, Protocol):
    """An outbound leg that exists and has not been dialled."""

    async def dial(self, ring_timeout_s: float) -> DialAnswer:
        """Dial, at most once in the life of this object; a second call raises Defect."""
        ...


@dataclass(frozen=True, slots=True)
class NotStaged:
    """The channel could not be made or reads back otherwise than permitted. Nothing left."""

    why: str


class Talk(Protocol):
    """A bridge of a person and an agent, recorded."""

    @property
    def recording(self) -> str:
        """The name of its recording; empty where none was asked for."""
        ...

    async def close(self) -> Mapping[str, Value] | None:
        """End recording and bridge; what is kept (name, sha256, duration), None where nothing was kept."""
        ...


class Pbx(Protocol):
    """Asterisk, as one call sees it."""

    async def usable(self, timeout_s: float) -> bool:
        """Wait until the link is up and ours, `timeout_s` at most."""
        ...

    def stage(self, permit: Permit) -> Awaitable[StagedLeg | NotStaged]:
        """Make the channel, undialled, with its own deadline, and read back what it would send."""
        ...

    def bridge(self, permit: Permit, leg: Leg, agent: Agent, *, recorded: bool) -> Awaitable[Talk]:
        """Join the two so that keys stay heard (`mixing,dtmf_events`). Raises Fault."""
        ...


class Agent(Protocol):
    """A reserved agent whose leg is up."""

    @property
    def name(self) -> str:
        """How the house calls him."""
        ...

    @property
    def leg_id(self) -> str:
        """The channel of his leg."""
        ...

    async def gone(self) -> None:
        """Return when the agent's leg has dropped."""
        ...

    async def ticked(self) -> None:
        """Return when the agent presses, from now on, the key that says: I have said who calls and how to refuse."""
        ...

    async def says_wrong_person(self) -> None:
        """Return when the agent presses, from now on, the key that says: this is somebody else."""
        ...


class Agents(Protocol):
    """Who is free."""

    def reserve(self, request: Request) -> AbstractAsyncContextManager[Agent | None]:
        """An agent with his leg up; None where the request needs none. Raises Fault `sound.no_agent`."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things may take, in seconds, and the keys. Policy never depends on these.

    `wrong_person_key` means the same from both sides; `party_key` is the person's: it is me.
    """

    max_deaf_s: float = 10.0
    renew_every_s: float = 3.0
    ring_slack_s: float = 2.0
    agent_spoken_within_s: float = 15.0
    listen_after_s: float = 2.0
    max_call_s: float = 600.0
    hangup_heard_s: float = 3.0
    opt_out_key: str = "9"
    agent_key: str = "1"
    wrong_person_key: str = "8"
    party_key: str = "1"
    party_within_s: float = 8.0


class Clock(Protocol):
    """Wall time (aware, UTC, perhaps a declared lab time) and CLOCK_BOOTTIME."""

    def now(self) -> datetime:
        """The instant by the wall clock."""
        ...

    def boottime_ns(self) -> int:
        """Nanoseconds since boot, suspended time included."""
        ...
