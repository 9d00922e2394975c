"""Calling hours where the callee is. Where he may be in several zones, all of them must be open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import HORIZON_DAYS, WEEKDAYS, OpenHours, minute_of_day, open_spans
from dialer.core.facts import Facts, ZoneSource
from dialer.core.verdict import Verdict

DAYS = {"all": frozenset(range(7)), **{name: frozenset({number}) for number, name in enumerate(WEEKDAYS)}}


@dataclass(frozen=True, slots=True)
class Open:
    """One open window: `days` are `all` or names (`mon` … `sun`); `start` and `end` are `HH:MM`, [start, end)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    days: tuple[str, ...]
    start: str
    end: str

    def __post_init__(self) -> None:
        unknown = [day for day in self.days if day not in DAYS]
        if unknown or not self.days:
            raise ValueError(f"days are all or mon … sun, not {unknown or 'nothing'}")
        self.as_hours()

    def as_hours(self) -> OpenHours:
        """The window in minutes. Raises ValueError for a window that ends before it starts."""
        days = frozenset().union(*(DAYS[day] for day in self.days))
        return OpenHours(days, minute_of_day(self.start), minute_of_day(self.end))


@dataclass(frozen=True, slots=True)
class Params:
    """`open`: when one may call, in the callee's local time."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    open: tuple[Open, ...]

    def __post_init__(self) -> None:
        if not self.open:
            raise ValueError("hours without an open window would deny every call")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny outside the open windows of any zone the callee may be in, or when no zone is known."""
    if not facts.zones:
        return Verdict(code="hours.zone_unknown", denied=True, opens_at=None)
    hours = [one.as_hours() for one in params.open]
    spans = [(zone, _span(hours, facts.now, zone)) for zone in facts.zones]
    shut = [(zone, span) for zone, span in spans if span is None or span[0] > facts.now]
    if not shut:
        ends = [span[1] for _, span in spans if span is not None]
        return Verdict(
            code="hours.open",
            denied=False,
            opens_at=facts.now,
            closes_at=min(ends),
            values=_values(params, facts.zones[0], facts.now),
        )
    zone, _ = shut[0]
    opens_at = _opens_at(hours, facts.now, facts.zones)
    return Verdict(code="hours.shut", denied=True, opens_at=opens_at, values=_values(params, zone, facts.now))


def _opens_at(hours: list[OpenHours], now: datetime, zones: tuple[ZoneSource, ...]) -> datetime | None:
    """The first instant from `now` on at which all zones are open; None where they never are together."""
    at = now
    while at < now + timedelta(days=HORIZON_DAYS):
        spans = [span for zone in zones if (span := _span(hours, at, zone)) is not None]
        if len(spans) < len(zones):
            return None
        latest = max(span[0] for span in spans)
        if latest <= at:
            return at
        at = latest
    return None


def _span(hours: list[OpenHours], at: datetime, zone: ZoneSource) -> tuple[datetime, datetime] | None:
    return next(open_spans(hours, at, ZoneInfo(zone.zone)), None)


def _values(params: Params, zone: ZoneSource, at: datetime) -> dict[str, str]:
    windows = ", ".join(f"{'+'.join(one.days)} {one.start}-{one.end}" for one in params.open)
    local = at.astimezone(ZoneInfo(zone.zone))
    return {
        "zone": zone.zone,
        "zone_source": zone.source,
        "local_time": local.strftime("%a %H:%M:%S").lower(),
        "open": windows,
    }
