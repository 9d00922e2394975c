"""Calling hours where the callee is. Where he may be in several zones, all of them must be open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.calendars import DAY_NAMES, DAY_TYPES, Calendar, Reading, unknown_calendar
from dialer.core.civil_time import (
    FOREVER,
    HORIZON_DAYS,
    WEEKDAYS,
    Minutes,
    NextSpan,
    Span,
    joined,
    minute_of_day,
    next_of_all,
    next_of_any,
    once,
    shared,
    spans_after,
    without,
)
from dialer.core.facts import Facts, PersonalHours, ZoneSource
from dialer.core.rules.preference import in_scope
from dialer.core.verdict import Obligation, Value, Verdict

# A calendar repeats nothing within a week: the longest wait between two days of one kind, and a year more.
CALENDAR_HORIZON_DAYS = 400
_MEMORIES = 256


@dataclass(frozen=True, slots=True)
class Open:
    """One open window: `start` and `end` are `HH:MM`, [start, end), `24:00` the end of the day.

    `days` are `all`, days of the week (`mon` … `sun`) or kinds of day of the rule's calendar: `workday`, `restday`,
    `holiday` (a rest day), `makeup_workday` (a work day). A day is open by each of its names.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    days: tuple[str, ...]
    start: str
    end: str

    def __post_init__(self) -> None:
        unknown = [day for day in self.days if day not in DAY_NAMES]
        if unknown or not self.days:
            kinds = ", ".join(DAY_TYPES)
            raise ValueError(f"days are all, mon … sun, {kinds}; not {unknown or 'nothing'}")
        if not minute_of_day(self.start) < minute_of_day(self.end):
            raise ValueError("a window must end after it starts, within one day")


@dataclass(frozen=True, slots=True)
class Params:
    """`open`: when one may call, in the callee's local time.

    `calendar`: the country (ISO 3166-1) whose public holidays and make-up work days `open` speaks of.
    `unless_consent`: a recorded consent that covers `hours` opens every hour while it holds. `personal`: the
    person's own weekly windows are kept too, whatever he consented to. `talk_over`: a call that talks when the hours
    end may `finish`, or must `end`. One that still rings then always ends.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    open: tuple[Open, ...]
    calendar: str | None = None
    unless_consent: bool = False
    personal: bool = False
    talk_over: str = "finish"
    _plan: _Plan = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        if not self.open:
            raise ValueError("hours without an open window would deny every call")
        if self.talk_over not in ("finish", "end"):
            raise ValueError("talk_over is finish or end")
        if self.calendar is not None and not (len(self.calendar) == 2 and self.calendar.isupper()):
            raise ValueError("a calendar is named by its country, such as CN")
        by_kind = any(day in DAY_TYPES for window in self.open for day in window.days)
        if by_kind != (self.calendar is not None):
            raise ValueError("a calendar and kinds of day, such as workday, need each other")
        object.__setattr__(self, "_plan", _Plan(self.open, by_kind))


class _Plan:
    """The windows of one rule, made ready; and, to be quick, the last span found in each zone."""

    def __init__(self, windows: Sequence[Open], by_kind: bool) -> None:
        self.told = ", ".join(f"{'+'.join(one.days)} {one.start}-{one.end}" for one in windows)
        self.horizon_days = CALENDAR_HORIZON_DAYS if by_kind else HORIZON_DAYS
        self._windows = [
            (frozenset(one.days), (minute_of_day(one.start), minute_of_day(one.end))) for one in windows
        ]
        self._by_kind = by_kind
        self._found: dict[tuple[str, Calendar | None], tuple[datetime, Span]] = {}

    def span(self, zone: str, calendar: Calendar | None, at: datetime) -> Span | None:
        """The open span that contains `at`, or the next one."""
        known = self._found.get((zone, calendar))
        if known is not None and known[0] <= at < known[1][1]:
            return known[1]
        minutes_of = partial(self.minutes, calendar)
        found = next(spans_after(minutes_of, at, ZoneInfo(zone), self.horizon_days), None)
        if found is not None:
            if len(self._found) >= _MEMORIES:
                self._found.clear()
            self._found[zone, calendar] = (at, found)
        return found

    def minutes(self, calendar: Calendar | None, day: date) -> list[Minutes]:
        """The minutes that are open on `day` whichever way the day is read."""
        first, *others = (self._read(reading, day) for reading in _readings(calendar, day))
        for one in others:
            first = shared(first, one)
        return first

    def perhaps(self, calendar: Calendar | None, local: datetime) -> bool:
        """Whether some reading of the day is open at this wall time."""
        minute = local.hour * 60 + local.minute
        day = local.date()
        return any(
            start <= minute < end
            for reading in _readings(calendar, day)
            for start, end in self._read(reading, day)
        )

    def _read(self, reading: Reading, day: date) -> list[Minutes]:
        names = reading | {"all", WEEKDAYS[day.weekday()]}
        return joined([minutes for days, minutes in self._windows if days & names])


def _readings(calendar: Calendar | None, day: date) -> tuple[Reading, ...]:
    return (frozenset(),) if calendar is None else calendar.readings(day)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny outside the open windows of any zone the callee may be in, or when no zone is known."""
    if not facts.zones:
        return Verdict("hours.zone_unknown", True, None)
    calendar = None
    if params.calendar is not None:
        calendar = facts.calendars.get(params.calendar) or unknown_calendar(params.calendar)
    now = facts.now
    plan = params._plan
    if len(facts.zones) == 1 and not (params.personal and facts.personal_hours):
        # The quick way of most calls: open by the rule, with nothing else to ask.
        zone = facts.zones[0]
        span = plan.span(zone.zone, calendar, now)
        if span is not None and span[0] <= now and not (params.unless_consent and facts.consents):
            closes_at = span[1] if span[1] < FOREVER else None
            values = _values(plan, calendar, zone, now)
            return Verdict("hours.open", False, now, closes_at, values, _duties(params, facts, closes_at))
    by_rule: list[NextSpan] = [partial(plan.span, one.zone, calendar) for one in facts.zones]
    shut = next((one for one in facts.zones if not _holds(plan.span(one.zone, calendar, now), now)), None)
    consents = _consents(facts) if params.unless_consent else []
    personal = _personal(facts) if params.personal else []
    unwanted = next((zone for zone, source in personal if not _holds(source(now), now)), None)
    consented = any(_holds(source(now), now) for source in consents)
    if unwanted is None and (shut is None or consented):
        code = "hours.open" if shut is None else "hours.consented"
        end = _open_span(plan, by_rule, consents, personal, now)
        closes_at = None if end is None or end[1] >= FOREVER else end[1]
        return Verdict(
            code,
            False,
            now,
            closes_at,
            _values(plan, calendar, shut or facts.zones[0], now),
            _duties(params, facts, closes_at),
        )
    if unwanted is not None:
        code, zone = "hours.not_wanted", unwanted
    else:
        zone = shut or facts.zones[0]
        perhaps = calendar is not None and plan.perhaps(calendar, now.astimezone(ZoneInfo(zone.zone)))
        code = "hours.day_unknown" if perhaps else "hours.shut"
    span = _open_span(plan, by_rule, consents, personal, now)
    return Verdict(code, True, span[0] if span else None, None, _values(plan, calendar, zone, now))


def _holds(span: Span | None, at: datetime) -> bool:
    return span is not None and span[0] <= at


def _open_span(
    plan: _Plan,
    by_rule: list[NextSpan],
    consents: list[NextSpan],
    personal: list[tuple[ZoneSource, NextSpan]],
    now: datetime,
) -> Span | None:
    """The span from now on, or the next, in which all zones are open by rule or consent, and by the person's wish."""
    until = now + timedelta(days=plan.horizon_days)
    if len(by_rule) == 1 and not consents and not personal:
        return by_rule[0](now)

    def in_all_zones(at: datetime) -> Span | None:
        return next_of_all(by_rule, at, until)

    def permitted(at: datetime) -> Span | None:
        return next_of_any([in_all_zones, *consents], at)

    lawful: NextSpan = permitted if consents else in_all_zones
    return next_of_all([lawful, *(source for _, source in personal)], now, until)


def _duties(params: Params, facts: Facts, closes_at: datetime | None) -> tuple[Obligation, ...]:
    if params.talk_over == "finish" or closes_at is None:
        return ()
    return (Obligation("end_by", {"at": facts.told(closes_at)}),)


def _consents(facts: Facts) -> list[NextSpan]:
    """The spans of the consents in scope: until they end, or an opt-out withdraws them."""
    given = [one for one in facts.consents if "hours" in one.covers and in_scope(one, facts)]
    if not given:
        return []
    opt_outs = [one.stated_at for one in facts.preferences if one.kind == "opt_out" and in_scope(one, facts)]
    return [
        partial(
            once, one.given_at, min([at for at in opt_outs if at >= one.given_at] + [one.until or FOREVER])
        )
        for one in given
    ]


def _personal(facts: Facts) -> list[tuple[ZoneSource, NextSpan]]:
    if not facts.personal_hours:
        return []
    return [(zone, partial(_wished, facts.personal_hours, zone.zone)) for zone in facts.zones]


@lru_cache(maxsize=_MEMORIES)
def _wished(wishes: tuple[PersonalHours, ...], zone: str, at: datetime) -> Span | None:
    """The next span by the person's own windows: in all that he says `only` of, in none that he says `never` of."""

    def minutes_of(day: date) -> list[Minutes]:
        today = [one for one in wishes if {"all", WEEKDAYS[day.weekday()]} & set(one.days)]
        only = [_minutes(one) for one in today if one.kind == "only"]
        if not any(one.kind == "only" for one in wishes):
            only = [(0, 24 * 60)]
        return without(only, [_minutes(one) for one in today if one.kind == "never"])

    return next(spans_after(minutes_of, at, ZoneInfo(zone), HORIZON_DAYS), None)


def _minutes(one: PersonalHours) -> Minutes:
    return minute_of_day(one.start), minute_of_day(one.end)


def _values(plan: _Plan, calendar: Calendar | None, zone: ZoneSource, at: datetime) -> dict[str, Value]:
    values: dict[str, Value] = {
        "zone": zone.zone,
        "zone_source": zone.source,
        "local_time": _local_time(at, zone.zone),
        "open": plan.told,
    }
    if calendar is not None:
        local = at.astimezone(ZoneInfo(zone.zone)).date()
        values["day"] = _day_told(calendar, local)
        values["calendar"] = f"{calendar.country} {local.year}"
    return values


# Several rules of one decision tell the same time.
@lru_cache(maxsize=_MEMORIES)
def _local_time(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{WEEKDAYS[local.weekday()]} {local.hour:02}:{local.minute:02}:{local.second:02}"


@lru_cache(maxsize=_MEMORIES)
def _day_told(calendar: Calendar, day: date) -> str:
    readings = calendar.readings(day)
    kinds = [kind for kind in DAY_TYPES if any(kind in one for one in readings)]
    return "+".join(kinds) if len(readings) == 1 else "unknown"
