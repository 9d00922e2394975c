"""What the record is handed from outside, and what it takes in and gives back, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dialer.core.admission import Permit
from dialer.core.call import State
from dialer.core.facts import Unsound
from dialer.core.phone import Line

# Asked on the writer's thread inside every admission: whatever it returns denies. Must be quick and thread-safe.
Soundness = Callable[[], Sequence[Unsound]]


@dataclass(frozen=True, slots=True)
class Spans:
    """How long a permit holds, a phone may ring, and a call nobody heard of may still be alive. Seconds."""

    permit_s: float = 2.0
    ring_timeout_s: float = 30.0
    ring_grace_s: float = 180.0


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person to be enrolled. `debt` is the enterprise's own id of the case."""

    person_id: str = field(repr=False)
    name: str | None = field(repr=False)
    number: Line
    debt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The surrogates of a person, line and debt. Their keys are durable."""

    person: UUID
    line: UUID
    debt: UUID | None


@dataclass(frozen=True, slots=True)
class LiveAttempt:
    """An attempt that has no end yet. Its permit's digits and token are gone: it can be followed, never dialled."""

    permit: Permit
    state: State
    owned: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the log."""

    index: int
    id: str
    type: str
    at: datetime
    content: bytes
    leaf: bytes
    chain: bytes
