"""What is asked, and what is answered: Request, Permit, Admission, End."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dialer.core.cause import Outcome
from dialer.core.decision import Decision
from dialer.core.phone import Line
from dialer.core.policy import Purpose


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command: id, roles, and how he was authenticated (`socket_peer`, `schedule`, `key`, `self`)."""

    id: str
    roles: frozenset[str]
    authenticated_by: str


@dataclass(frozen=True, slots=True)
class Request:
    """A call asked for, its person and line already enrolled: both have a surrogate and a key.

    `person` and `line` are surrogates; `callee` is the parsed number and is never written down in clear.
    `idempotency_key` names the wish: the same key is the same call. `digest` is the SHA-256 (hex) of what was asked,
    so that a key used again for something else is refused. `zones` (IANA names), `overdue_days` and `callee_party` are
    declared by whoever asks, as in `core.facts`.
    """

    id: UUID
    idempotency_key: str
    digest: str
    actor: Actor
    enterprise: str
    purpose: Purpose
    product: str
    person: UUID
    line: UUID
    callee: Line
    script: str
    agency: str | None = None
    platform: str | None = None
    debt: UUID | None = None
    caller_id: str | None = None
    trunk: str | None = None
    agent: str | None = None
    campaign: str | None = None
    zones: tuple[str, ...] = ()
    overdue_days: int | None = None
    callee_party: str = "unknown"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is played on answer: approved files by their SHA-256, and how long each lasts.

    `mode` is `recorded` or `agent_spoken`; `closing_sha256` is the enterprise's own approved closing sentence.
    `asks_party`: the opening asks whether this is the right person, who says so by a key before anybody is joined.
    """

    mode: str
    sha256: str
    duration_ms: int
    closing_sha256: str | None = None
    closing_duration_ms: int = 0
    asks_party: bool = False


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one attempt, once. Its id is the attempt's and the channel's.

    `dialled` is what goes on the wire and never appears in a repr. `dial_before`, `ring_until`, `live_until` are
    aware instants. The `_boottime_ns` twins are the same instants on
    CLOCK_BOOTTIME, which no setting of the wall clock moves.
    """

    id: UUID
    call_id: UUID
    request_id: UUID
    person: UUID
    line: UUID
    enterprise: str
    purpose: Purpose
    dialled: str = field(repr=False)
    caller_id: str
    caller_name: str
    trunk: str
    agent: str | None
    decided_at: datetime
    dial_before: datetime
    ring_until: datetime
    live_until: datetime
    dial_before_boottime_ns: int
    ring_until_boottime_ns: int
    announcement: Announcement
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Permitted:
    """The record said yes; attempt, count and evidence are durable."""

    permit: Permit
    decision: Decision


@dataclass(frozen=True, slots=True)
class Denied:
    """The record said no, and wrote that down where it could. `next_instant` None: never under present facts."""

    decision: Decision
    next_instant: datetime | None


@dataclass(frozen=True, slots=True)
class Repeated:
    """This idempotency key was admitted before: the outcome of the first, None while it lives. Nothing is dialled."""

    attempt: UUID | None
    outcome: Outcome | None
    decision: Decision | None


Admission = Permitted | Denied | Repeated


class Left(StrEnum):
    """Whether an INVITE left this Asterisk."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class End:
    """How an attempt ended. `cause` is the hangup cause, None where none was heard."""

    outcome: Outcome
    cause: int | None
    left: Left


class NeverDialled(StrEnum):
    """The only reasons for which a counted attempt is taken back."""

    NOT_STAGED = "not_staged"
    EXPIRED = "expired"
    REVOKED = "revoked"
    AGENT_GONE = "agent_gone"
    LINK_DOWN = "link_down"
    DIAL_REFUSED = "dial_refused"
    UNDISCHARGEABLE = "undischargeable"
    CALLED_OFF = "called_off"
