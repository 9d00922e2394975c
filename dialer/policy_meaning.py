"""When two ways to write the parameters of a rule mean the same: then one is no mutant of the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dialer.core.calendars import HOLIDAY, MADE_UP, REST, WORK
from dialer.core.civil_time import WEEKDAYS, joined, minute_of_day
from dialer.core.rules import caller_id, case, hours, third_party

_DAYS = [reading | {"all", day} for reading in (WORK, REST, HOLIDAY, MADE_UP) for day in WEEKDAYS]


def meaning(kind: str, params: Any) -> object:
    """A value that is equal for equal meanings, whatever is asked of a rule of this kind."""
    known = _MEANINGS.get(kind)
    return params if known is None else known(params)


def _of_caller_id(params: caller_id.Params) -> object:
    # Every other check asks for an entry, and so for a listed number.
    others = params.checks - {"listed"}
    return replace(params, checks=others or params.checks)


def _of_case(params: case.Params) -> object:
    asks_status, asks_told = "status" in params.checks, "told" in params.checks
    return (
        params.checks,
        params.statuses if asks_status else None,
        params.told_days if asks_told else None,
        params.unknown,
    )


def _of_third_party(params: third_party.Params) -> object:
    # Who never calls third persons has nothing to stop.
    return params if params.after_failures is not None else replace(params, stop_on_request=True)


def _of_hours(params: hours.Params) -> object:
    windows = [(set(one.days), (minute_of_day(one.start), minute_of_day(one.end))) for one in params.open]
    open_on = tuple(tuple(joined([minutes for days, minutes in windows if days & names])) for names in _DAYS)
    return open_on, params.calendar, params.unless_consent, params.personal, params.talk_over


_MEANINGS: Mapping[str, Callable[[Any], object]] = {
    "caller_id": _of_caller_id,
    "case": _of_case,
    "third_party": _of_third_party,
    "hours": _of_hours,
}
