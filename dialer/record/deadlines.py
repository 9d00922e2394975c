"""Which deadlines were told: each once when it enters a bracket. And the scripts that end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from dialer.core.entry import from_us, to_us
from dialer.record import log
from dialer.record.tables import scripts
from dialer.record.tables_health import deadlines_told


def told(connection: Connection) -> set[tuple[str, int]]:
    """What was told: (deadline with its day, bracket)."""
    rows = connection.execute(select(deadlines_told.c.deadline, deadlines_told.c.bracket_days))
    return {(row.deadline, row.bracket_days) for row in rows}


def keep_told(connection: Connection, deadline: str, bracket_days: int, now: datetime) -> None:
    """Keep that it was told, with its entry."""
    row = {"deadline": deadline, "bracket_days": bracket_days, "told_us": to_us(now)}
    if connection.execute(insert(deadlines_told).values(row).on_conflict_do_nothing()).rowcount:
        body = {"deadline": deadline, "bracket_days": bracket_days}
        log.append(connection, "deadline_told", now, log.SELF, body, about=deadline)


def ending_scripts(connection: Connection) -> Sequence[dict[str, Any]]:
    """Scripts in use or waiting for approval that end: id, version, enterprise, who submitted it, `ends_at`."""
    asked = select(scripts).where(
        scripts.c.end_us.is_not(None), scripts.c.status.in_(["approved", "submitted"])
    )
    return [
        {
            "id": row.id,
            "version": row.version,
            "enterprise": row.enterprise,
            "owner": row.submitted_by,
            "ends_at": from_us(row.end_us),
        }
        for row in connection.execute(asked)
    ]
