"""The newest N+1 touches for each limit, in one statement. Counts are kept nowhere: the touches are the count."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    literal_column,
    select,
    union_all,
)

from dialer.core.entry import from_us, to_us
from dialer.core.limits import Counted, Limit, Subject
from dialer.record.prepared import Prepared
from dialer.record.tables import NO, YES, touches

# Unknown counts: only a plain no, or for `unanswered` a plain yes, takes a touch out of the count.
_COUNTED: dict[Counted, tuple[ColumnElement[bool], ...]] = {
    Counted.ATTEMPTS: (),
    Counted.RANG: (touches.c.rang != literal_column(str(NO)),),
    Counted.UNANSWERED: (
        touches.c.rang != literal_column(str(NO)),
        touches.c.answered != literal_column(str(YES)),
    ),
    Counted.CONVERSED: (touches.c.conversed != literal_column(str(NO)),),
}
_LIMITS_KEPT = 64


def newest_touches(
    connection: Connection, limits: tuple[Limit, ...], subjects: dict[str, str | None], asked: dict[str, Any]
) -> dict[str, tuple[datetime, ...]]:
    """Touches by `Limit.key`, newest first. `subjects`: person, line, debt; `asked`: enterprise, now, leave_out.

    A call without a debt counts every touch of the person: the stricter reading.
    """
    found: dict[str, list[datetime]] = {limit.key: [] for limit in limits}
    if not limits:
        return {}
    now: datetime = asked["now"]
    since = {f"since{number}": to_us(now - limit.longest) for number, limit in enumerate(limits)}
    statement = _statement(limits, subjects["debt"] is not None)
    known = {"enterprise": asked["enterprise"], "leave_out": asked["leave_out"]}
    for row in statement.rows(connection, {**subjects, **known, **since}):
        found[limits[row[0]].key].append(from_us(row[1]))
    return {key: tuple(sorted(instants, reverse=True)) for key, instants in found.items()}


@lru_cache(maxsize=_LIMITS_KEPT)
def _statement(limits: tuple[Limit, ...], with_debt: bool) -> Prepared:
    parts = [_series(number, limit, with_debt).subquery() for number, limit in enumerate(limits)]
    return Prepared(union_all(*(select(part.c.number, part.c.at_us) for part in parts)))


def _series(number: int, limit: Limit, with_debt: bool) -> Select[Any]:
    subject = touches.c.line if limit.subject is Subject.LINE else touches.c.person
    where: list[ColumnElement[bool]] = [
        subject == bindparam(subject.name),
        # Written out, so that SQLite sees that the partial index serves.
        literal_column("touches.reversed") == literal_column("0"),
        touches.c.at_us >= bindparam(f"since{number}"),
        touches.c.id != bindparam("leave_out"),
        *_COUNTED[limit.counted],
    ]
    if limit.same_enterprise:
        where.append(touches.c.enterprise == bindparam("enterprise"))
    if limit.purposes:
        where.append(touches.c.purpose.in_([literal_column(f"'{one}'") for one in sorted(limit.purposes)]))
    if limit.subject is Subject.PERSON_DEBT and with_debt:
        where.append(touches.c.debt == bindparam("debt"))
    return (
        select(literal_column(str(number)).label("number"), touches.c.at_us)
        .where(*where)
        .order_by(touches.c.at_us.desc())
        .limit(literal_column(str(limit.most + 1)))
    )
