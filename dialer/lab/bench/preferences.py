"""Admissions while a million statements of preference come in, beside the same without them; and looking one up."""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import Connection

from dialer.lab.bench.cases import MOST_S, WARM_UP, Load, enrol_in_debt
from dialer.lab.bench.figures import latency_ms
from dialer.lab.bench.records import BENCH, ENTERPRISE, open_hours_clock, open_record
from dialer.record import batches
from dialer.record.hashing import subject_hash
from dialer.record.said import KIND
from dialer.record.store import RecordStore
from dialer.secrets import load

LOOK_UPS = 2000
# A million rows take longer than the cases do.
LONGER = 3


async def bench_preferences(folder: Path, rows: int, per_second: int, seconds: float) -> dict[str, Any]:
    """Steady load for `seconds`, then as long as the import of `rows` lasts; then look-ups of persons and lines."""
    clock = open_hours_clock()
    store = await open_record(folder / "record", clock, folder / "sounds")
    keys = folder / "record" / "secrets"
    told: list[int] = []

    async def imported() -> None:
        made = await store.imports.stager.make(
            KIND,
            folder / "preferences.csv",
            secrets_dir=keys,
            options={"name": "preferences.csv", "zone": "Asia/Shanghai"},
            told=told.append,
        )
        await store.imports.put(made, BENCH)

    people = WARM_UP + int(per_second * (2 * seconds + LONGER * MOST_S))
    load_of_calls = Load(store, per_second, await enrol_in_debt(store, people))
    try:
        await asyncio.to_thread(_write, folder / "preferences.csv", rows)
        await load_of_calls.run(asyncio.sleep(WARM_UP / per_second))
        quiet = await load_of_calls.run(asyncio.sleep(seconds))
        began = perf_counter()
        during = await load_of_calls.run(imported())
        took = perf_counter() - began
        after = await load_of_calls.run(asyncio.sleep(seconds))
        found = await store.read(lambda one: _look_up(one, store, keys, rows))
    finally:
        await load_of_calls.end()
        store.close()
    return {
        "bench": "preferences",
        "rows": rows,
        "per_second": per_second,
        "import_s": round(took, 1),
        "progress_told": len(told),
        # In KiB on Linux; of the greediest child, which is the one that reads the file.
        "import_peak_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "denied": load_of_calls.denied,
        "without_import_ms": latency_ms([*quiet, *after]),
        "while_importing_ms": latency_ms(during),
        "look_up_ms": latency_ms(found),
    }


def _look_up(connection: Connection, store: RecordStore, keys: Path, rows: int) -> Sequence[float]:
    """Seconds to find what a person and a line said, as an admission does it."""
    key, dice, taken = load(keys).subject_key, random.Random(1), []
    several = batches.in_force(connection, KIND)
    for _ in range(LOOK_UPS):
        no = dice.randrange(rows)
        hashes = (
            subject_hash(key, "person", ENTERPRISE, f"Q{no}"),
            subject_hash(key, "line", "", f"+86{_number(no)}"),
        )
        began = perf_counter()
        found = [store.imports.files.items(several, one) for one in hashes]
        taken.append(perf_counter() - began)
        if not all(found):
            raise AssertionError("a statement that was imported is not found")
    return taken


def _number(no: int) -> str:
    return f"139{no:08d}"


def _write(path: Path, rows: int) -> None:
    """A preference file about people who are not called by the load."""
    with path.open("w", encoding="utf-8") as file:
        file.write("客户编号,号码,金融企业,接听意愿,用途,来源,登记时间\n")
        for no in range(rows):
            kind, purpose = ("拒绝", "营销") if no % 3 else ("愿意", "")
            file.write(f"Q{no},{_number(no)},{ENTERPRISE},{kind},{purpose},客服,2026-0{no % 9 + 1}-15\n")
