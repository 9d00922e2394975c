"""Hours and days where the callee is. Every function takes and gives aware instants; results are in UTC.

Windows are [start, end) of wall-clock minutes. A wall time that a zone skips is read as an instant after the
gap or the last before it, one that it repeats as the later or the earlier: always so that the open span is the shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
# Hours that leave no window open within this many days are never open: longer than any weekly pattern.
HORIZON_DAYS = 15

# The end of a span that no pattern ends.
FOREVER = datetime.max.replace(tzinfo=UTC)

Span = tuple[datetime, datetime]
Minutes = tuple[int, int]
# Tells the span that contains an instant, or else the next one after it; None where there is none.
NextSpan = Callable[[datetime], Span | None]


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


def month_start(at: datetime, zone: ZoneInfo, *, months: int = 0, late: bool = False) -> datetime:
    """The first midnight of the calendar month of `at`, `months` months later; readings as in `day_start`."""
    today = at.astimezone(zone).date()
    count = today.year * 12 + today.month - 1 + months
    return _instant(date(count // 12, count % 12 + 1, 1), 0, zone, late=late)


def date_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a civil date in `zone`."""
    return _instant(day, 0, zone, late=False)


def open_spans(hours: Sequence[OpenHours], at: datetime, zone: ZoneInfo) -> Iterator[Span]:
    """The open spans [start, end) that end after `at`, in order, joined where they touch, up to the horizon."""

    def minutes_of(day: date) -> list[Minutes]:
        return [(one.start_minute, one.end_minute) for one in hours if day.weekday() in one.days]

    return spans_after(minutes_of, at, zone, HORIZON_DAYS)


def spans_after(
    minutes_of: Callable[[date], Sequence[Minutes]], at: datetime, zone: ZoneInfo, horizon_days: int
) -> Iterator[Span]:
    """The open spans that end after `at`, where `minutes_of` tells the open minutes of a civil day of `zone`.

    What is still open when the horizon comes is open for ever.
    """
    first = at.astimezone(zone).date() - timedelta(days=1)
    horizon = _instant(first + timedelta(days=horizon_days + 1), 0, zone, late=False)
    pending: Span | None = None
    for offset in range(horizon_days + 1):
        day = first + timedelta(days=offset)
        for span in _spans_of(minutes_of(day), day, zone):
            if span[1] <= at:
                continue
            if pending is not None and span[0] <= pending[1]:
                pending = (pending[0], max(pending[1], span[1]))
                continue
            if pending is not None:
                yield pending
            pending = span
    if pending is not None:
        yield (pending[0], FOREVER if pending[1] >= horizon else pending[1])


def once(start: datetime, end: datetime, at: datetime) -> Span | None:
    """The one span [start, end), as long as it is not over at `at`."""
    return (start, end) if at < end and start < end else None


def next_of_all(sources: Sequence[NextSpan], at: datetime, until: datetime) -> Span | None:
    """The first span from `at` on that lies in a span of every source; None where none begins before `until`."""
    start = at
    while start < until:
        spans = [span for source in sources if (span := source(start)) is not None]
        if len(spans) < len(sources):
            return None
        latest = max(span[0] for span in spans)
        if latest <= start:
            return start, min(span[1] for span in spans)
        start = latest
    return None


def next_of_any(sources: Sequence[NextSpan], at: datetime) -> Span | None:
    """The first span from `at` on that spans of some source cover without a gap."""
    spans = [span for source in sources if (span := source(at)) is not None]
    if not spans:
        return None
    start, end = min(spans)
    while end < FOREVER:
        following = [span for source in sources if (span := source(end)) is not None]
        reached = max((span[1] for span in following if span[0] <= end), default=end)
        if reached <= end:
            break
        end = reached
    return start, end


def shared(some: Sequence[Minutes], others: Sequence[Minutes]) -> list[Minutes]:
    """The minutes that lie in both."""
    found = (
        (max(one[0], other[0]), min(one[1], other[1])) for one in joined(some) for other in joined(others)
    )
    return sorted(one for one in found if one[0] < one[1])


def without(some: Sequence[Minutes], taken: Sequence[Minutes]) -> list[Minutes]:
    """The minutes of `some` that lie in none of `taken`."""
    rest = joined(some)
    for start, end in taken:
        cut = [part for one in rest for part in ((one[0], min(one[1], start)), (max(one[0], end), one[1]))]
        rest = [one for one in cut if one[0] < one[1]]
    return sorted(rest)


def joined(minutes: Sequence[Minutes]) -> list[Minutes]:
    """The same minutes in order, joined where they touch."""
    found: list[Minutes] = []
    for start, end in sorted(minutes):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _spans_of(minutes: Sequence[Minutes], day: date, zone: ZoneInfo) -> Iterator[Span]:
    for start_minute, end_minute in sorted(minutes):
        start = _instant(day, start_minute, zone, late=True)
        end = _instant(day, end_minute, zone, late=False)
        if start < end:
            yield start, end


def _instant(day: date, minute: int, zone: ZoneInfo, *, late: bool) -> datetime:
    if minute == MINUTES_A_DAY:
        return _instant(day + timedelta(days=1), 0, zone, late=late)
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    # The two folds differ where the zone repeats this wall time, and also where it skips it.
    readings = (wall.replace(fold=0).astimezone(UTC), wall.replace(fold=1).astimezone(UTC))
    return max(readings) if late else min(readings)
