"""What is capped, over which time, for whom. The counts are in the record; the values are policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dialer.core.civil_time import day_start, month_start

# Longer than any month, with a day to spare for every zone.
_MONTH = timedelta(days=31)
_SPARE = timedelta(days=2)


class Subject(StrEnum):
    """For whom a limit counts. A person is an enterprise's customer, whatever the number he is called on."""

    PERSON = "person"
    LINE = "line"
    PERSON_DEBT = "person_debt"
    PERSON_ENTERPRISE = "person_enterprise"


class Counted(StrEnum):
    """Which touches a limit counts. An attempt that is still open counts under every kind: strictest reading first.

    `attempts`, `rang`, `unanswered`: of our dials; `conversed`: whoever began it; `contacts`: every touch on any
    channel, each attempt among them.
    """

    ATTEMPTS = "attempts"
    RANG = "rang"
    UNANSWERED = "unanswered"
    CONVERSED = "conversed"
    CONTACTS = "contacts"


class WindowKind(StrEnum):
    """Civil days or calendar months where the callee is, or a rolling span of hours."""

    DAYS = "days"
    ROLLING_HOURS = "rolling_hours"
    CALENDAR_MONTH = "calendar_month"


@dataclass(frozen=True, slots=True)
class Window:
    """`n` civil days or calendar months ending with today's, or the last `n` hours. Units: `kind`.

    Of days, a touch's own day is day 1: it counts on `n` consecutive days.
    """

    kind: WindowKind
    n: int

    def starts(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) of the window that `at` closes, in `zone`."""
        if self.kind is WindowKind.ROLLING_HOURS:
            return at - timedelta(hours=self.n) + timedelta(microseconds=1)
        if self.kind is WindowKind.CALENDAR_MONTH:
            return month_start(at, zone, months=-(self.n - 1))
        return day_start(at, zone, days=-(self.n - 1))

    def leaves(self, touch: datetime, zone: ZoneInfo) -> datetime:
        """The first instant (UTC) whose window no longer contains `touch`."""
        if self.kind is WindowKind.ROLLING_HOURS:
            return touch + timedelta(hours=self.n)
        if self.kind is WindowKind.CALENDAR_MONTH:
            return month_start(touch, zone, months=self.n, late=True)
        return day_start(touch, zone, days=self.n, late=True)

    @property
    def longest(self) -> timedelta:
        """Never shorter than the window in any zone."""
        if self.kind is WindowKind.ROLLING_HOURS:
            return timedelta(hours=self.n)
        return self.n * (_MONTH if self.kind is WindowKind.CALENDAR_MONTH else timedelta(days=1)) + _SPARE


@dataclass(frozen=True, slots=True)
class Limit:
    """What the record must look up for one rule: the newest `most` + 1 touches of `subject`.

    `longest` bounds how far back the record looks: never shorter than the window in any zone. `consent_days`:
    touches within so many days after the person's direct prior consent are left out; 0 leaves out none.
    """

    subject: Subject
    counted: Counted
    purposes: frozenset[str]
    same_enterprise: bool
    most: int
    longest: timedelta
    consent_days: int = 0
    # Names the series of touches; how far the window reaches is not part of it.
    key: str = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        scope = "enterprise" if self.same_enterprise else "all"
        purposes = "+".join(sorted(self.purposes)) or "any"
        consented = f":{self.consent_days}" if self.consent_days else ""
        key = f"{self.subject}:{self.counted}:{purposes}:{scope}{consented}:{self.most}"
        object.__setattr__(self, "key", key)


class Tallied(StrEnum):
    """What a rate counts among the calls that a person answered."""

    ABANDONED = "abandoned"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"


class Group(StrEnum):
    """Whose calls a rate is taken of."""

    CAMPAIGN = "campaign"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Rate:
    """What the record must tally for one rule: answered and counted calls of `group`, day by day.

    Days are civil days of `zone`, `days` of them with today.
    """

    group: Group
    counted: Tallied
    days: int
    zone: str
    # Names the series of tallies.
    key: str = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.group}:{self.counted}:{self.days}:{self.zone}")
