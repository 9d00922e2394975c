"""Which days people work, read as many ways as the official data leaves open."""

from __future__ import annotations

from datetime import date

import pytest

from dialer.core.calendars import Calendar, SpecialDay, missing_years, unknown_calendar
from dialer.core.entry import canonical

CHINA = Calendar(
    "CN",
    "test",
    frozenset({5, 6}),
    (2026,),
    (SpecialDay(date(2026, 10, 1), False, "国庆节"), SpecialDay(date(2026, 10, 10), True, "国庆节")),
)


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2026, 10, 1), "holiday restday"),
        (date(2026, 10, 10), "makeup_workday workday"),
        (date(2026, 10, 12), "workday"),
        (date(2026, 10, 17), "restday"),
    ],
)
def test_a_day_of_a_known_year_has_one_reading(day: date, kinds: str) -> None:
    """The official data says what it is; what it is silent about goes by the weekday."""
    assert [" ".join(sorted(one)) for one in CHINA.readings(day)] == [kinds]


def test_a_day_of_an_unknown_year_has_all_readings() -> None:
    """A weekday may turn out a holiday; a Saturday a holiday, or worked."""
    monday = {" ".join(sorted(one)) for one in CHINA.readings(date(2027, 10, 4))}
    saturday = {" ".join(sorted(one)) for one in CHINA.readings(date(2027, 10, 9))}
    assert monday == {"workday", "holiday restday"}
    assert saturday == {"restday", "holiday restday", "makeup_workday workday"}
    assert unknown_calendar("CN").readings(date(2026, 10, 12)) == CHINA.readings(date(2027, 10, 4))


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (date(2026, 10, 31), ()),
        (date(2026, 11, 1), (("CN", 2027),)),
        (date(2027, 1, 1), (("CN", 2027),)),
        (date(2027, 11, 1), (("CN", 2027), ("CN", 2028))),
    ],
)
def test_the_next_year_is_missed_from_november(today: date, missing: tuple[tuple[str, int], ...]) -> None:
    """The arrangement of a year is announced towards the end of the year before: from then on its lack is told."""
    assert missing_years({"CN": CHINA}, today) == missing


def test_a_calendar_has_one_canonical_form() -> None:
    """The digest of a rulebook covers each day of its calendars."""
    less = Calendar("CN", "test", frozenset({5, 6}), (2026,), CHINA.days[:1])
    assert canonical(CHINA) != canonical(less)
    assert b"2026-10-10" in canonical(CHINA)
