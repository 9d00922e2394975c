"""Batches: big imports as immutable files beside the record, each in force by one row and one entry.

`<data_dir>/batches/<id>.db` is made by another process (`dialer.staging`), so that nothing long ever holds the
writer. Readers open it on connections of their own, `mode=ro&immutable=1`. A missing or altered file is a Fault.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from dialer.core.admission import Actor
from dialer.core.entry import canonical, to_us
from dialer.core.errors import Defect, Fault
from dialer.record import log
from dialer.record.prepared import Prepared
from dialer.record.tables_cases import batches
from dialer.staged import digest_of

# More of one kind than this are merged, so that a look-up stays bounded.
MOST_IN_FORCE = 8
# A file that was made and not put in force may wait for a second person; so long, and no longer.
WAITS = timedelta(days=30)
_ITEMS = "SELECT seq, no, content FROM items WHERE subject = ? ORDER BY seq, no"
_IN_FORCE = Prepared(
    select(batches.c.id, batches.c.kind, batches.c.digest, batches.c.rows, batches.c.seq)
    .where(batches.c.superseded_us.is_(None))
    .order_by(batches.c.seq.desc())
)
_NEWEST = Prepared(
    select(batches.c.id, batches.c.digest, batches.c.seq, batches.c.rows)
    .where(batches.c.superseded_us.is_(None), batches.c.kind == bindparam("wanted"))
    .order_by(batches.c.seq.desc())
)


@dataclass(frozen=True, slots=True)
class Made:
    """A batch file that is complete, checked and in its place, and not in force. `digest` is SHA-256 in hex.

    `left_out`: faulty rows that somebody agreed to do without; a file beside it names them.
    """

    id: str
    kind: str
    digest: str
    rows: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch in force; of two the one with the higher `seq` came later."""

    id: str
    kind: str
    digest: str
    rows: int
    seq: int


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a batch: `seq` and `no` are its place in the order of arrival; `content` is JSON."""

    seq: int
    no: int
    content: str


_Look = tuple[int, int, int, int, int]


class _Checked(NamedTuple):
    """A file whose bytes were compared with their digest, and what its folder said of it then."""

    path: str
    uri: str
    seen: _Look


class BatchFiles:
    """The files in `folder`. Each is hashed once; afterwards a look at it must show the same file, untouched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, _Checked] = {}
        # How a file looked that was found wrong, None where it was not there.
        self._failed: dict[str, tuple[_Look | None]] = {}
        self._local = threading.local()
        self._lock = threading.Lock()
        self._opened: list[sqlite3.Connection] = []

    def path(self, batch: str) -> Path:
        """Where this batch's file is."""
        return self.folder / f"{batch}.db"

    def check(self, batch: Made | Batch) -> None:
        """Read the whole file (off the event loop) and compare it with its digest. Raises Fault `sound.batch`."""
        path = self.path(batch.id)
        try:
            before = _look(path)
            digest = digest_of(path)
            after = _look(path)
        except OSError as trouble:
            raise _unsound(batch.id, (trouble.strerror or "cannot be read").lower()) from trouble
        if digest != batch.digest or before != after:
            raise _unsound(batch.id, "altered")
        self._known[batch.id] = _Checked(str(path), f"{path.as_uri()}?mode=ro&immutable=1", after)

    def check_all(self, several: Sequence[Batch]) -> list[Fault]:
        """Check each that is not as it was last time; what is wrong. What failed denies whoever looks into it."""
        found = []
        for one in several:
            seen = _seen(self.path(one.id))
            known = self._known.get(one.id)
            if seen in self._failed.get(one.id, ()) or (known is not None and seen == known.seen):
                continue
            try:
                self.check(one)
            except Fault as fault:
                self._failed[one.id] = (seen,)
                found.append(fault)
        return found

    def rows(self, batch: str, sql: str, params: Sequence[Any] = ()) -> list[Any]:
        """What `sql` finds in the batch's file. Raises Fault `sound.batch` where it is not what was checked."""
        known = self._known.get(batch)
        if known is None:
            raise _unsound(batch, "not found as it was imported")
        try:
            if _look(known.path) != known.seen:
                raise _unsound(batch, "altered")
            rows: list[Any] = self._connection(batch, known).execute(sql, params).fetchall()
        except OSError as trouble:
            raise _unsound(batch, (trouble.strerror or "cannot be read").lower()) from trouble
        except sqlite3.Error as trouble:
            raise _unsound(batch, str(trouble)) from trouble
        return rows

    def items(self, several: Sequence[Batch], subject: bytes | str) -> list[Item]:
        """Every row about `subject` in these batches, in the order of arrival. Raises Fault `sound.batch`."""
        found = [
            Item(seq or one.seq, no, content)
            for one in several
            for seq, no, content in self.rows(one.id, _ITEMS, (subject,))
        ]
        return sorted(found, key=lambda item: (item.seq, item.no)) if len(found) > 1 else found

    def newest(self, several: Sequence[Batch], subject: bytes | str) -> list[Item]:
        """The rows about `subject` in the newest of these batches that has any (`several`: newest first)."""
        for one in several:
            found = self.items([one], subject)
            if found:
                newest = found[-1].seq
                return [item for item in found if item.seq == newest]
        return []

    def remove(self, batch: str) -> None:
        """Forget a batch that is not in force and delete its file."""
        self._known.pop(batch, None)
        self.path(batch).unlink(missing_ok=True)

    def tidy(self, standing: Sequence[str], ended: Sequence[str], now: datetime) -> None:
        """Delete what interrupted imports left, batches that `ended`, and those nobody put in force for a month.

        Only while nothing is staged or read: when the record is opened.
        """
        spent_s = (now - WAITS).timestamp()
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            waiting = path.suffix == ".db" and path.stem not in ended and path.stat().st_mtime >= spent_s
            if path.stem not in standing and not waiting:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            opened, self._opened = self._opened, []
        for one in opened:
            one.close()

    def _connection(self, batch: str, known: _Checked) -> sqlite3.Connection:
        own: dict[str, tuple[_Checked, sqlite3.Connection]] = self._local.__dict__.setdefault(
            "connections", {}
        )
        checked, found = own.get(batch, (None, None))
        # A file that was restored is another one than the file that is open.
        if found is None or checked != known:
            found = sqlite3.connect(known.uri, uri=True, isolation_level=None, check_same_thread=False)
            with self._lock:
                self._opened.append(found)
            for gone in [one for one in own if one not in self._known or one == batch]:
                own.pop(gone)[1].close()
            own[batch] = (known, found)
        return found


def in_force(connection: Connection, kind: str | None = None) -> list[Batch]:
    """The batches in force as this transaction sees them, newest first."""
    rows = _IN_FORCE.rows(connection, {})
    return [Batch(*row) for row in rows if kind is None or row.kind == kind]


def switch(connection: Connection, made: Made, actor: Actor, now: datetime, *, alone: bool = False) -> Batch:
    """Put a batch in force: one row, one entry with its digest. `alone`: every other one of its kind ends.

    The same content as the newest of its kind changes nothing: that one is returned.
    """
    newest = _NEWEST.rows(connection, {"wanted": made.kind})
    if newest and newest[0].digest == made.digest:
        first = newest[0]
        return Batch(first.id, made.kind, first.digest, first.rows, first.seq)
    ended = [row.id for row in newest] if alone else []
    return _put(connection, made, ended, actor, now)


def merge(connection: Connection, made: Made, sources: Sequence[str], actor: Actor, now: datetime) -> Batch:
    """Put `made` in the place of the batches that it was merged from. Raises Defect where one has ended meanwhile."""
    current = {one.id: one for one in in_force(connection, made.kind)}
    if not set(sources) <= set(current):
        raise Defect("a batch ended while it was merged")
    return _put(connection, made, sources, actor, now, seq=max(current[one].seq for one in sources))


def _put(
    connection: Connection,
    made: Made,
    ended: Sequence[str],
    actor: Actor,
    now: datetime,
    seq: int | None = None,
) -> Batch:
    end = log.head(connection)
    batch = Batch(made.id, made.kind, made.digest, made.rows, end.next_index if seq is None else seq)
    if ended:
        these = batches.c.id.in_(ended)
        connection.execute(update(batches).where(these).values(superseded_us=to_us(now)))
    row = {
        "id": batch.id,
        "kind": batch.kind,
        "digest": batch.digest,
        "rows": batch.rows,
        "seq": batch.seq,
        "since_us": to_us(now),
        "actor": canonical(actor).decode(),
    }
    connection.execute(insert(batches), row)
    body = {
        "batch": batch.id,
        "kind": batch.kind,
        "digest": batch.digest,
        "rows": batch.rows,
        "ended": list(ended),
        "left_out": made.left_out,
    }
    kind = "batch_put_in_force" if seq is None else "batches_merged"
    log.append(connection, kind, now, actor, body, about=batch.id, end=end)
    return batch


def ended(connection: Connection) -> list[str]:
    """Ids of the batches that were in force and are no more."""
    return list(connection.execute(select(batches.c.id).where(batches.c.superseded_us.isnot(None))).scalars())


def stands(connection: Connection, batch: Batch) -> bool:
    """Whether this batch's row is there: asked after a commit of which nobody knows."""
    return connection.execute(select(batches.c.id).where(batches.c.id == batch.id)).first() is not None


def install(draft: Path, path: Path) -> None:
    """Give a finished file its name, durably, read-only."""
    draft.chmod(0o400)
    draft.rename(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(*paths: Path) -> None:
    """Remove what an import leaves that came to nothing."""
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _look(path: Path | str) -> _Look:
    at = os.stat(path)
    return (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns)


def _seen(path: Path) -> _Look | None:
    try:
        return _look(path)
    except OSError:
        return None


def _unsound(batch: str, why: str) -> Fault:
    return Fault("sound.batch", f"batch `{batch}`: {why}")
