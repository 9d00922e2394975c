"""The process that makes a batch file: `python -m dialer.staging KIND SPOOL OUT`, a child of the record's owner.

The job comes on stdin as JSON (`secrets`: folder of the keys, `folder`: where all faults are written, `options`: the
maker's own); lines of JSON go out on stdout: `progress`, then `made`, `refused` or `failed`. It yields processor and
disk to whoever decides about calls, and ends when its owner does.
"""

from __future__ import annotations

import csv
import ctypes
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from dialer import case_files, number_tables, preference_files, registry_files
from dialer.core.errors import BadInput, DialerError, InputFault, Place
from dialer.secrets import load
from dialer.staged import MERGE, SCHEMA, Kind, Task, digest_of
from dialer.tabular import inert

CHUNK_ROWS = 5000
SHOWN_FAULTS = 100
NICENESS = 10
CACHE_KIB = 256 * 1024
# ioprio_set(2) has no wrapper anywhere; class 3 is idle.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IDLE = 3 << 13


# A kind may have a name of its own behind a colon: `registry:dnc`.
KINDS: dict[str, Kind] = {
    "cases": Kind(case_files.make),
    "numbers": Kind(number_tables.make),
    "preferences": Kind(preference_files.make),
    "registry": Kind(registry_files.make),
}


def main(words: list[str]) -> int:
    """Make one file; 0 where it was made or refused, 1 where neither could be said."""
    kind, spool, out = words[0], Path(words[1]), Path(words[2])
    job = json.loads(sys.stdin.read())
    _stand_back()
    try:
        _tell("made", **make(kind, spool, out, job), digest=digest_of(out))
    except BadInput as bad:
        out.unlink(missing_ok=True)
        _tell("refused", faults=[_plain(one) for one in bad.faults])
    except (DialerError, OSError, sqlite3.Error) as trouble:
        out.unlink(missing_ok=True)
        _tell("failed", why=str(trouble))
        return 1
    return 0


def make(kind: str, spool: Path, out: Path, job: Mapping[str, Any]) -> dict[str, int]:
    """Make one file, durably; how many `rows`, and how many faulty ones it `left_out`.

    Raises BadInput with its faults, OSError and sqlite3.Error.
    """
    made = _merge(job["options"], out) if kind == MERGE else _make(_kind(kind), spool, job, out)
    with out.open("rb") as file:
        os.fsync(file.fileno())
    return made


def _kind(name: str) -> Kind:
    return KINDS[name.partition(":")[0]]


def _make(kind: Kind, spool: Path, job: Mapping[str, Any], out: Path) -> dict[str, int]:
    task = Task(spool, job["options"], load(Path(job["secrets"])))
    # Somebody has seen the faults and wants the rest taken without them.
    leave_out = bool(task.options.get("leave_out"))
    faults = _Faults(Path(job["folder"]) / f"{out.stem}.faults.csv")
    owner, rows = os.getppid(), 0
    with closing(_open(out)) as file, faults:
        for no, one in enumerate(kind.make(task), 1):
            if isinstance(one, InputFault):
                faults.add(one)
            elif leave_out or not faults.count:
                rows += 1
                content = json.dumps(one.content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
                file.execute("INSERT INTO items VALUES (?, 0, ?, ?)", (one.subject, no, content))
            if no % CHUNK_ROWS == 0:
                _tell("progress", rows=no)
                if os.getppid() != owner:
                    raise DialerError("the owner of the record is gone")
        file.execute("COMMIT")
    if faults.count and not leave_out:
        raise BadInput(faults.shown())
    if not rows:
        raise BadInput(
            [InputFault(Place(_name(task)), "holds no row", hint="a file of nothing changes nothing")]
        )
    return {"rows": rows, "left_out": faults.count}


def _merge(options: Mapping[str, Any], out: Path) -> dict[str, int]:
    """All of the sources in one file; where the newest wins, only each subject's newest."""
    guard = "WHERE NOT EXISTS (SELECT 1 FROM items AS newer WHERE newer.subject = one.subject)"
    newest_wins = _kind(options["kind"]).newest_wins
    with closing(_open(out)) as file:
        file.execute("COMMIT")
        for source in sorted(options["sources"], key=lambda one: -one["seq"]):
            file.execute("ATTACH ? AS source", (f"{Path(source['path']).as_uri()}?mode=ro&immutable=1",))
            taken = (
                "SELECT subject, CASE seq WHEN 0 THEN ? ELSE seq END, no, content FROM source.items AS one"
            )
            file.execute(f"INSERT INTO items {taken} {guard if newest_wins else ''}", (source["seq"],))
            file.execute("DETACH source")
        return {"rows": file.execute("SELECT count(*) FROM items").fetchone()[0], "left_out": 0}


def _open(out: Path) -> sqlite3.Connection:
    """A new file in a transaction. Nobody reads it before it is whole, so it needs neither journal nor sync.

    One transaction, so that each page is written once: keyed hashes come in no order, and every byte that waits for the
    disk may hold up the sync of somebody's admission.
    """
    out.unlink(missing_ok=True)
    os.close(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    file = sqlite3.connect(out.as_uri(), uri=True, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
        file.execute(f"PRAGMA {pragma}")
    file.execute(SCHEMA)
    file.execute("BEGIN")
    return file


class _Faults:
    """Every fault in a file (made by the first one), the first of them to be shown."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None
        self._first: list[InputFault] = []
        self.count = 0

    def __enter__(self) -> _Faults:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, fault: InputFault) -> None:
        """Keep one."""
        if self._file is None:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._file = os.fdopen(handle, "w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow(("file", "row", "column", "value", "reason", "hint"))
        self.count += 1
        place = fault.place
        cells = (place.file, place.line, place.path, fault.value, fault.reason, fault.hint)
        csv.writer(self._file).writerow(inert(str(one)) for one in cells)
        if len(self._first) < SHOWN_FAULTS:
            self._first.append(fault)

    def shown(self) -> list[InputFault]:
        """The first ones, and where the others are."""
        if self.count <= SHOWN_FAULTS:
            return self._first
        rest = InputFault(
            Place(str(self._path)), f"{self.count} faults in all", hint="this file holds every one"
        )
        return [*self._first, rest]


def _name(task: Task) -> str:
    return str(task.options.get("name") or task.spool.name)


def _plain(fault: InputFault) -> dict[str, Any]:
    place = fault.place
    shown = {"reason": fault.reason, "value": fault.value, "hint": fault.hint}
    return {"file": place.file, "line": place.line, "path": place.path, **shown}


def _stand_back() -> None:
    """Lowest in line for processor and disk. Where the system does not let us, it is only slower for others."""
    with suppress(OSError):
        os.nice(NICENESS)
    # Linux weighs sessions against each other before it weighs processes within one.
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICENESS))
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None:
        ctypes.CDLL(None).syscall(number, 1, 0, _IDLE)


def _tell(event: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
