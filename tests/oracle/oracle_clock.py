"""Civil time for the oracle: slow and by enumeration, with nothing of the engine's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def readings(day: date, clock: str, zone: str) -> tuple[datetime, ...]:
    """The instants at which a wall clock in `zone` may show `clock` (`HH:MM` up to `24:00`) on `day`, in order.

    For a time that the zone skips: what each of the two offsets around it would make of it.
    """
    hours, minutes = (int(part) for part in clock.split(":"))
    wall = datetime.combine(day, time(0), UTC) + timedelta(hours=hours, minutes=minutes)
    place = ZoneInfo(zone)
    offsets = {(wall + step).astimezone(place).utcoffset() for step in (-DAY, timedelta(0), DAY)}
    possible = sorted({wall - offset for offset in offsets if offset is not None})
    shown = [at for at in possible if at.astimezone(place).replace(tzinfo=UTC) == wall]
    return tuple(shown or possible)


def is_open(at: datetime, day: date, start: str, end: str, zone: str) -> bool:
    """Whether `at` lies in the window [start, end) of `day`, by the readings that leave it the shortest."""
    return readings(day, start, zone)[-1] <= at < readings(day, end, zone)[0]


def civil(at: datetime, zone: str) -> date:
    """The date in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


def month(at: datetime, zone: str) -> int:
    """The number of the month in `zone`, counted through the years."""
    day = civil(at, zone)
    return day.year * 12 + day.month


def days_around(at: datetime, zone: str) -> Iterator[date]:
    """The civil day of `at`, the one before and the one after."""
    today = civil(at, zone)
    yield from (today - DAY, today, today + DAY)
