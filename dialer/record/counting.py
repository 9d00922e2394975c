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
    not_,
    select,
    union_all,
)

from dialer.core.entry import from_us, to_us
from dialer.core.limits import Counted, Limit, Subject
from dialer.core.rules.frequency import About, excused_spans
from dialer.record.prepared import Prepared
from dialer.record.tables import NO, YES, touches

_AN_ATTEMPT = touches.c.kind == literal_column("'attempt'")
# Unknown counts: only a plain no, or for `unanswered` a plain yes, takes a touch out of the count.
_COUNTED: dict[Counted, tuple[ColumnElement[bool], ...]] = {
    Counted.ATTEMPTS: (_AN_ATTEMPT,),
    Counted.RANG: (_AN_ATTEMPT, touches.c.rang != literal_column(str(NO))),
    Counted.UNANSWERED: (
        _AN_ATTEMPT,
        touches.c.rang != literal_column(str(NO)),
        touches.c.answered != literal_column(str(YES)),
    ),
    # Whoever began it: a person who calls back has talked too.
    Counted.CONVERSED: (touches.c.conversed != literal_column(str(NO)),),
    Counted.CONTACTS: (),
}
_LIMITS_KEPT = 64
# So many spans of consents leave touches out, the newest of them; whoever agreed more often is counted more strictly.
_EXCUSES = 4


def newest_touches(
    connection: Connection,
    limits: tuple[Limit, ...],
    subjects: dict[str, str | None],
    about: About,
    now: datetime,
    leave_out: str,
) -> dict[str, tuple[datetime, ...]]:
    """Touches by `Limit.key`, newest first. `subjects`: person, line, debt; `leave_out`: an attempt's id.

    A call without a debt counts every touch of the person: the stricter reading.
    """
    found: dict[str, list[datetime]] = {limit.key: [] for limit in limits}
    if not limits:
        return {}
    known: dict[str, Any] = {**subjects, "enterprise": about.enterprise, "leave_out": leave_out}
    for number, limit in enumerate(limits):
        known[f"since{number}"] = to_us(now - limit.longest)
        if limit.consent_days:
            known |= _excuses(number, limit, about)
    statement = _statement(limits, subjects["debt"] is not None)
    for row in statement.rows(connection, known):
        found[limits[row[0]].key].append(from_us(row[1]))
    return {key: tuple(sorted(instants, reverse=True)) for key, instants in found.items()}


def _excuses(number: int, limit: Limit, about: About) -> dict[str, int]:
    spans = excused_spans(about, limit.consent_days)[-_EXCUSES:]
    limits = [(to_us(start), to_us(end)) for start, end in spans] + [(0, 0)] * (_EXCUSES - len(spans))
    return {
        name: at
        for each, (start, end) in enumerate(limits)
        for name, at in ((f"excused{number}_{each}", start), (f"counts{number}_{each}", end))
    }


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
    if limit.consent_days:
        where += [
            not_(
                (touches.c.at_us >= bindparam(f"excused{number}_{each}"))
                & (touches.c.at_us < bindparam(f"counts{number}_{each}"))
            )
            for each in range(_EXCUSES)
        ]
    return (
        select(literal_column(str(number)).label("number"), touches.c.at_us)
        .where(*where)
        .order_by(touches.c.at_us.desc())
        .limit(literal_column(str(limit.most + 1)))
    )
