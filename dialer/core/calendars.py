"""Which days people work: public holidays and make-up work days of a country, for the years officially known.

A day has one reading where the official data of its year is known. In any other year it has every reading that it
may turn out to have, and who asks for hours must keep to all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from dialer.core.civil_time import WEEKDAYS

# Kinds of day. A holiday is a rest day, a make-up work day is a work day.
DAY_TYPES = ("workday", "restday", "holiday", "makeup_workday")
DAY_NAMES = frozenset({"all", *WEEKDAYS, *DAY_TYPES})
# The year's arrangement is announced towards the end of the year before.
ANNOUNCED_FROM_MONTH = 11

Reading = frozenset[str]
WORK, REST = frozenset({"workday"}), frozenset({"restday"})
HOLIDAY, MADE_UP = frozenset({"restday", "holiday"}), frozenset({"workday", "makeup_workday"})


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that its weekday tells nothing about: a public holiday, or (`works`) a rest day that is worked."""

    day: date
    works: bool
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The days of one country (ISO 3166-1). `weekend` are days of the week, 0 is Monday.

    `years` are those whose official data is known; `source` says from where. Its identity is its content's: it
    stands in a rulebook, whose digest covers it.
    """

    country: str
    source: str
    weekend: frozenset[int]
    years: tuple[int, ...]
    days: tuple[SpecialDay, ...]
    _special: Mapping[date, SpecialDay] = field(init=False, repr=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        object.__setattr__(self, "_special", {one.day: one for one in self.days})

    def readings(self, day: date) -> tuple[Reading, ...]:
        """The kinds of day that `day` is, once for each way in which it can be read."""
        weekend = day.weekday() in self.weekend
        if day.year not in self.years:
            return (REST, HOLIDAY, MADE_UP) if weekend else (WORK, HOLIDAY)
        special = self._special.get(day)
        if special is None:
            return (REST,) if weekend else (WORK,)
        return (MADE_UP,) if special.works else (HOLIDAY,)


@cache
def unknown_calendar(country: str) -> Calendar:
    """The calendar of a country that no data was loaded for: every day has every reading."""
    return Calendar(country, "", frozenset({5, 6}), (), ())


def missing_years(calendars: Mapping[str, Calendar], today: date) -> tuple[tuple[str, int], ...]:
    """(country, year) of each year that needs official data on `today`: this one, and from November the next."""
    years = [today.year, *([today.year + 1] if today.month >= ANNOUNCED_FROM_MONTH else [])]
    return tuple(
        (country, year)
        for country in sorted(calendars)
        for year in years
        if year not in calendars[country].years
    )
