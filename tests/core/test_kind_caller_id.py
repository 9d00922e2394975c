"""Kind caller_id: number series by category of call, beside the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from kind_kit import DAY, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, NumberEntry, Period, WeeklyHours, WeeklyWindow

SERVICE = {"series": ["+911600"]}
NO_PROMOTION = {"barred": ["+91140"]}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"series": ["16 00"]},
        {"barred": [""]},
        {"series": ["+91140"], "barred": ["+9114"]},
        {"series": ["+9114"], "barred": ["+9114"]},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """No question, a prefix that is none, and a series that is barred as a whole are refused."""
    with pytest.raises(ValidationError):
        params_of("caller_id", params)


@pytest.mark.parametrize(
    ("number", "said_"),
    [
        ("+911600123456", "permit caller_id.in_series"),
        ("+91160123456", "deny caller_id.other_series"),
        ("+919876543210", "deny caller_id.other_series"),
        ("", "deny caller_id.other_series"),
    ],
)
def test_calls_of_this_kind_come_from_the_series(lawful: Facts, number: str, said_: str) -> None:
    """A number of the series is permitted without being looked up; any other denies, also none."""
    assert said("caller_id", SERVICE, replace(lawful, caller_id=number, numbers=())) == said_


def test_a_series_that_is_kept_for_others(lawful: Facts) -> None:
    """A barred series denies, whatever else the number is."""
    assert said("caller_id", NO_PROMOTION, replace(lawful, caller_id="+911401234567")).startswith("deny")
    assert said("caller_id", NO_PROMOTION, replace(lawful, caller_id="+911600123456")).startswith("permit")
    hole = {"series": ["+331", "+339"], "barred": ["+3390"]}
    assert (
        said("caller_id", hole, replace(lawful, caller_id="+33901234567")) == "deny caller_id.barred_series"
    )
    assert said("caller_id", hole, replace(lawful, caller_id="+33948123456")) == "permit caller_id.in_series"


def test_series_and_register_together(lawful: Facts) -> None:
    """A number of the series must still stand in the register where the rule asks for that."""
    both = {"series": ["95"], "checks": ["listed"]}
    assert said("caller_id", both, lawful) == "permit caller_id.registered"
    assert said("caller_id", both, replace(lawful, numbers=())) == "deny caller_id.not_registered"
    assert said("caller_id", both, replace(lawful, caller_id="4008001234")) == "deny caller_id.other_series"


def test_an_sms_port_is_no_caller_id(lawful: Facts) -> None:
    """Whatever a rule asks for; beside an entry for voice it does not matter."""
    [entry] = lawful.numbers
    port = replace(entry, kind="sms_port")
    assert (
        said("caller_id", {"checks": ["listed"]}, replace(lawful, numbers=(port,)))
        == "deny caller_id.sms_port"
    )
    assert said("caller_id", {"checks": ["listed"]}, replace(lawful, numbers=(port, entry))).startswith(
        "permit"
    )


@pytest.mark.parametrize(
    ("types", "access_code", "undertaking", "permitted"),
    [
        (["access_code"], True, None, False),
        (["access_code"], True, "CN-1", True),
        (["access_code"], False, None, True),
        (["cn_95"], False, None, False),
        (["cn_95"], False, "CN-1", True),
        (["cn_400"], True, None, True),
    ],
)
def test_an_undertaking_by_type_of_number(
    lawful: Facts, types: list[str], access_code: bool, undertaking: str | None, permitted: bool
) -> None:
    """Asked of the types that the rule names, and of no other number."""
    [entry] = lawful.numbers
    facts = replace(lawful, numbers=(replace(entry, access_code=access_code, undertaking=undertaking),))
    params = {"checks": ["undertaking"], "undertaking_for": types}
    assert said("caller_id", params, facts) == (
        "permit caller_id.registered" if permitted else "deny caller_id.no_undertaking"
    )


@pytest.mark.parametrize("types", [[], ["cn_99"]])
def test_types_of_number_that_nobody_has(types: list[str]) -> None:
    """None and a strange one are refused."""
    with pytest.raises(ValidationError):
        params_of("caller_id", {"checks": ["undertaking"], "undertaking_for": types})


def test_the_windows_of_a_number(lawful: Facts) -> None:
    """Denied until the next window within its period, permitted until it closes; two entries add up."""
    [entry] = lawful.numbers
    both = {"checks": ["period", "windows"]}

    def with_windows(*windows: tuple[str, str, str], end: datetime | None = None) -> NumberEntry:
        week = tuple(WeeklyWindow((day,), start, stop) for day, start, stop in windows)
        period = replace(entry.period, end=end or entry.period.end)
        return replace(entry, hours=WeeklyHours("Asia/Shanghai", week), period=period)

    tuesday, wednesday = ("tue", "09:00", "12:00"), ("wed", "08:00", "09:00")
    inside = judged("caller_id", both, replace(lawful, numbers=(with_windows(tuesday),)))
    assert (inside.code, inside.closes_at) == ("caller_id.registered", lawful.now.replace(hour=12))
    later = judged("caller_id", both, replace(lawful, numbers=(with_windows(wednesday),)))
    opens = lawful.now.replace(hour=8) + DAY
    assert (later.code, later.opens_at) == ("caller_id.outside_windows", opens)
    over = judged("caller_id", both, replace(lawful, numbers=(with_windows(wednesday, end=opens),)))
    assert (over.denied, over.opens_at) == (True, None)
    two = (with_windows(wednesday), with_windows(("tue", "12:00", "13:00")))
    assert judged("caller_id", both, replace(lawful, numbers=two)).opens_at == lawful.now.replace(hour=12)
    assert said("caller_id", {"checks": ["period"]}, replace(lawful, numbers=two)).startswith("permit")
    always = with_windows(("all", "00:00", "24:00"), end=lawful.now + 3 * DAY)
    assert judged("caller_id", both, replace(lawful, numbers=(always,))).closes_at == always.period.end
    for_ever = replace(always, period=Period(None, None))
    assert judged("caller_id", both, replace(lawful, numbers=(for_ever,))).closes_at is None
