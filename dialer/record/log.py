"""Entries: what happened, as canonical bytes, and their place in the log."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, literal_column, select

from dialer.core.admission import Actor
from dialer.core.entry import CHAIN_START, canonical, chain_hash, leaf_hash, to_us
from dialer.record.prepared import Prepared
from dialer.record.tables import entries, log

SELF = Actor("dialer", frozenset({"system"}), "self")

_LAST = Prepared(
    select(log.c.idx, log.c.chain, log.c.newest_us).order_by(log.c.idx.desc()).limit(literal_column("1"))
)
_ENTRY = Prepared(insert(entries))
_ROW = Prepared(insert(log))


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends: next index, chain hash, newest instant (microseconds UTC, 0 for an empty log)."""

    next_index: int
    chain: bytes
    newest_us: int


def new_id(at: datetime) -> str:
    """A UUIDv7 of `at` as text."""
    stamp = (to_us(at) // 1000) & ((1 << 48) - 1)
    rest = int.from_bytes(os.urandom(10))
    value = (
        (stamp << 80) | (0x7 << 76) | ((rest >> 68) & 0xFFF) << 64 | (0b10 << 62) | (rest & ((1 << 62) - 1))
    )
    return str(UUID(int=value))


def head(connection: Connection) -> Head:
    """The end of the log as this transaction sees it."""
    row = _LAST.first(connection, {})
    return Head(0, CHAIN_START, 0) if row is None else Head(row.idx + 1, row.chain, row.newest_us)


def append(
    connection: Connection,
    kind: str,
    at: datetime,
    actor: Actor,
    body: Mapping[str, Any],
    *,
    about: str | None = None,
    end: Head | None = None,
) -> str:
    """Write one entry of type `kind` and its log row; its id. `about` is the attempt or subject it is found by."""
    end = end or head(connection)
    entry_id, at_us = new_id(at), to_us(at)
    content = canonical({**body, "type": kind, "v": 1, "id": entry_id, "at": at_us, "actor": actor})
    leaf = leaf_hash(content)
    _ENTRY.rows(
        connection,
        {"id": entry_id, "type": kind, "at_us": at_us, "about": about, "bytes": content, "leaf": leaf},
    )
    _ROW.rows(
        connection,
        {
            "idx": end.next_index,
            "entry": entry_id,
            "leaf": leaf,
            "chain": chain_hash(end.chain, leaf),
            "newest_us": max(end.newest_us, at_us),
        },
    )
    return entry_id
