"""Windows of every week that belong to a thing and not to a rule, such as those of a caller ID."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialer.core.civil_time import (
    HORIZON_DAYS,
    WEEKDAYS,
    Minutes,
    Span,
    joined,
    minute_of_day,
    spans_after,
)
from dialer.core.facts import WeeklyHours

_MEMORIES = 256


# Several rules of one decision ask the same.
@lru_cache(maxsize=_MEMORIES)
def open_span(hours: WeeklyHours, at: datetime) -> Span | None:
    """The open span that contains `at`, or the next one; None where no window is ever open."""

    def minutes_of(day: date) -> list[Minutes]:
        names = {"all", WEEKDAYS[day.weekday()]}
        return joined(
            [
                (minute_of_day(one.start), minute_of_day(one.end))
                for one in hours.windows
                if names & {*one.days}
            ]
        )

    return next(spans_after(minutes_of, at, ZoneInfo(hours.zone), HORIZON_DAYS), None)


def is_open(hours: WeeklyHours | None, at: datetime) -> bool:
    """Whether `at` lies in a window; what has no hours is always open."""
    if hours is None:
        return True
    span = open_span(hours, at)
    return span is not None and span[0] <= at


def hours_told(hours: WeeklyHours) -> str:
    """The windows as findings show them."""
    return ", ".join(f"{'+'.join(one.days)} {one.start}-{one.end}" for one in hours.windows)
