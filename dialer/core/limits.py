"""What is capped, over which time, for whom. The counts are in the record; the values are policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dialer.core.civil_time import day_start


class Subject(StrEnum):
    """For whom a limit counts."""

    PERSON = "person"
    LINE = "line"
    PERSON_DEBT = "person_debt"


class Counted(StrEnum):
    """Which touches a limit counts. An attempt that is still open counts under every kind: strictest reading first."""

    ATTEMPTS = "attempts"
    RANG = "rang"
    UNANSWERED = "unanswered"
    CONVERSED = "conversed"


class WindowKind(StrEnum):
    """Calendar days where the callee is, or a rolling span of hours."""

    DAYS = "days"
    ROLLING_HOURS = "rolling_hours"


@dataclass(frozen=True, slots=True)
class Window:
    """`n` calendar days ending with today, or the last `n` hours. Units: `kind`."""

    kind: WindowKind
    n: int

    def starts(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) of the window that `at` closes, in `zone`."""
        if self.kind is WindowKind.ROLLING_HOURS:
            return at - timedelta(hours=self.n) + timedelta(microseconds=1)
        return day_start(at, zone, days=-(self.n - 1))

    def leaves(self, touch: datetime, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) whose window no longer contains `touch`."""
        if self.kind is WindowKind.ROLLING_HOURS:
            return touch + timedelta(hours=self.n)
        return day_start(touch, zone, days=self.n, late=True)


@dataclass(frozen=True, slots=True)
class Limit:
    """What the record must look up for one frequency rule: the newest `most` + 1 touches of `subject`.

    `longest` bounds how far back the record looks: never shorter than the window in any zone.
    """

    subject: Subject
    counted: Counted
    purposes: frozenset[str]
    same_enterprise: bool
    most: int
    longest: timedelta

    @property
    def key(self) -> str:
        """Names the series of touches; the value of the limit is not part of it."""
        scope = "enterprise" if self.same_enterprise else "all"
        return f"{self.subject}:{self.counted}:{'+'.join(sorted(self.purposes)) or 'any'}:{scope}:{self.most}"
