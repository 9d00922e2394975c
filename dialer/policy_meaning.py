"""When two ways to write the parameters of a rule mean the same: then one is no mutant of the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dialer.core.calendars import HOLIDAY, MADE_UP, REST, WORK
from dialer.core.civil_time import MINUTES_A_DAY, WEEKDAYS, Minutes, joined, minute_of_day
from dialer.core.policy import Mode, Rule
from dialer.core.rules import agency, caller_id, case, hours, number_health, third_party

_DAYS = [reading | {"all", day} for reading in (WORK, REST, HOLIDAY, MADE_UP) for day in WEEKDAYS]


def meaning(rule: Rule, params: Any) -> object:
    """A value that is equal for equal meanings of `params` in `rule`, whatever it is asked."""
    known = _MEANINGS.get(rule.kind)
    found = params if known is None else known(params)
    if isinstance(found, _Hours) and rule.mode is not Mode.ENFORCE:
        # Only what is enforced obliges anybody to end a call.
        return replace(found, talk_over="")
    return found


def _of_caller_id(params: caller_id.Params) -> object:
    # Every other check asks for an entry, and so for a listed number.
    others = params.checks - {"listed"}
    asked = params.undertaking_for if "undertaking" in params.checks else frozenset({caller_id.ACCESS_CODE})
    return replace(params, checks=others or params.checks, undertaking_for=asked)


def _of_case(params: case.Params) -> object:
    asks_status, asks_told = "status" in params.checks, "told" in params.checks
    return (
        params.checks,
        params.statuses if asks_status else None,
        (params.told_days, params.tell_debtor) if asks_told else None,
        params.unknown,
    )


def _of_third_party(params: third_party.Params) -> object:
    # Who never calls third persons has nothing to stop.
    return params if params.after_failures is not None else replace(params, stop_on_request=True)


@dataclass(frozen=True, slots=True)
class _Hours:
    """`open_on`: the minutes of each kind of day, joined."""

    open_on: tuple[tuple[Minutes, ...], ...]
    calendar: str | None
    unless_consent: bool
    personal: bool
    talk_over: str


def _of_hours(params: hours.Params) -> object:
    windows = [(set(one.days), (minute_of_day(one.start), minute_of_day(one.end))) for one in params.open]
    open_on = tuple(tuple(joined([minutes for days, minutes in windows if days & names])) for names in _DAYS)
    # Where every minute is open there is none that a consent could open.
    always = all(minutes == ((0, MINUTES_A_DAY),) for minutes in open_on)
    return _Hours(
        open_on, params.calendar, params.unless_consent and not always, params.personal, params.talk_over
    )


def _of_agency(params: agency.Params) -> object:
    asks = "inspected" in params.checks
    return params.checks, params.inspected_days if asks else None, params.unknown


def _of_number_health(params: number_health.Params) -> object:
    # An appeal clears complaints and labels: where neither is asked for it clears nothing.
    counts = (params.most_complaints, params.most_labels) != (None, None)
    return params if counts else replace(params, appealed=True)


_MEANINGS: Mapping[str, Callable[[Any], object]] = {
    "agency": _of_agency,
    "caller_id": _of_caller_id,
    "number_health": _of_number_health,
    "case": _of_case,
    "third_party": _of_third_party,
    "hours": _of_hours,
}
