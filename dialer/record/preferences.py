"""What people said about being called: opt-outs and consents with their whole scope, append-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.entry import canonical, from_us, to_us
from dialer.core.policy import Purpose
from dialer.record import log
from dialer.record.tables import preferences

_NAMES = UUID("6d0f5f0a-7d0c-4c55-9d0b-1c1f3f0a5a11")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of will. `kind`: `accept|opt_out`; None in a scope means all; `evidence` holds no number or name.

    `key` names what was said where (a permit, a row of a file): the same key for the same subject is one statement.
    """

    key: str
    kind: str
    subjects: tuple[UUID, ...]
    enterprise: str | None
    purpose: Purpose | None
    product: str | None
    channel: str | None
    source: str
    stated_at: datetime
    until: datetime | None
    evidence: Mapping[str, Any]
    actor: Actor


def state(connection: Connection, said: Statement, now: datetime) -> bool:
    """Write a statement for each of its subjects; whether any was news."""
    rows = [_row(said, subject) for subject in said.subjects]
    news = [
        row["id"]
        for row in rows
        if connection.execute(insert(preferences).values(row).on_conflict_do_nothing()).rowcount
    ]
    if news:
        body = {
            "kind": said.kind,
            "preferences": news,
            "subjects": said.subjects,
            "enterprise": said.enterprise,
            "purpose": said.purpose,
            "product": said.product,
            "channel": said.channel,
            "source": said.source,
            "stated_at": said.stated_at,
            "until": said.until,
            "evidence": said.evidence,
        }
        log.append(connection, "preference_stated", now, said.actor, body, about=str(said.subjects[0]))
    return bool(news)


def to_journal(said: Statement) -> dict[str, Any]:
    """A statement as JSON, for the journal."""
    return {
        **asdict(said),
        "subjects": [str(one) for one in said.subjects],
        "stated_at": to_us(said.stated_at),
        "until": to_us(said.until) if said.until else None,
        "evidence": dict(said.evidence),
        "actor": {"id": said.actor.id, "roles": sorted(said.actor.roles), "by": said.actor.authenticated_by},
    }


def from_journal(content: Mapping[str, Any]) -> Statement:
    """The statement that `to_journal` wrote."""
    actor = content["actor"]
    changed = {
        "subjects": tuple(UUID(one) for one in content["subjects"]),
        "purpose": Purpose(content["purpose"]) if content["purpose"] else None,
        "stated_at": from_us(content["stated_at"]),
        "until": from_us(content["until"]) if content["until"] is not None else None,
        "actor": Actor(actor["id"], frozenset(actor["roles"]), actor["by"]),
    }
    return Statement(**{**content, **changed})


def _row(said: Statement, subject: UUID) -> dict[str, Any]:
    return {
        "id": str(uuid5(_NAMES, f"{said.key}/{said.kind}/{subject}/{said.enterprise}/{said.purpose}")),
        "subject": str(subject),
        "kind": said.kind,
        "enterprise": said.enterprise,
        "purpose": said.purpose.value if said.purpose else None,
        "product": said.product,
        "channel": said.channel,
        "source": said.source,
        "stated_us": to_us(said.stated_at),
        "from_us": to_us(said.stated_at),
        "until_us": to_us(said.until) if said.until else None,
        "evidence": canonical(said.evidence).decode(),
        "actor": canonical(said.actor).decode(),
    }
