"""Admissions while 100,000 changes of cases come in, beside the same admissions without them, in one run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from dialer.core.admission import End, Left, Permitted
from dialer.core.cause import Outcome
from dialer.core.entry import to_us
from dialer.core.phone import Line
from dialer.lab.bench.figures import latency_ms
from dialer.lab.bench.records import (
    BENCH,
    ENTERPRISE,
    line_of,
    open_hours_clock,
    open_record,
    request_for,
)
from dialer.record.cases import KIND
from dialer.record.given import Enrolled, Enrolment
from dialer.record.store import RecordStore

# So long each call stays live, so that there is always something to decide again.
LIVE_S = 1.0
WARM_UP = 50
# People for so many seconds of import: should it take longer, it goes on without load.
MOST_S = 120.0
WORDS = ("委案", "停催", "分期", "逾期", "告知")


async def bench_cases(folder: Path, changes: int, per_second: int, seconds: float) -> dict[str, Any]:
    """Steady load for `seconds`, then the same load as long as the import of `changes` lasts, then `seconds` again."""
    clock = open_hours_clock()
    store = await open_record(folder / "record", clock, folder / "sounds")
    keys = folder / "record" / "secrets"

    async def imported() -> None:
        options = {
            "name": "cases.csv",
            "zone": "Asia/Shanghai",
            "now": to_us(clock.now()),
            "enterprises": [ENTERPRISE],
            "agencies": [],
        }
        stager = store.imports.stager
        made = await stager.make(KIND, folder / "cases.csv", secrets_dir=keys, options=options)
        await store.imports.put(made, BENCH)

    load = Load(
        store, per_second, await enrol_in_debt(store, WARM_UP + int(per_second * (2 * seconds + MOST_S)))
    )
    try:
        # What a call is about stands in the file as well: its look-ups find something.
        await asyncio.to_thread(_write, folder / "cases.csv", changes, len(load.people))
        await load.run(asyncio.sleep(WARM_UP / per_second))
        quiet = await load.run(asyncio.sleep(seconds))
        began = perf_counter()
        during = await load.run(imported())
        took = perf_counter() - began
        after = await load.run(asyncio.sleep(seconds))
    finally:
        await load.end()
        store.close()
    # A machine grows slower or faster in a run: what the import is compared with lies on both sides of it.
    without_ms, during_ms = latency_ms([*quiet, *after]), latency_ms(during)
    return {
        "bench": "cases",
        "changes": changes,
        "per_second": per_second,
        "import_s": round(took, 1),
        "changes_per_s": round(changes / took),
        "denied": load.denied,
        "without_import_ms": without_ms,
        "while_importing_ms": during_ms,
        "p99_ratio": round(during_ms["p99"] / without_ms["p99"], 2),
    }


class Load:
    """Requests at a steady rate, each for a person of his own about a debt of his own; each call ends after a while."""

    def __init__(self, store: RecordStore, per_second: int, people: list[tuple[Enrolled, Line]]) -> None:
        self.people = people
        self.denied = 0
        self._store = store
        self._step = 1 / per_second
        self._next = iter(people)
        self._calls: set[asyncio.Task[None]] = set()

    async def run(self, meanwhile: Awaitable[Any]) -> list[float]:
        """Seconds from request to answer of every call that was asked for until `meanwhile` was done."""
        measured: list[float] = []
        loop = asyncio.get_running_loop()
        waiting = asyncio.ensure_future(meanwhile)
        due = loop.time()
        while not waiting.done():
            due += self._step
            await asyncio.sleep(max(0.0, due - loop.time()))
            who = next(self._next, None)
            if who is None:
                break
            call = asyncio.create_task(self._call(*who, measured))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        await waiting
        return measured

    async def end(self) -> None:
        """Let the last calls end."""
        await asyncio.gather(*self._calls)

    async def _call(self, who: Enrolled, line: Line, measured: list[float]) -> None:
        request = replace(request_for(who, line), debt=who.debt)
        began = perf_counter()
        admission = await self._store.calls.admit(request)
        measured.append(perf_counter() - began)
        if not isinstance(admission, Permitted):
            self.denied += 1
            return
        await asyncio.sleep(LIVE_S)
        await self._store.calls.settle(admission.permit, End(Outcome.NO_ANSWER, 19, Left.YES))


async def enrol_in_debt(store: RecordStore, people: int) -> list[tuple[Enrolled, Line]]:
    lines = [line_of(number) for number in range(people)]
    asked = [Enrolment(f"B{no}", None, line, f"D{no}") for no, line in enumerate(lines)]
    return list(zip(await store.enrol(ENTERPRISE, asked, BENCH), lines, strict=True))


def _write(path: Path, changes: int, called: int) -> None:
    """A case file: the debts that are called stay callable, the others live through everything."""
    with path.open("w", encoding="utf-8") as file:
        file.write("金融企业,案件编号,变更,生效时间,原因,告知方式,逾期天数\n")
        for no in range(changes):
            word = "委案" if no < called else WORDS[no % len(WORDS)]
            reason = "住院" if word == "停催" else ""
            how = "短信" if word == "告知" else ""
            days = no % 90 if word in ("逾期", "委案") else ""
            file.write(f"{ENTERPRISE},D{no},{word},2026-11-02,{reason},{how},{days}\n")
