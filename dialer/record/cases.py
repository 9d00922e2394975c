"""Changes of cases: single ones as rows of the record, bulk in batch files, both by the debt's keyed hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from dialer.core.admission import Actor
from dialer.core.cases import Change, Known, change_of, content_of, fold
from dialer.core.entry import canonical
from dialer.core.errors import Fault
from dialer.core.facts import Case, Unsound
from dialer.record import batches, log
from dialer.record.batches import BatchFiles
from dialer.record.prepared import Prepared
from dialer.record.tables_cases import case_changes

KIND = "cases"

_OF_DEBT = Prepared(
    select(case_changes.c.seq, case_changes.c.no, case_changes.c.content).where(
        case_changes.c.debt == bindparam("wanted")
    )
)
_CHANGE = Prepared(insert(case_changes))


@dataclass(frozen=True, slots=True)
class DebtChange:
    """A change, and the keyed hash of the debt that it is about."""

    debt: bytes
    change: Change


def add(connection: Connection, several: Sequence[DebtChange], actor: Actor, now: datetime) -> str:
    """Write changes and one entry; the entry's id. The entry holds the digest of the rows, and no debt's id."""
    end = log.head(connection)
    rows: list[dict[str, Any]] = [
        {
            "seq": end.next_index,
            "no": no,
            "debt": one.debt,
            "content": canonical(content_of(one.change)).decode(),
        }
        for no, one in enumerate(several, 1)
    ]
    for row in rows:
        _CHANGE.rows(connection, row)
    shown = [[row["no"], row["debt"].hex(), row["content"]] for row in rows]
    body = {
        "changes": [content_of(one.change) for one in several],
        "digest": hashlib.sha256(canonical(shown)).hexdigest(),
    }
    return log.append(connection, "case_changed", now, actor, body, end=end)


def changes(connection: Connection, files: BatchFiles, debt: bytes) -> list[Change]:
    """Every change of a case, in the order of arrival. Raises Fault `sound.batch`."""
    found: list[Any] = _OF_DEBT.rows(connection, {"wanted": debt})
    found += files.items(batches.in_force(connection, KIND), debt)
    if len(found) > 1:
        found.sort(key=lambda one: (one.seq, one.no))
    return [change_of(json.loads(one.content)) for one in found]


def known(connection: Connection, files: BatchFiles, debt: bytes, now: datetime) -> Known | None:
    """What is known of a case at `now`, None where nothing is. Raises Fault `sound.batch`."""
    return fold(changes(connection, files, debt), now)


@dataclass(frozen=True, slots=True)
class Told:
    """What a decision reads of the case. `unsound`: why it cannot be known."""

    known: Known | None = None
    unsound: tuple[Unsound, ...] = ()

    @property
    def case(self) -> Case | None:
        """The case, None where nothing is known of it."""
        return self.known.case if self.known else None

    def overdue(self, asked: int | None) -> int | None:
        """Days past due: the more of what the request says and what the case says."""
        told = self.known.overdue_days if self.known else None
        return max((one for one in (asked, told) if one is not None), default=None)


def told(connection: Connection, files: BatchFiles, debt: bytes | None, now: datetime) -> Told:
    """The case of a debt, by its keyed hash, as this transaction sees it."""
    if debt is None:
        return _NOTHING
    try:
        return Told(known(connection, files, debt, now))
    except Fault as fault:
        return Told(unsound=(Unsound(fault.code, {"fault": fault.detail}),))


_NOTHING = Told()
