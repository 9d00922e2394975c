"""What people list: scripts, and what a person registered. Surrogates are looked up, never made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from dialer.core.entry import from_us
from dialer.record.hashing import subject_hash
from dialer.record.people import known
from dialer.record.tables import preferences, scripts


def every_script(connection: Connection) -> list[dict[str, Any]]:
    """Every version of every script, without its words; sets are sorted lists."""
    rows = connection.execute(select(scripts).order_by(scripts.c.id, scripts.c.version)).mappings()
    return [
        {
            **{
                name: row[name]
                for name in ("id", "version", "enterprise", "mode", "status", "audio_sha256", "duration_ms")
            },
            **{
                name: [one for one in row[name].split("+") if one]
                for name in ("purposes", "products", "parts", "replacements")
            },
            "closing": bool(row["closing"]),
            "submitted_by": row["submitted_by"],
            "approved_by": row["approved_by"],
        }
        for row in rows
    ]


def person(connection: Connection, subject_key: bytes, enterprise: str, person_id: str) -> UUID | None:
    """The surrogate of an enterprise's person, None where nobody enrolled him."""
    digest = subject_hash(subject_key, "person", enterprise, person_id)
    found = known(connection, [digest]).get(digest)
    return None if found is None else UUID(found)


def said_by(connection: Connection, subject: UUID) -> list[dict[str, Any]]:
    """What was stated about this subject, newest first; instants are aware."""
    asked = (
        select(preferences)
        .where(preferences.c.subject == str(subject))
        .order_by(preferences.c.stated_us.desc())
    )
    return [
        {
            **{name: row[name] for name in ("kind", "enterprise", "purpose", "product", "channel", "source")},
            "stated_at": from_us(row["stated_us"]),
            "until": from_us(row["until_us"]) if row["until_us"] is not None else None,
        }
        for row in connection.execute(asked).mappings()
    ]
