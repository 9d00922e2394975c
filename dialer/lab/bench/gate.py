"""From request to admitted, durably, beside the bare commit of the same rows on the same disk in the same run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from dialer.core.admission import Permitted
from dialer.lab.bench.figures import latency_ms
from dialer.lab.bench.records import enrol, open_hours_clock, open_record, request_for

# What one admission writes, in the order of its foreign keys.
TABLES = ("entries", "log", "attempts", "touches", "requests")
# The columns that must differ from row to row.
IDENTITIES = {"id", "entry", "attempt", "request", "call", "person", "line", "key", "about"}


async def bench_gate(folder: Path, per_second: int, seconds: float) -> dict[str, Any]:
    """Requests at a steady rate, each for a person of his own; between two of them a bare commit."""
    clock = open_hours_clock()
    store = await open_record(folder / "record", clock, folder / "sounds")
    warm_up = 50
    people = await enrol(store, int(per_second * seconds) + warm_up)
    admitted: list[float] = []
    denied = 0

    async def one(number: int) -> None:
        nonlocal denied
        began = perf_counter()
        admission = await store.calls.admit(request_for(*people[number]))
        admitted.append(perf_counter() - began)
        denied += not isinstance(admission, Permitted)

    for number in range(warm_up):
        await one(number)
    admitted.clear()
    bare = BareCommit(folder / "record" / "record.db", folder / "bare.db")
    commits: list[float] = []
    loop = asyncio.get_running_loop()
    begin, step = loop.time(), 1 / per_second
    async with asyncio.TaskGroup() as tasks:
        for number in range(warm_up, len(people)):
            due = begin + (number - warm_up) * step
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.create_task(one(number))
            await asyncio.sleep(max(0.0, due + step / 2 - loop.time()))
            commits.append(await bare.commit())
    bare.close()
    store.close()
    gate, floor = latency_ms(admitted), latency_ms(commits)
    return {
        "bench": "gate",
        "per_second": per_second,
        "seconds": seconds,
        "denied": denied,
        "request_to_admitted_ms": gate,
        "bare_commit_ms": floor,
        "above_bare_ms": {name: round(gate[name] - floor[name], 3) for name in ("p50", "p90", "p99")},
    }


class BareCommit:
    """The rows of one admission, written again and again by the driver alone, one durable commit each."""

    def __init__(self, record: Path, target: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bare-commit")
        with sqlite3.connect(f"file:{record}?mode=ro", uri=True) as source:
            made = source.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid")
            self._schema = [sql for table, sql in made if table in TABLES]
            self._rows = {table: _newest(source, table) for table in TABLES}
        self._connection = self._thread.submit(self._open, target).result()
        self._index = 1_000_000

    def _open(self, target: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(target, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for statement in self._schema:
            connection.execute(statement)
        return connection

    async def commit(self) -> float:
        """Write one admission's rows; the seconds from BEGIN to the end of COMMIT."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit)

    def _commit(self) -> float:
        self._index += 1
        fresh = [(table, self._fresh(table)) for table in TABLES]
        began = perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        for table, (names, values) in fresh:
            marks = ", ".join("?" * len(values))
            self._connection.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608
        self._connection.execute("COMMIT")
        return perf_counter() - began

    def _fresh(self, table: str) -> tuple[Sequence[str], list[Any]]:
        names, values = self._rows[table]
        return names, [self._new(name, value) for name, value in zip(names, values, strict=True)]

    def _new(self, name: str, value: Any) -> Any:
        if name == "idx":
            return self._index
        if name not in IDENTITIES or value is None:
            return value
        return uuid4().bytes * 2 if isinstance(value, bytes) else str(uuid4())

    def close(self) -> None:
        """Close the file."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


def _newest(source: sqlite3.Connection, table: str) -> tuple[list[str], list[Any]]:
    cursor = source.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1")  # noqa: S608
    return [column[0] for column in cursor.description], list(cursor.fetchone())
