"""`dialer demo`: one run in a folder of its own, its table, its page, its data; 0 only where all fates agree."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from dialer.lab import asterisk_packages
from dialer.lab.asterisk import LabAsteriskFailed
from dialer.lab.child import ChildFailed
from dialer.lab.demo import page, table, words
from dialer.lab.demo.fates import FATES, LAB_BEGINS, Fate
from dialer.lab.demo.site import DemoFailed
from dialer.lab.demo.story import Stage, now_in_lab, play, prepare, staged
from dialer.lab.demo.witnesses import Verdict
from dialer.lab.demo.words import civil, progress, word
from dialer.lab.private_apt import AsteriskUnavailable
from dialer.lab.sipp import SippFailed

ROOT = Path(__file__).parents[3]
KEPT_RUNS = 5
AGREED, DIFFERED, FAILED = 0, 1, 1
FAILURES = (DemoFailed, LabAsteriskFailed, ChildFailed, SippFailed, AsteriskUnavailable)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line; paths may be absent."""

    lang: str = "en"
    serve: bool = False
    json: Path | None = None
    page: Path | None = None
    svg: Path | None = None


def run(options: Options, out: Console, fates: Sequence[Fate] = FATES, lab: Path | None = None) -> int:
    """Run the demo; the exit code. Says one line and gives 1 where it could not be run."""
    try:
        return asyncio.run(_run(options, out, fates, lab or ROOT / ".lab"))
    except FAILURES as failure:
        out.print(f"demo failed: {failure}", style="bold red", markup=False)
        return FAILED
    except asyncio.CancelledError:
        out.print("stopped; everything it started has ended")
        return 130


async def _run(options: Options, out: Console, fates: Sequence[Fate], lab: Path) -> int:
    _end_on_signals()
    began_s, real = time.monotonic(), datetime.now(UTC)

    def say(name: str, **values: Any) -> None:
        if "title" in values:
            values |= {
                "title": words.say(values["title"], options.lang),
                "came": word(values["came"], options.lang),
            }
        line = Text.assemble(
            (f"{time.monotonic() - began_s:5.1f} s  ", "dim"), progress(name, options.lang, **values)
        )
        out.print(line, soft_wrap=True)

    with _run_dir(lab) as run_dir:
        out.print(
            f"{word('lab_clock', options.lang)}: {civil(LAB_BEGINS, seconds=True)} Asia/Shanghai",
            style="bold",
        )
        async with staged(run_dir, asterisk_packages.obtain(), ROOT / "policies", fates, say) as stage:
            await prepare(stage)
            verdicts = await play(stage)
            took_s = time.monotonic() - began_s
            clock = (
                f"{word('lab_clock', options.lang)}: {civil(LAB_BEGINS, seconds=True)} – "
                f"{civil(now_in_lab(stage.site), seconds=True)[11:]} Asia/Shanghai   "
                f"{word('took', options.lang)} {took_s:.0f} {word('seconds', options.lang)}"
            )
            out.print()
            table.show(out, verdicts, options.lang, clock)
            if options.svg is not None:
                options.svg.write_text(table.picture(verdicts, options.lang, clock), encoding="utf-8")
            where = _leave(options, verdicts, run_dir, real, took_s)
            out.print(f"{word('page', options.lang)}: {where}", markup=False, soft_wrap=True)
            if options.serve:
                await _serve(stage, out)
    return AGREED if all(one.agree for one in verdicts) else DIFFERED


def _end_on_signals() -> None:
    """The first SIGINT or SIGTERM ends this task, and with it everything it started; more of them hurry nothing."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()

    def end() -> None:
        if task is not None and not task.cancelling():
            task.cancel()

    for signal_ in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_, end)


def _leave(
    options: Options, verdicts: Sequence[Verdict], run_dir: Path, real: datetime, took_s: float
) -> Path:
    """Write page and data; where the page lies."""
    told = json.dumps([one.as_json() for one in verdicts], ensure_ascii=False, indent=2) + "\n"
    (run_dir / "fates.json").write_text(told, encoding="utf-8")
    if options.json is not None:
        options.json.write_text(told, encoding="utf-8")
    html = page.render(verdicts, lang=options.lang, began=LAB_BEGINS, real=real, took_s=took_s)
    where = options.page or run_dir / "page.html"
    where.write_text(html, encoding="utf-8")
    return where


async def _serve(stage: Stage, out: Console) -> None:
    """Keep everything up until Ctrl-C, and say how to play with it."""
    config = stage.site.config
    example = stage.site.run_dir / "files" / "call.json"
    bridged = stage.fates[0]
    opting_out = f"{bridged.person_id} --enterprise jiangsu-example --number {bridged.number}"
    example.write_text(json.dumps(_example(bridged), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    lines = [
        "",
        f"export PATH={Path(sys.executable).parent}:$PATH DIALER_CONFIG={config}",
        f"dialer call {example}        # answers, hears the opening, talks with an agent",
        "dialer stop --reason 'a trial' && dialer resume        # ends it, from another terminal",
        f"dialer preference add {opting_out}        # so does his opt-out",
        "dialer status",
        "dialer campaign status demo",
        f"curl --unix-socket {stage.site.socket} http://localhost/v1/status",
        f"Asterisk: {stage.world.asterisk.ari_url}, logs and phones' evidence: {stage.site.run_dir}",
        "Ctrl-C ends it all",
    ]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    await asyncio.Event().wait()


def _example(fate: Fate) -> dict[str, object]:
    return {
        "idempotency_key": f"played-{int(time.time())}",
        "enterprise": "jiangsu-example",
        "purpose": "collection",
        "product": "credit",
        "person": {"id": fate.person_id},
        "number": fate.number,
        "script": "collection-recorded",
        "agent": "any",
    }


@contextlib.contextmanager
def _run_dir(lab: Path) -> Iterator[Path]:
    """A fresh folder, locked while it is used; of the runs that are over the newest few are kept."""
    lab.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")  # noqa: DTZ005 - a name for people
    run_dir = lab / f"demo-{stamp}"
    run_dir.mkdir()
    with (run_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for old in sorted(lab.glob("demo-*"))[:-KEPT_RUNS]:
            _remove_if_over(old)
        yield run_dir


def _remove_if_over(run_dir: Path) -> None:
    try:
        with (run_dir / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(run_dir, ignore_errors=True)
    except OSError:
        return
