"""Answered calls day by day, of a campaign or an enterprise, for the rules that look at a rate.

A day that is over is counted once and remembered. What is still going on is counted again every few seconds: a rate
over days moves slowly, and the facts of a decision keep the tallies that it saw.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, literal_column, null, select

from dialer.core.cause import Outcome
from dialer.core.civil_time import date_start
from dialer.core.entry import to_us
from dialer.core.facts import DayTally
from dialer.core.limits import Group, Rate, Tallied
from dialer.record.prepared import Prepared
from dialer.record.tables import attempts

# A tally is at most so old.
FRESH = timedelta(seconds=10)
# No call that a person answered goes on for so long after its day.
_SETTLED_AFTER = timedelta(hours=6)
_REMEMBERED = 4096

# A person answered, nobody was joined, and it was not he who left.
_ABANDONED = (
    Outcome.AGENT_LOST,
    Outcome.DUTY_FAILED,
    Outcome.ANNOUNCEMENT_FAILED,
    Outcome.DENIED_ON_ANSWER,
    Outcome.REVOKED,
    Outcome.FAILED,
    Outcome.UNCERTAIN,
)


def _outcome_in(*outcomes: Outcome) -> Any:
    return attempts.c.outcome.in_([literal_column(f"'{one.value}'") for one in outcomes])


# Complaints are not in the record yet: a rate of them is unknown.
_COUNTED: dict[Tallied, Any] = {
    Tallied.ABANDONED: and_(_outcome_in(*_ABANDONED), attempts.c.bridged_us.is_(null())),
    Tallied.OPTED_OUT: _outcome_in(Outcome.OPTED_OUT),
}
_ONE: ColumnElement[int] = literal_column("1")
_NONE: ColumnElement[int] = literal_column("0")
_GROUP = {Group.CAMPAIGN: attempts.c.campaign, Group.ENTERPRISE: attempts.c.enterprise}


def _day(group: Group, counted: Tallied) -> Prepared:
    return Prepared(
        select(
            func.count(), func.coalesce(func.sum(case((_COUNTED[counted], _ONE), else_=_NONE)), _NONE)
        ).where(
            _GROUP[group] == bindparam("group"),
            attempts.c.answered_us >= bindparam("start"),
            attempts.c.answered_us < bindparam("end"),
            literal_column("attempts.live") == _NONE,
        )
    )


_DAYS = {(group, counted): _day(group, counted) for group in Group for counted in _COUNTED}


class Tallies:
    """Reads tallies, and remembers days that are over."""

    def __init__(self) -> None:
        self._over: dict[tuple[str, str, date], DayTally] = {}
        self._fresh: dict[tuple[str, str], tuple[datetime, tuple[DayTally, ...]]] = {}

    def read(
        self,
        connection: Connection,
        rates: tuple[Rate, ...],
        groups: dict[Group, str | None],
        now: datetime,
    ) -> dict[str, tuple[DayTally, ...]]:
        """Tallies by `Rate.key`, newest day first. `groups`: the call's campaign and enterprise."""
        found = {}
        for rate in rates:
            group = groups[rate.group]
            if group is not None and rate.counted in _COUNTED:
                found[rate.key] = self._series(connection, rate, group, now)
        return found

    def _series(self, connection: Connection, rate: Rate, group: str, now: datetime) -> tuple[DayTally, ...]:
        read_at, known = self._fresh.get((rate.key, group), (None, ()))
        if read_at is not None and read_at <= now < read_at + FRESH:
            return known
        today = now.astimezone(ZoneInfo(rate.zone)).date()
        days = (today - timedelta(days=back) for back in range(rate.days))
        tallies = [self._tally(connection, rate, group, day, now) for day in days]
        series = tuple(one for one in tallies if one.answered)
        if len(self._over) > _REMEMBERED or len(self._fresh) > _REMEMBERED:
            self._over.clear()
            self._fresh.clear()
        self._fresh[rate.key, group] = (now, series)
        return series

    def _tally(self, connection: Connection, rate: Rate, group: str, day: date, now: datetime) -> DayTally:
        key = (rate.key, group, day)
        if key in self._over:
            return self._over[key]
        zone = ZoneInfo(rate.zone)
        start, end = date_start(day, zone), date_start(day + timedelta(days=1), zone)
        span = {"group": group, "start": to_us(start), "end": to_us(end)}
        answered, counted = _DAYS[rate.group, rate.counted].first(connection, span)
        tally = DayTally(day, answered, counted)
        if end + _SETTLED_AFTER < now:
            self._over[key] = tally
        return tally
