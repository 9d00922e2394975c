"""Every register that was ever in force, oldest first: its document, and the file that its numbers may stand in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, literal, select, union_all

from dialer.core.entry import from_us
from dialer.record.batches import BatchFiles
from dialer.record.tables import entries, log, versions
from dialer.record.tables_cases import batches

NUMBERS = "numbers"
# The rows themselves; what stands there to find them by unit, and what the file says of itself, left out.
_ROWS = "SELECT content FROM items WHERE subject NOT LIKE 'unit:%' AND subject <> 'about' ORDER BY seq, no"


@dataclass(frozen=True, slots=True)
class Registered:
    """A register in force from `since` on. `index` is its place in the log; `numbers` a batch, None: its document."""

    index: int
    version: str
    numbers: str | None
    since: datetime


def every_register(connection: Connection) -> list[Registered]:
    """Each register that came in force, by a document or by a file of numbers; oldest first."""
    told = select(log.c.idx, entries.c.about, entries.c.at_us).join(entries, entries.c.id == log.c.entry)
    documents = told.add_columns(literal(0).label("is_file")).join(versions, versions.c.id == entries.c.about)
    files = told.add_columns(literal(1).label("is_file")).join(batches, batches.c.id == entries.c.about)
    both = union_all(
        documents.where(entries.c.type == "put_in_force", versions.c.kind == "register"),
        files.where(entries.c.type.in_(("batch_put_in_force", "batches_merged")), batches.c.kind == NUMBERS),
    )
    found: list[Registered] = []
    for index, about, at_us, is_file in connection.execute(both.order_by("idx")):
        last = found[-1] if found else None
        if not is_file:
            found.append(Registered(index, about, last.numbers if last else None, from_us(at_us)))
        elif last is not None and (last.index + 1, last.since) == (index, from_us(at_us)):
            # The document gave up its numbers for the file in the same transaction: one register, not two.
            found[-1] = replace(last, index=index, numbers=about)
        elif last is not None:
            found.append(Registered(index, last.version, about, from_us(at_us)))
    return found


def document_of(connection: Connection, version: str) -> bytes:
    """The canonical bytes of a version."""
    found: bytes = connection.execute(
        select(versions.c.document).where(versions.c.id == version)
    ).scalar_one()
    return found


def numbers_in(files: BatchFiles, batch: str) -> list[Mapping[str, Any]]:
    """The numbers of a file, as a register's document has them. Raises Fault `sound.batch`."""
    return [json.loads(one) for (one,) in files.rows(batch, _ROWS)]
