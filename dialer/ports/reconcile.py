"""What reconciling needs: the attempts without an end, and what Asterisk still has of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from dialer.core.admission import Permit
from dialer.core.call import State
from dialer.ports.calls import Agent, Leg, StagedLeg, Talk


class LiveAttempt(Protocol):
    """An attempt without an end. Its permit's digits and token are gone: it can be followed, never dialled."""

    @property
    def permit(self) -> Permit: ...

    @property
    def state(self) -> State: ...


class LiveRecord(Protocol):
    """The record, as reconciling sees it."""

    async def recover(self) -> Sequence[LiveAttempt]:
        """Every live attempt; opt-outs that waited in the journal are in the record when this returns."""
        ...

    async def sweep(self) -> int:
        """Settle, as uncertain, live attempts that nobody follows and whose `live_until` has passed; how many."""
        ...


@dataclass(frozen=True, slots=True)
class TalkStanding:
    """A bridge of an attempt that is up: the agent's name and his channel in it."""

    agent: str
    channel: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What Asterisk has of this application.

    `attempts`: channels named after an attempt; `others`: every other channel of the application; `talks`: the
    bridges in which an attempt and an agent are together, by attempt.
    """

    attempts: frozenset[UUID]
    others: frozenset[str]
    talks: Mapping[UUID, TalkStanding]


class StandingPbx(Protocol):
    """Asterisk, as reconciling sees it."""

    def link(self) -> AsyncIterator[bool]:
        """Whether the link is up, now and at each change."""
        ...

    async def standing(self) -> Standing:
        """List it. Raises Fault where Asterisk cannot be asked."""
        ...

    def leg_of(self, attempt: UUID) -> StagedLeg:
        """The leg of an attempt that is up, heard from now on; it was dialled before."""
        ...

    def agent_leg(self, channel: str) -> Leg:
        """An agent's leg that is up, heard from now on."""
        ...

    def talk_of(self, attempt: UUID) -> Talk:
        """The bridge of an attempt."""
        ...

    async def end(self, channel: str) -> None:
        """Hang a channel up; one that is gone is no fault."""
        ...


class AgentAdopter(Protocol):
    """The agents' desk, as reconciling sees it."""

    def adopt(self, name: str, leg: Leg) -> Agent | None:
        """Take an agent's leg over that is still up; None for a name that is not ours."""
        ...

    def release(self, agent: Agent) -> None:
        """The adopted call is over."""
        ...

    def owns(self, channel: str) -> bool:
        """Whether this channel is the leg of an agent here."""
        ...
