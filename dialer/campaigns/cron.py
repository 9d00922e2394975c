"""Cron with day names only: to one library `1` is Monday, to another Tuesday, so a digit is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

_DAYS = re.compile(
    r"^(\*|(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?(,|$))+$", re.IGNORECASE
)
MOST_MISSED = 1000


def check_cron(cron: str, zone: str) -> None:
    """Raises ValueError, one line with what to do, unless `cron` is clear in `zone`."""
    parts = cron.split()
    if len(parts) != 5:
        raise ValueError(f"cron `{cron}` has {len(parts)} fields; write minute hour day month weekday")
    if not _DAYS.match(parts[4]):
        raise ValueError(f"weekday `{parts[4]}` is not written in names; write it like mon-fri or sat,sun")
    trigger(cron, zone)


def trigger(cron: str, zone: str) -> CronTrigger:
    """The times of `cron` in `zone`. Raises ValueError."""
    minute, hour, day, month, weekday = cron.split()
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=weekday.lower(), timezone=ZoneInfo(zone)
    )


@dataclass(frozen=True, slots=True)
class Due:
    """What a schedule owes: the run to begin now, if any, and those that nobody ran in time."""

    run: datetime | None
    missed: tuple[datetime, ...]


def due(cron: CronTrigger, since: datetime, now: datetime, grace: timedelta) -> Due:
    """What fell due in (since, now]. The newest within `grace` is run; every other one is missed."""
    times: list[datetime] = []
    at = _next(cron, since)
    while at is not None and at <= now:
        times.append(at)
        del times[:-MOST_MISSED]
        at = _next(cron, at)
    if times and now - times[-1] <= grace:
        return Due(times[-1], tuple(times[:-1]))
    return Due(None, tuple(times))


def _next(cron: CronTrigger, after: datetime) -> datetime | None:
    found: datetime | None = cron.get_next_fire_time(None, after + timedelta(microseconds=1))
    return None if found is None else found.astimezone(UTC)
