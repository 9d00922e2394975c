"""What the two ways in need: who arrives, what is said to him, and what of it is written down.

Neither is a call of ours to anybody: what an agent dials becomes a request that `place_call` decides, and somebody who
calls us is answered and never dialled.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from dialer.core.admission import Actor, Request
from dialer.core.policy import Purpose
from dialer.ports.calls import Agent, Leg, Talk


class Way(StrEnum):
    """By which context of the dialplan somebody came."""

    AGENT = "agent"
    INBOUND = "inbound"


class ArrivedLeg(Leg, Protocol):
    """A channel that somebody else made and that rings at us."""

    async def answer(self) -> None:
        """Pick up. Raises Fault where the channel is gone."""
        ...

    async def tone(self, name: str) -> str:
        """Start one of Asterisk's own tones; the playback's id. Raises Fault."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came. `by`: the agent or the trunk, as authenticated; `called`: the digits dialled.

    `caller`: the number shown, which anybody could have written; empty where it is withheld.
    """

    way: Way
    leg: ArrivedLeg
    by: str
    called: str = field(repr=False)
    caller: str = field(repr=False)


class ArrivalPbx(Protocol):
    """Asterisk, as the reception sees it."""

    def arrivals(self) -> AsyncIterator[Arrival]:
        """Everybody who arrives; until cancelled."""
        ...

    def join(self, talk: str, leg: Leg, agent: Agent) -> Awaitable[Talk]:
        """Join somebody with an agent, recorded, so that keys stay heard. Raises Fault."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """An approved recording: SHA-256 (hex) of the file, its length, and its words."""

    sha256: str
    duration_ms: int
    text: str


Prompts = Mapping[str, Prompt]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why what an agent dialled became no request: a reason code with its values."""

    code: str
    values: Mapping[str, str]


class Dialled(Protocol):
    """What an agent works on, and so who a number is that he dials."""

    def request(self, agent: str, digits: str, key: str) -> Awaitable[Request | Refused]:
        """The request that these digits mean, under this idempotency key. Raises Fault."""
        ...

    def refused(self, agent: str, refused: Refused) -> Awaitable[None]:
        """Write down that this agent dialled what became no request. Raises Fault."""
        ...


@dataclass(frozen=True, slots=True)
class Contact:
    """Who had called this line from the number called back: surrogates of the persons meant, the newest first."""

    enterprise: str
    purpose: Purpose
    persons: tuple[UUID, ...]
    line: UUID
    at: datetime


class Hours(StrEnum):
    """A simple wish for hours."""

    MORNINGS = "mornings"
    AFTERNOONS = "afternoons"
    ANY = "any"


class CallBackRecord(Protocol):
    """The record, as the call-back line sees it."""

    def had_called(self, caller: str, called: str) -> Awaitable[Sequence[Contact]]:
        """Who had called the caller's line from the number that he called. Raises Fault."""
        ...

    def tell(self, inbound: UUID, kind: str, values: Mapping[str, Any]) -> Awaitable[None]:
        """Write an entry about this inbound call. Raises Fault."""
        ...

    def opt_out(self, inbound: UUID, contact: Contact, actor: Actor) -> Awaitable[None]:
        """Register his opt-out: durable, and live calls that it reaches ended, when it returns. Raises Fault."""
        ...

    def wish(self, inbound: UUID, contact: Contact, hours: Hours, actor: Actor) -> Awaitable[None]:
        """Register the hours that he wants calls in; durable when it returns. Raises Fault."""
        ...
