"""Which caller IDs the record's own attempts went out with, day by day: one source of a stock-taking."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, or_, select

from dialer.core.civil_time import date_start
from dialer.core.entry import from_us, to_us
from dialer.record.tables import attempts

# A day begins at a whole quarter of an hour of UTC in every zone there is.
_QUARTER_US = 15 * 60 * 1_000_000
_A = attempts.c


def used_numbers(connection: Connection, first: date, last: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    """One row for each number, unit, purpose and civil day in [first, last] of `zone`, with how many attempts.

    An attempt that never left this Asterisk is left out.
    """
    quarter = _A.decided_us // _QUARTER_US
    asked = (
        select(
            _A.caller_id,
            _A.enterprise,
            _A.agency,
            _A.purpose,
            quarter.label("quarter"),
            func.count().label("n"),
        )
        .where(
            or_(_A.left.is_(None), _A.left != "no"),
            _A.decided_us >= to_us(date_start(first, zone)),
            _A.decided_us < to_us(date_start(last + timedelta(days=1), zone)),
        )
        .group_by(_A.caller_id, _A.enterprise, _A.agency, _A.purpose, quarter)
    )
    days: dict[tuple[str, str, str | None, str, date], int] = {}
    for row in connection.execute(asked):
        key = (row.caller_id, row.enterprise, row.agency, row.purpose, _day(row.quarter, zone))
        days[key] = days.get(key, 0) + row.n
    return [
        {
            "number": key[0],
            "enterprise": key[1],
            "agency": key[2],
            "purpose": key[3],
            "day": key[4],
            "calls": n,
        }
        for key, n in sorted(days.items(), key=lambda one: (one[0][4], *map(str, one[0][:4])))
    ]


def _day(quarter: int, zone: ZoneInfo) -> date:
    at: datetime = from_us(int(quarter) * _QUARTER_US)
    return at.astimezone(zone).date()
