"""Whose line it is not: who was reached there is somebody else, so this person is not called there any more.

It is no opt-out: it speaks of one person on one line, has no end of its own, and only another than who wrote it down
may correct it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, select, update
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Unsound
from dialer.record import log
from dialer.record.prepared import Prepared
from dialer.record.tables_ways import wrong_persons

_W = wrong_persons.c
_SAID = Prepared(
    select(_W.source).where(
        _W.person == bindparam("person"), _W.line == bindparam("line"), _W.corrected_us.is_(null())
    )
)


@dataclass(frozen=True, slots=True)
class NotHis:
    """Said of one person and line (surrogates). `evidence` holds no number or name."""

    person: str
    line: str
    source: str
    attempt: str | None
    evidence: Mapping[str, Any]


def not_his(connection: Connection, person: str, line: str) -> list[Unsound]:
    """What forbids calling this person on this line."""
    row = _SAID.first(connection, {"person": person, "line": line})
    return [] if row is None else [Unsound("sound.wrong_person", {"source": row.source})]


def say(connection: Connection, said: NotHis, actor: Actor, now: datetime) -> bool:
    """Write it with its entry; whether it was news."""
    row = {
        "id": log.new_id(now),
        "person": said.person,
        "line": said.line,
        "source": said.source,
        "attempt": said.attempt,
        "said_us": to_us(now),
        "said_by": actor.id,
    }
    if not connection.execute(insert(wrong_persons).values(row).on_conflict_do_nothing()).rowcount:
        return False
    body = {"wrong_person": row["id"], "evidence": dict(said.evidence)}
    body |= {name: row[name] for name in ("person", "line", "source", "attempt")}
    log.append(connection, "wrong_person_stated", now, actor, body, about=said.person)
    return True


def correct(connection: Connection, person: str, line: str, why: str, actor: Actor, now: datetime) -> str:
    """It is his line after all; the id of what is corrected. Raises BadInput unless another said otherwise before."""
    this = (_W.person == person) & (_W.line == line) & _W.corrected_us.is_(None)
    row = connection.execute(select(wrong_persons).where(this)).first()
    if row is None:
        raise _bad("nobody said that this is somebody else's line", "", "see `GET /v1/calls/{attempt}`")
    if row.said_by == actor.id:
        raise _bad("was written down by you:", actor.id, "somebody else has to correct it")
    corrected = {"corrected_us": to_us(now), "corrected_by": actor.id}
    connection.execute(update(wrong_persons).where(this).values(corrected))
    body = {"wrong_person": row.id, "person": person, "line": line, "why": why}
    log.append(connection, "wrong_person_corrected", now, actor, body, about=person)
    return str(row.id)


def _bad(reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("correction", path="person_id"), reason, value, hint)])
