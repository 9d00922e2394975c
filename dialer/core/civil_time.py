"""Hours and days where the callee is. Every function takes and gives aware instants; results are in UTC.

Windows are [start, end) of wall-clock minutes. A wall time that a zone skips is read as an instant after the
gap or the last before it, one that it repeats as the later or the earlier: always so that the open span is the shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
# A rule that leaves no window open within this many days is never open: longer than any weekly pattern.
HORIZON_DAYS = 15


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Open from `start_minute` to `end_minute` (minutes after local midnight, end up to 1440).

    `days` are days of the week, 0 is Monday.
    """

    days: frozenset[int]
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= MINUTES_A_DAY:
            raise ValueError("a window must end after it starts, within one day")
        if not self.days or not self.days <= set(range(7)):
            raise ValueError("a window needs days of the week")


def minute_of_day(text: str) -> int:
    """Minutes after midnight of `HH:MM`; `24:00` is the end of the day. Raises ValueError."""
    hours, colon, minutes = text.partition(":")
    if not colon or len(hours) != 2 or len(minutes) != 2 or not (hours + minutes).isdigit():
        raise ValueError("a time of day is written HH:MM")
    value = int(hours) * 60 + int(minutes)
    if value > MINUTES_A_DAY or int(minutes) > 59:
        raise ValueError("a time of day lies between 00:00 and 24:00")
    return value


def day_start(at: datetime, zone: ZoneInfo, *, days: int = 0, late: bool = False) -> datetime:
    """Local midnight of the civil day of `at`, `days` days later; of two readings the earlier, or the `late` one."""
    return _instant(at.astimezone(zone).date() + timedelta(days=days), 0, zone, late=late)


def date_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a civil date in `zone`."""
    return _instant(day, 0, zone, late=False)


def open_spans(
    hours: Sequence[OpenHours], at: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The open spans [start, end) that end after `at`, in order, joined where they touch, up to the horizon."""
    first = at.astimezone(zone).date() - timedelta(days=1)
    pending: tuple[datetime, datetime] | None = None
    for offset in range(HORIZON_DAYS + 1):
        day = first + timedelta(days=offset)
        for span in _spans_of(hours, day, zone):
            if span[1] <= at:
                continue
            if pending is not None and span[0] <= pending[1]:
                pending = (pending[0], max(pending[1], span[1]))
                continue
            if pending is not None:
                yield pending
            pending = span
    if pending is not None:
        yield pending


def _spans_of(hours: Sequence[OpenHours], day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for window in sorted(hours, key=lambda one: one.start_minute):
        if day.weekday() in window.days:
            start = _instant(day, window.start_minute, zone, late=True)
            end = _instant(day, window.end_minute, zone, late=False)
            if start < end:
                yield start, end


def _instant(day: date, minute: int, zone: ZoneInfo, *, late: bool) -> datetime:
    if minute == MINUTES_A_DAY:
        return _instant(day + timedelta(days=1), 0, zone, late=late)
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    # The two folds differ where the zone repeats this wall time, and also where it skips it.
    readings = (wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
    return max(readings) if late else min(readings)
