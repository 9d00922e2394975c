"""`dialer bench`: ours beside the bare thing, in the same run on the same machine."""

from __future__ import annotations

import asyncio
import json as text
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands.options import DENIED, AsJson, group, say, say_json

bench = group(
    "Measure: gate (an admission), cases, preferences (during an import), call (a whole call), decide (a decision)."
)

Folder = Annotated[Path | None, typer.Option("--folder", help="measure on the disk of this folder")]


@bench.command("gate")
def gate(
    per_second: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    seconds: Annotated[float, typer.Option(min=1, max=60)] = 10.0,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """From request to admitted, durably, beside the bare commit of the same rows."""
    from dialer.lab.bench.gate import bench_gate

    _show(lambda at: bench_gate(at, per_second, seconds), folder, json)


@bench.command("cases")
def cases(
    changes: Annotated[int, typer.Option(min=1000, max=1_000_000, help="rows of the case file")] = 100_000,
    per_second: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="of load without the import")] = 15.0,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Admissions while a case file comes in, beside the same admissions without it."""
    from dialer.lab.bench.cases import bench_cases

    _show(lambda at: bench_cases(at, changes, per_second, seconds), folder, json)


@bench.command("preferences")
def preferences(
    rows: Annotated[int, typer.Option(min=1000, max=2_000_000, help="rows of the file")] = 1_000_000,
    per_second: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="of load without the import")] = 10.0,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Admissions while a preference file comes in; its time, memory, and a look-up afterwards."""
    from dialer.lab.bench.preferences import bench_preferences

    _show(lambda at: bench_preferences(at, rows, per_second, seconds), folder, json)


@bench.command("call")
def call(
    width: Annotated[int, typer.Option(min=1, max=64, help="calls at a time")] = 16,
    seconds: Annotated[float, typer.Option(min=1, max=60, help="of each turn")] = 6.0,
    turns: Annotated[int, typer.Option(min=1, max=9)] = 3,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Gated calls a second beside a bare ARI loop that has the same Asterisk do the same work."""
    from dialer.lab.bench.call import bench_call

    _show(lambda at: bench_call(at, width, seconds, turns), folder, json)


@bench.command("decide")
def decide(
    runs: Annotated[int, typer.Option(min=400, max=100_000, help="decisions for each figure")] = 2000,
    json: AsJson = False,
) -> None:
    """One decision part by part, beside the same rules in Cedar (extra `policy-bench`)."""
    from dialer.lab.bench.decide import bench_decide

    _told(bench_decide(runs), json)


@bench.command("hangup")
def hangup(
    calls: Annotated[int, typer.Option(min=1, max=5000)] = 500,
    width: Annotated[int, typer.Option(min=1, max=16, help="calls at a time")] = 8,
    full_disk: Annotated[
        bool, typer.Option("--full-disk", help="no file can grow while keys are pressed")
    ] = False,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Opt-outs by key whose hangup comes 0 to 50 ms after the key's end: exit 1 where one is lost."""
    from dialer.lab.bench.hangup import bench_hangup

    figures = _show(lambda at: bench_hangup(at, calls, width, full_disk=full_disk), folder, json)
    if figures["lost"] or figures["keys_sent"] != calls:
        raise SystemExit(DENIED)


def _show(
    measure: Callable[[Path], Coroutine[Any, Any, dict[str, Any]]], folder: Path | None, as_json: bool
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="dialer-bench-", dir=folder) as at:
        figures = asyncio.run(measure(Path(at)))
    _told(figures, as_json)
    return figures


def _told(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(figures)
        return
    for name, value in figures.items():
        say(f"{name:24} {text.dumps(value)}")
