"""What people ask of the record: one attempt, one request, entries, figures."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from dialer.core.entry import from_us
from dialer.record.given import Entry
from dialer.record.hashing import key_hash
from dialer.record.tables import attempt_events, attempts, entries, in_force, log, requests, stops, versions


def attempt(connection: Connection, ident: str) -> dict[str, Any] | None:
    """The attempt's row, its events and its entries in order; instants are aware where the column ends in `_us`."""
    row = connection.execute(select(attempts).where(attempts.c.id == ident)).mappings().first()
    if row is None:
        return None
    events = connection.execute(
        select(attempt_events.c.event, attempt_events.c.at_us)
        .where(attempt_events.c.attempt == ident)
        .order_by(attempt_events.c.at_us, attempt_events.c.entry)
    )
    written = connection.execute(
        select(entries.c.type, entries.c.at_us)
        .join(log, log.c.entry == entries.c.id)
        .where(entries.c.about == ident)
        .order_by(log.c.idx)
    )
    return {
        **_aware(row),
        "events": [{"event": one.event, "at": from_us(one.at_us)} for one in events],
        "entries": [{"type": one.type, "at": from_us(one.at_us)} for one in written],
    }


def request(connection: Connection, secret: bytes, idempotency_key: str) -> dict[str, Any] | None:
    """The request of a key: its id, effect, attempt."""
    found = select(requests).where(requests.c.key == key_hash(secret, idempotency_key))
    row = connection.execute(found).mappings().first()
    return None if row is None else {name: one for name, one in _aware(row).items() if name != "key"}


def log_entries(connection: Connection, since: int, most: int) -> list[Entry]:
    """At most `most` entries from index `since` on."""
    rows = connection.execute(
        select(log.c.idx, log.c.chain, entries)
        .join(entries, entries.c.id == log.c.entry)
        .where(log.c.idx >= since)
        .order_by(log.c.idx)
        .limit(most)
    )
    return [
        Entry(row.idx, row.id, row.type, from_us(row.at_us), row.bytes, row.leaf, row.chain) for row in rows
    ]


def counts(connection: Connection) -> dict[str, Any]:
    """Live attempts by state, requests by effect, stops in force, entries, versions in force."""
    states = select(attempts.c.state, func.count()).where(attempts.c.live == 1).group_by(attempts.c.state)
    effects = select(requests.c.effect, func.count()).group_by(requests.c.effect)
    bound = select(in_force.c.kind, versions.c.digest).join(versions, versions.c.id == in_force.c.version)
    held = select(stops.c.scope, stops.c.target, stops.c.reason, stops.c.since_us).where(
        stops.c.lifted_us.is_(None)
    )
    return {
        "live": {row[0]: row[1] for row in connection.execute(states)},
        "requests": {row[0]: row[1] for row in connection.execute(effects)},
        "stops": [_aware(row) for row in connection.execute(held).mappings()],
        "entries": connection.execute(select(func.count()).select_from(log)).scalar_one(),
        "in_force": {row.kind: row.digest for row in connection.execute(bound)},
    }


def _aware(row: Any) -> dict[str, Any]:
    return {
        (name.removesuffix("_us") + "_at" if name.endswith("_us") else name): (
            from_us(value) if name.endswith("_us") and value is not None else value
        )
        for name, value in row.items()
    }
