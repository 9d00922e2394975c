"""Calendars of the countries that rules name: from the calendar libraries, and from official notices as data files.

A library is believed for the years that it has official data for. An operator loads the notice of a further year as
`calendar-*.yaml` beside the packs; what a notice says of a year outranks a library.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import chinese_calendar.constants
import holidays
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dialer.core.calendars import Calendar, SpecialDay
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import PolicySet
from dialer.core.rules import hours
from dialer.documents import Document, load_yaml, validated

NOTICES = "calendar-*.yaml"
# `holidays` computes days for any year and tells nowhere which of them a government has announced: later years are
# unknown until it is upgraded and this is moved on.
ANNOUNCED_THROUGH = 2026
_FIRST_YEAR = 2020
_SATURDAY_AND_SUNDAY = frozenset({5, 6})

Written = Annotated[str, Field(min_length=1)]


class NoticeDays(BaseModel):
    """Days from `from` to `through`, the last among them, on which nobody works, or which (`works`) are worked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: Annotated[date, Field(alias="from")]
    through: date | None = None
    works: bool
    name: Written

    @model_validator(mode="after")
    def _in_order(self) -> NoticeDays:
        if self.through is not None and self.through < self.begin:
            raise ValueError("the last day must not come before the first")
        return self

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.through or self.begin


def _in_order(years: tuple[int, ...]) -> tuple[int, ...]:
    if not years or list(years) != sorted(set(years)):
        raise ValueError("years are named once each, in order")
    return years


class NoticeShape(BaseModel):
    """An official notice of a country's public holidays and make-up work days, whole for each of its `years`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    years: Annotated[tuple[Annotated[int, Field(ge=2000, le=2200)], ...], AfterValidator(_in_order)]
    title: Written
    address: Written
    read_on: date
    days: Annotated[tuple[NoticeDays, ...], Field(min_length=1)]


def load_calendars(folder: Path, policy: PolicySet) -> tuple[Calendar, ...]:
    """The calendar of each country that a rule of `policy` names, in order, with the notices that lie in `folder`.

    Raises BadInput for a notice with a fault, and for two notices about one year.
    """
    notices = _notices(folder)
    return tuple(_calendar(country, notices) for country in _countries(policy))


def _countries(policy: PolicySet) -> list[str]:
    named = {
        rule.params.calendar
        for pack in policy.packs
        for rule in pack.rules
        if isinstance(rule.params, hours.Params) and rule.params.calendar is not None
    }
    return sorted(named)


def _calendar(country: str, notices: Sequence[NoticeShape]) -> Calendar:
    known = from_library(country)
    for notice in notices:
        if notice.country == country:
            known = _merged(known, notice)
    return known


def from_library(country: str) -> Calendar:
    """What the libraries know officially; a country that none knows has no year."""
    if country == "CN":
        return _china()
    if country not in holidays.list_supported_countries(include_aliases=False):
        return Calendar(country, "", _SATURDAY_AND_SUNDAY, (), ())
    years = range(_FIRST_YEAR, ANNOUNCED_THROUGH + 1)
    found = holidays.country_holidays(country, years=years)
    weekend = frozenset(found.weekend)
    off = {day: SpecialDay(day, False, found[day]) for day in found}
    worked = {day: SpecialDay(day, True, "") for day in found.weekend_workdays if day not in off}
    return Calendar(
        country, f"holidays {version('holidays')}", weekend, tuple(years), _sorted(off | worked, years)
    )


def _china() -> Calendar:
    """`chinesecalendar` copies the State Council's notice of each year, and ends with the last one issued."""
    data = chinese_calendar.constants
    years = range(min(data.holidays).year, max(data.holidays).year + 1)
    off = {day: SpecialDay(day, False, name) for day, name in data.holidays.items()}
    worked = {day: SpecialDay(day, True, name) for day, name in data.workdays.items()}
    source = f"chinesecalendar {version('chinesecalendar')}"
    return Calendar("CN", source, _SATURDAY_AND_SUNDAY, tuple(years), _sorted(off | worked, years))


def _sorted(days: dict[date, SpecialDay], years: Iterable[int]) -> tuple[SpecialDay, ...]:
    known = set(years)
    return tuple(days[day] for day in sorted(days) if day.year in known)


def _merged(calendar: Calendar, notice: NoticeShape) -> Calendar:
    kept = [one for one in calendar.days if one.day.year not in notice.years]
    said = [
        SpecialDay(days.begin + timedelta(days=ahead), days.works, days.name)
        for days in notice.days
        for ahead in range((days.last - days.begin).days + 1)
    ]
    return Calendar(
        calendar.country,
        "; ".join(one for one in (calendar.source, f"{notice.title} <{notice.address}>") if one),
        calendar.weekend,
        tuple(sorted({*calendar.years, *notice.years})),
        tuple(sorted([*kept, *said], key=lambda one: one.day)),
    )


def _notices(folder: Path) -> list[NoticeShape]:
    faults: list[InputFault] = []
    found: list[NoticeShape] = []
    told: dict[tuple[str, int], Path] = {}
    for path in sorted(folder.glob(NOTICES)):
        try:
            document = load_yaml(path)
            notice = validated(document, NoticeShape)
        except BadInput as error:
            faults.extend(error.faults)
            continue
        faults.extend(_faults_of(document, notice))
        for number, year in enumerate(notice.years):
            first = told.setdefault((notice.country, year), path)
            if first != path:
                hint = f"`{first.name}` tells of that year: put them into one file"
                faults.append(_fault(document, ("years", number), "two notices about one year", year, hint))
        found.append(notice)
    if faults:
        raise BadInput(faults)
    return found


def _faults_of(document: Document, notice: NoticeShape) -> Iterable[InputFault]:
    seen: set[date] = set()
    for number, days in enumerate(notice.days):
        at = ("days", number, "from")
        span = [days.begin + timedelta(days=ahead) for ahead in range((days.last - days.begin).days + 1)]
        outside = next((day for day in span if day.year not in notice.years), None)
        if outside is not None:
            hint = "name its year under `years`, or leave the day out"
            yield _fault(document, at, "lies in no year of this notice", outside, hint)
        twice = next((day for day in span if day in seen), None)
        if twice is not None:
            yield _fault(document, at, "is told twice", twice, "a day is off or worked, once")
        seen.update(span)


def _fault(
    document: Document, path: tuple[str | int, ...], reason: str, value: date | int, hint: str
) -> InputFault:
    where = Place(document.file, document.line_of(path), ".".join(str(one) for one in path))
    return InputFault(where, reason, str(value), hint)
