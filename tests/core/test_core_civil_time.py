"""core.civil_time: open spans and days, across gaps and folds of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.core.civil_time import (
    FOREVER,
    NextSpan,
    OpenHours,
    date_start,
    day_start,
    joined,
    minute_of_day,
    month_start,
    next_of_all,
    next_of_any,
    open_spans,
    shared,
    spans_after,
    without,
)

NEW_YORK, LONDON, SHANGHAI = (
    ZoneInfo("America/New_York"),
    ZoneInfo("Europe/London"),
    ZoneInfo("Asia/Shanghai"),
)
EVERY_DAY = frozenset(range(7))


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text + "+00:00")


def _hours(start: str, end: str, days: frozenset[int] = EVERY_DAY) -> OpenHours:
    return OpenHours(days, minute_of_day(start), minute_of_day(end))


# zone, a moment of the day meant (UTC), window, its true span in UTC. Of two readings always the shorter span.
TURNS = [
    (NEW_YORK, "2026-03-08T05:00", ("02:30", "04:00"), ("2026-03-08T07:30", "2026-03-08T08:00")),
    (NEW_YORK, "2026-03-08T05:00", ("01:00", "02:30"), ("2026-03-08T06:00", "2026-03-08T06:30")),
    (NEW_YORK, "2026-03-08T05:00", ("01:00", "03:00"), ("2026-03-08T06:00", "2026-03-08T07:00")),
    (NEW_YORK, "2026-03-08T05:00", ("08:00", "21:00"), ("2026-03-08T12:00", "2026-03-09T01:00")),
    (NEW_YORK, "2026-11-01T04:00", ("01:30", "03:00"), ("2026-11-01T06:30", "2026-11-01T08:00")),
    (NEW_YORK, "2026-11-01T04:00", ("00:30", "01:30"), ("2026-11-01T04:30", "2026-11-01T05:30")),
    (NEW_YORK, "2026-11-01T04:00", ("00:00", "24:00"), ("2026-11-01T04:00", "2026-11-02T05:00")),
    (LONDON, "2026-03-29T00:00", ("01:30", "03:00"), ("2026-03-29T01:30", "2026-03-29T02:00")),
    (LONDON, "2026-03-29T00:00", ("00:15", "01:30"), ("2026-03-29T00:15", "2026-03-29T00:30")),
    (LONDON, "2026-10-24T23:00", ("01:30", "03:00"), ("2026-10-25T01:30", "2026-10-25T03:00")),
    (LONDON, "2026-10-24T23:00", ("00:30", "01:30"), ("2026-10-24T23:30", "2026-10-25T00:30")),
    (SHANGHAI, "2026-11-23T16:00", ("08:00", "22:00"), ("2026-11-24T00:00", "2026-11-24T14:00")),
]


@pytest.mark.parametrize(("zone", "at", "window", "span"), TURNS)
def test_a_window_where_the_clock_turns(
    zone: ZoneInfo, at: str, window: tuple[str, str], span: tuple[str, str]
) -> None:
    """A wall time that is skipped or repeated is read so that the open span is the shorter."""
    hours = [_hours(*window, days=frozenset({_utc(at).astimezone(zone).weekday()}))]
    assert next(open_spans(hours, _utc(at), zone)) == (_utc(span[0]), _utc(span[1]))


def test_a_window_inside_a_gap_does_not_open() -> None:
    """A window that lies wholly in a skipped hour is not open on that day."""
    spans = open_spans([_hours("02:00", "03:00")], _utc("2026-03-08T05:00"), NEW_YORK)
    assert next(spans)[0] == _utc("2026-03-09T06:00")


def test_spans_touching_at_midnight_are_one() -> None:
    """Open until 24:00 and from 00:00 is open through."""
    hours = [_hours("20:00", "24:00"), _hours("00:00", "02:00")]
    first = next(open_spans(hours, _utc("2026-11-24T13:00"), SHANGHAI))
    assert first == (_utc("2026-11-24T12:00"), _utc("2026-11-24T18:00"))


def test_a_span_ends_before_its_end() -> None:
    """At the very end of a span the next one is given: [start, end)."""
    hours, end = [_hours("08:00", "22:00")], _utc("2026-11-24T14:00")
    assert next(open_spans(hours, end - timedelta(microseconds=1), SHANGHAI))[1] == end
    assert next(open_spans(hours, end, SHANGHAI))[0] == _utc("2026-11-25T00:00")


def test_only_named_days_open() -> None:
    """A window of Mondays opens on Monday."""
    start, _ = next(
        open_spans([_hours("08:00", "22:00", frozenset({0}))], _utc("2026-11-24T02:00"), SHANGHAI)
    )
    assert start == _utc("2026-11-30T00:00")


@pytest.mark.parametrize(
    ("zone", "at", "days", "midnight"),
    [
        (SHANGHAI, "2026-11-24T02:00", 0, "2026-11-23T16:00"),
        (SHANGHAI, "2026-11-24T16:00", 0, "2026-11-24T16:00"),
        (NEW_YORK, "2026-03-09T03:59", 0, "2026-03-08T05:00"),
        (NEW_YORK, "2026-03-08T12:00", 1, "2026-03-09T04:00"),
        (NEW_YORK, "2026-11-02T12:00", -1, "2026-11-01T04:00"),
        (LONDON, "2026-10-25T12:00", 1, "2026-10-26T00:00"),
    ],
)
def test_a_day_starts_at_local_midnight(zone: ZoneInfo, at: str, days: int, midnight: str) -> None:
    """Days are counted on the calendar, so one of 23 or 25 hours is one day."""
    assert day_start(_utc(at), zone, days=days) == _utc(midnight)


def test_a_repeated_midnight_has_two_readings() -> None:
    """In Havana midnight came twice on 2020-11-01: the day starts at the first, a limit forgets at the second."""
    havana = ZoneInfo("America/Havana")
    noon = datetime(2020, 11, 1, 12, tzinfo=havana)
    assert day_start(noon, havana, late=True) - day_start(noon, havana) == timedelta(hours=1)


def test_a_date_starts_where_it_is() -> None:
    """The first instant of a date is given in UTC."""
    assert date_start(date(2027, 1, 1), SHANGHAI) == _utc("2026-12-31T16:00")
    assert date_start(date(2027, 1, 1), SHANGHAI).tzinfo is UTC


@pytest.mark.parametrize("text", ["8:00", "0800", "24:01", "12:60", "ab:cd", "-1:00", "12:00:00", ""])
def test_a_time_of_day_is_hh_mm(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="a time of day"):
        minute_of_day(text)


@pytest.mark.parametrize(("start", "end"), [("08:00", "08:00"), ("22:00", "08:00"), ("24:00", "24:00")])
def test_a_window_ends_after_it_starts(start: str, end: str) -> None:
    """A window over midnight is two windows; an empty one is none."""
    with pytest.raises(ValueError, match="end after it starts"):
        _hours(start, end)


@pytest.mark.parametrize("days", [frozenset(), frozenset({7})])
def test_a_window_has_days(days: frozenset[int]) -> None:
    """Days are 0 to 6, and at least one."""
    with pytest.raises(ValueError, match="days of the week"):
        _hours("08:00", "22:00", days)


@pytest.mark.parametrize(
    ("at", "months", "expected"),
    [
        ("2026-11-24T02:00", 0, "2026-10-31T16:00"),
        ("2026-11-24T02:00", 1, "2026-11-30T16:00"),
        ("2026-11-24T02:00", 2, "2026-12-31T16:00"),
        ("2026-11-24T02:00", -11, "2025-11-30T16:00"),
        ("2026-11-30T16:00", 0, "2026-11-30T16:00"),
    ],
)
def test_a_month_begins_at_local_midnight_of_its_first_day(at: str, months: int, expected: str) -> None:
    """Counted over the ends of years, in the zone and not in UTC."""
    assert month_start(_utc(at), SHANGHAI, months=months) == _utc(expected)


def test_what_is_open_at_the_horizon_is_open_for_ever() -> None:
    """Hours without an end give a span without one."""
    start, end = next(open_spans([_hours("00:00", "24:00")], _utc("2026-11-24T02:00"), SHANGHAI))
    assert (start <= _utc("2026-11-24T02:00"), end) == (True, FOREVER)


def test_minutes_of_a_day() -> None:
    """Joined where they touch, shared where both are open, without what is taken out."""
    assert joined([(600, 720), (480, 600), (700, 710), (800, 900)]) == [(480, 720), (800, 900)]
    assert shared([(480, 720), (840, 1200)], [(540, 900)]) == [(540, 720), (840, 900)]
    assert shared([(480, 720)], [(720, 900)]) == []
    assert without([(480, 720), (840, 1200)], [(540, 900), (1200, 1440)]) == [(480, 540), (900, 1200)]
    assert without([(480, 720)], [(0, 1440)]) == []


def test_a_skipped_hour_is_no_gap_in_a_window_over_it() -> None:
    """Two windows that touch where the clock jumps are one."""
    both = [(60, 120), (120, 240)]
    spans = spans_after(lambda _: joined(both), _utc("2026-03-08T05:00"), NEW_YORK, 3)
    assert next(spans) == (_utc("2026-03-08T06:00"), _utc("2026-03-08T08:00"))


def _known(*spans: tuple[str, str]) -> NextSpan:
    known = [(_utc(start), _utc(end)) for start, end in spans]
    return lambda at: next((one for one in known if at < one[1]), None)


def test_the_next_span_of_all_and_of_any() -> None:
    """Of all: where every source is open together. Of any: as far as some source covers without a gap."""
    day = "2026-11-24T"
    first = _known((day + "08:00", day + "10:00"), (day + "14:00", day + "18:00"))
    second = _known((day + "09:00", day + "12:00"), (day + "17:00", day + "20:00"))
    until = _utc("2026-11-25T00:00")
    at = _utc(day + "07:00")
    assert next_of_all([first, second], at, until) == (_utc(day + "09:00"), _utc(day + "10:00"))
    later = _utc(day + "10:00")
    assert next_of_all([first, second], later, until) == (_utc(day + "17:00"), _utc(day + "18:00"))
    assert next_of_all([first, second], later, _utc(day + "16:00")) is None
    assert next_of_any([first, second], at) == (_utc(day + "08:00"), _utc(day + "12:00"))
    assert next_of_any([first, second], _utc(day + "12:00")) == (_utc(day + "14:00"), _utc(day + "20:00"))
    assert next_of_any([first, second], _utc(day + "20:00")) is None
