"""Figures over a corpus of texts whose verdict is known: what was missed, what was stopped though lawful.

A corpus is a folder of TSV files: label (`lawful`, `forbidden`), category (`-` for a lawful line), language, purpose,
role (`line`, `opening`, `script`: an opening with all its parts), text. `#` begins a comment; `\\uXXXX` is a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Purpose
from dialer.screening.screen import screen
from dialer.screening.shapes import Screened, Subject

COLUMNS = ("label", "category", "language", "purpose", "role", "text")
NAMES = ("江苏示例消费金融有限公司", "示例消金", "Jiangsu Example Consumer Finance", "Jiangsu Example")
CONTACT = "4000000001"
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4,5})")
_PART_CATEGORIES = frozenset({"missing_name", "missing_contact", "missing_opt_out", "missing_rate"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a corpus; `line` counts from 1."""

    file: str
    line: int
    forbidden: bool
    category: str
    language: str
    purpose: str
    role: str
    text: str


def read_corpus(folder: Path) -> list[Line]:
    """Every line of every `*.tsv`. Raises BadInput where there is none or one is broken."""
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise BadInput([InputFault(Place(str(folder)), "holds no corpus", hint="put *.tsv files there")])
    return [line for path in paths for line in _lines(path)]


def _lines(path: Path) -> Iterator[Line]:
    try:
        rows = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        hint = "give a file of UTF-8 text"
        raise BadInput([InputFault(Place(str(path)), "cannot be read", hint=hint)]) from None
    for number, row in enumerate(rows, start=1):
        if not row.strip() or row.startswith("#"):
            continue
        cells = row.split("\t")
        if (
            len(cells) != len(COLUMNS)
            or cells[0] not in ("lawful", "forbidden")
            or cells[3] not in set(Purpose)
        ):
            hint = f"columns, with tabs between: {', '.join(COLUMNS)}"
            raise BadInput([InputFault(Place(str(path), number), "is no line of a corpus", row[:40], hint)])
        label, category, language, purpose, role, text = cells
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        yield Line(path.name, number, label == "forbidden", category, language, purpose, role, text)


def screened(line: Line) -> Screened:
    """The line as it would be on submission; only a `script` needs its parts."""
    subject = Subject(
        purposes=frozenset({line.purpose}),
        products=frozenset({"credit"}),
        role="line" if line.role == "line" else "opening",
        names=NAMES,
        contact=CONTACT,
    )
    found = screen(line.text, subject)
    if line.role == "script":
        return found
    return replace(
        found, findings=tuple(one for one in found.findings if one.category not in _PART_CATEGORIES)
    )


def figures(lines: Sequence[Line]) -> dict[str, Any]:
    """Totals for each file and all together; each miss and each false stop with its place and text.

    A forbidden line passes (is missed) unless something stops it, and is unseen where nothing even warns; it is
    misnamed where it is stopped under another category only.
    """
    files: dict[str, dict[str, int]] = {}
    misses, false_stops, misnamed = [], [], []
    for line in lines:
        found = screened(line)
        counts = files.setdefault(line.file, dict.fromkeys(_COUNTS, 0))
        counts["forbidden" if line.forbidden else "lawful"] += 1
        if line.forbidden and not found.stopped:
            counts["missed"] += 1
            counts["unseen"] += found.clean
            misses.append(_told(line, found))
        elif line.forbidden and line.category not in {one.category for one in found.findings}:
            counts["misnamed"] += 1
            misnamed.append(_told(line, found))
        elif not line.forbidden and found.stopped:
            counts["falsely_stopped"] += 1
            false_stops.append(_told(line, found))
        elif not line.forbidden and not found.clean:
            counts["warned"] += 1
    total = {name: sum(one[name] for one in files.values()) for name in _COUNTS}
    percent = 100 * total["falsely_stopped"] / total["lawful"] if total["lawful"] else 0.0
    return {
        "lines": len(lines),
        **total,
        "falsely_stopped_percent": round(percent, 2),
        "files": files,
        "misses": misses,
        "false_stops": false_stops,
        "named_otherwise": misnamed,
    }


_COUNTS = ("forbidden", "lawful", "missed", "unseen", "misnamed", "falsely_stopped", "warned")


def _told(line: Line, found: Screened) -> dict[str, Any]:
    return {
        "file": line.file,
        "line": line.line,
        "category": line.category,
        "text": line.text,
        "found": [f"{one.severity}: {one.rule}: {' … '.join(one.words)}" for one in found.findings],
    }
