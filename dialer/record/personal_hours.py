"""The weekly windows a person wants calls in, or none in: what he said last holds, until it ends or he says it anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.civil_time import WEEKDAYS, minute_of_day
from dialer.core.entry import canonical, plain, to_us
from dialer.core.facts import PersonalHours
from dialer.core.policy import Purpose
from dialer.record import log
from dialer.record.prepared import Prepared
from dialer.record.tables import personal_hours

_NAMES = UUID("9b1e6a52-42c7-4b39-8a5c-3f0c2d6e7a10")
_H = personal_hours.c
_OF_CALL = Prepared(
    select(_H.enterprise, _H.purpose, _H.windows, _H.stated_us, _H.until_us)
    .where(
        _H.subject.in_([bindparam("person"), bindparam("line")]),
        _H.stated_us <= bindparam("now"),
        or_(_H.enterprise.is_(None), _H.enterprise == bindparam("enterprise")),
        or_(_H.purpose.is_(None), _H.purpose == bindparam("purpose")),
    )
    .order_by(_H.stated_us, _H.id)
)


@dataclass(frozen=True, slots=True)
class WeeklyWish:
    """The whole week as a person wants it; no windows take back what he said before.

    None in `enterprise` and `purpose` means all. `key` names what was said where: the same key is one statement.
    """

    key: str
    subject: UUID
    enterprise: str | None
    purpose: Purpose | None
    windows: tuple[PersonalHours, ...]
    source: str
    stated_at: datetime
    until: datetime | None
    evidence: Mapping[str, Any]
    actor: Actor

    def __post_init__(self) -> None:
        for one in self.windows:
            if one.kind not in ("only", "never") or not one.days or not set(one.days) <= set(WEEKDAYS):
                raise ValueError("a window is only or never, on days mon … sun")
            if not minute_of_day(one.start) < minute_of_day(one.end):
                raise ValueError("a window must end after it starts, within one day")


def wish(connection: Connection, said: WeeklyWish, now: datetime) -> bool:
    """Write it with its entry; whether it was news."""
    row = {
        "id": str(uuid5(_NAMES, f"{said.key}/{said.subject}/{said.enterprise}/{said.purpose}")),
        "subject": str(said.subject),
        "enterprise": said.enterprise,
        "purpose": said.purpose.value if said.purpose else None,
        "windows": json.dumps(plain(said.windows)),
        "source": said.source,
        "stated_us": to_us(said.stated_at),
        "until_us": to_us(said.until) if said.until else None,
        "evidence": canonical(said.evidence).decode(),
        "actor": canonical(said.actor).decode(),
    }
    if not connection.execute(insert(personal_hours).values(row).on_conflict_do_nothing()).rowcount:
        return False
    names = ("subject", "enterprise", "purpose", "windows", "source", "stated_at", "until", "evidence")
    body = {"personal_hours": row["id"], **{name: getattr(said, name) for name in names}}
    log.append(connection, "personal_hours_stated", now, said.actor, body, about=str(said.subject))
    return True


def wished(connection: Connection, asked: Mapping[str, str], now: datetime) -> tuple[PersonalHours, ...]:
    """The windows that hold for a call. `asked`: person, line, enterprise, purpose.

    Of each scope the newest statement counts; one that has ended takes its windows with it.
    """
    newest: dict[tuple[str | None, str | None], Any] = {}
    for row in _OF_CALL.rows(connection, {**asked, "now": to_us(now)}):
        newest[row.enterprise, row.purpose] = row
    return tuple(
        PersonalHours(one["kind"], tuple(one["days"]), one["start"], one["end"])
        for row in newest.values()
        if row.until_us is None or to_us(now) < row.until_us
        for one in json.loads(row.windows)
    )
