"""core.limits: what a window contains, and when it forgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.core.limits import Counted, Limit, Subject, Window, WindowKind

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
MICROSECOND = timedelta(microseconds=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("window", "touch", "leaves"),
    [
        (Window(WindowKind.DAYS, 1), "2026-11-24T00:00:00", "2026-11-25T00:00:00"),
        (Window(WindowKind.DAYS, 1), "2026-11-24T23:59:59.999999", "2026-11-25T00:00:00"),
        (Window(WindowKind.DAYS, 7), "2026-11-24T09:00:00", "2026-12-01T00:00:00"),
        (Window(WindowKind.ROLLING_HOURS, 24), "2026-11-24T09:00:00", "2026-11-25T09:00:00"),
        (Window(WindowKind.CALENDAR_MONTH, 1), "2026-11-01T00:00:00", "2026-12-01T00:00:00"),
        (Window(WindowKind.CALENDAR_MONTH, 1), "2026-11-30T23:59:59.999999", "2026-12-01T00:00:00"),
        (Window(WindowKind.CALENDAR_MONTH, 3), "2026-11-24T09:00:00", "2027-02-01T00:00:00"),
    ],
)
def test_a_touch_leaves(window: Window, touch: str, leaves: str) -> None:
    """A touch is inside until one microsecond before it leaves, and outside from then on."""
    at = datetime.fromisoformat(touch + "+08:00")
    left = window.leaves(at, SHANGHAI)
    assert left == datetime.fromisoformat(leaves + "+08:00")
    assert window.starts(left - MICROSECOND, SHANGHAI) <= at
    assert window.starts(left, SHANGHAI) > at


def test_a_day_of_23_hours_is_one_day() -> None:
    """A daily window over the spring turn ends at local midnight, 23 hours after it began."""
    window = Window(WindowKind.DAYS, 1)
    touch = datetime(2026, 3, 8, 0, 0, tzinfo=NEW_YORK)
    assert window.leaves(touch, NEW_YORK) - window.starts(touch, NEW_YORK) == timedelta(hours=23)


def test_the_key_names_the_series() -> None:
    """Two limits share a key only where subject, kind, purposes, scope and length are the same."""
    span = timedelta(days=3)
    one = Limit(Subject.PERSON, Counted.ATTEMPTS, frozenset({"marketing", "collection"}), True, 3, span)
    assert one.key == "person:attempts:collection+marketing:enterprise:3"
    others = [
        Limit(Subject.LINE, Counted.ATTEMPTS, one.purposes, True, 3, span),
        Limit(Subject.PERSON, Counted.RANG, one.purposes, True, 3, span),
        Limit(Subject.PERSON, Counted.ATTEMPTS, frozenset(), True, 3, span),
        Limit(Subject.PERSON, Counted.ATTEMPTS, one.purposes, False, 3, span),
        Limit(Subject.PERSON, Counted.ATTEMPTS, one.purposes, True, 4, span),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6


@pytest.mark.parametrize(
    "window",
    [
        Window(WindowKind.DAYS, 1),
        Window(WindowKind.DAYS, 7),
        Window(WindowKind.CALENDAR_MONTH, 1),
        Window(WindowKind.CALENDAR_MONTH, 14),
        Window(WindowKind.ROLLING_HOURS, 24),
    ],
)
def test_no_window_is_longer_than_what_the_record_looks_back(window: Window) -> None:
    """Whatever the zone and the day, the window begins no earlier than `longest` ago."""
    for name in ("Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"):
        for day in range(0, 400, 3):
            at = datetime(2026, 1, 1, 23, 59, tzinfo=UTC) + timedelta(days=day)
            assert at - window.longest <= window.starts(at, ZoneInfo(name))
