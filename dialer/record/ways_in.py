"""What the two ways in ask of the record: who had called a line, and who on a list a number is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from dialer.core.admission import Actor
from dialer.core.entry import from_us
from dialer.core.policy import Purpose
from dialer.ports.campaigns import Item
from dialer.ports.ways_in import Contact
from dialer.record import log
from dialer.record.campaigns import item_of
from dialer.record.hashing import subject_hash
from dialer.record.tables import attempts, campaigns, items, subjects, touches

# Newest first; who was called more often than this is told of the newest.
MOST_ATTEMPTS = 200
ASSIGNMENTS = "assignments"


def line_of(connection: Connection, key: bytes, e164: str) -> UUID | None:
    """The surrogate of a number that is enrolled."""
    found = select(subjects.c.id).where(subjects.c.hash == subject_hash(key, "line", "", e164))
    ident = connection.execute(found).scalar()
    return None if ident is None else UUID(ident)


def had_called(connection: Connection, line: UUID, caller_id: str) -> list[Contact]:
    """Who called this line with this caller ID, one for each enterprise and purpose, the newest first.

    Attempts that were taken back rang nobody and are left out.
    """
    of_line = (
        select(attempts.c.enterprise, attempts.c.purpose, attempts.c.person, attempts.c.decided_us)
        .join(touches, touches.c.id == attempts.c.id)
        .where(
            touches.c.line == str(line),
            touches.c.reversed == 0,
            attempts.c.caller_id == caller_id,
        )
        .order_by(touches.c.at_us.desc())
        .limit(MOST_ATTEMPTS)
    )
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(of_line):
        found.setdefault((row.enterprise, row.purpose), []).append(row)
    return [
        Contact(
            enterprise=enterprise,
            purpose=Purpose(purpose),
            persons=tuple(UUID(one) for one in dict.fromkeys(row.person for row in rows)),
            line=line,
            at=from_us(rows[0].decided_us),
        )
        for (enterprise, purpose), rows in found.items()
    ]


def item_of_line(connection: Connection, campaign: str, line: UUID) -> Item | None:
    """The first item of a campaign's list that is about this line."""
    asked = (
        select(items.c.row, items.c.fields)
        .join(campaigns, campaigns.c.list == items.c.list)
        .where(campaigns.c.id == campaign, func.json_extract(items.c.fields, "$.line") == str(line))
        .order_by(items.c.row)
        .limit(1)
    )
    row = connection.execute(asked).first()
    return None if row is None else item_of(row.row, json.loads(row.fields))


def tell(
    connection: Connection,
    kind: str,
    about: UUID | str,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Write an entry about an inbound call, or about an agent."""
    log.append(connection, kind, now, actor, dict(values), about=str(about))
