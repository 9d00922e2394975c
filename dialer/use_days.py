"""Days and times as bills and call records spell them, as civil days of whoever wrote them."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

# The first and the last day, both included.
Days = tuple[date, date]

_MONTH = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2}))$")
_TIME = r"\d{1,2}[:时点]\d{1,2}分?(?::?\d{1,2}(?:\.\d+)?秒?)?"
_DAY = re.compile(rf"^(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})日?(?:[T\s]\s*{_TIME})?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\s*\d{2}:?\d{2}(?::?\d{2})?)?$")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def days_of(text: str, zone: str) -> Days | None:
    """The days that a month (`2026-10`, `202610`, `2026年10月`), a day, a time or `A 至 B` means; None where none.

    A time with an offset is read in `zone`; one without is the writer's own.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    ends = re.split(r"\s*(?:至|~|—|–|\bto\b)\s*", plain)
    if len(ends) == 2:
        first, last = days_of(ends[0], zone), days_of(ends[1], zone)
        return (first[0], last[1]) if first and last and first[0] <= last[1] else None
    if match := _MONTH.match(plain):
        year, month = int(match[1]), int(match[2] or match[3])
        return _made(lambda: (date(year, month, 1), date(year, month, monthrange(year, month)[1])))
    day = day_of(plain, zone)
    return None if day is None else (day, day)


def day_of(text: str, zone: str) -> date | None:
    """The day of a date or time: `2026-10-01`, `2026/10/1 9:00`, `20261001093000`, `2026年10月1日`; None where none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _OFFSET.search(plain) and "T" in plain.upper():
        try:
            return datetime.fromisoformat(plain.upper()).astimezone(ZoneInfo(zone)).date()
        except ValueError:
            return None
    match = _DAY.match(plain) or _COMPACT.match(plain)
    if match is None:
        return None
    found = _made(lambda: (date(int(match[1]), int(match[2]), int(match[3])),) * 2)
    return found[0] if found else None


def _made(make: Callable[[], Days]) -> Days | None:
    try:
        return make()
    except (ValueError, IndexError):
        return None
