"""Cells of tables that other systems wrote: rows of text, and what numbers, days and purposes in them mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dialer.core.phone import canonical_caller_id
from dialer.core.policy import Purpose
from dialer.tabular.cells import Cell, NotText, taken_text
from dialer.tabular.csv_rows import csv_rows, refused
from dialer.tabular.xlsx_rows import is_workbook, opened
from dialer.use_columns import PURPOSES
from dialer.use_days import day_of

# A row's number in the file, from 1, and the text of its cells.
GridRow = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """Why a cell is refused."""

    reason: str
    hint: str


def grid(path: Path) -> Iterator[GridRow]:
    """Every row that is not blank: of CSV, or of the first sheet of a workbook. Raises BadInput."""
    if not is_workbook(path):
        yield from _texts(csv_rows(path))
        return
    with opened(path) as book:
        if not book.names:
            raise refused(path, 0, "holds no sheet", "take the file that lists numbers")
        yield from _texts(book.rows(book.names[0]))


def _texts(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Iterator[GridRow]:
    for no, cells in rows:
        texts = tuple(
            _trimmed(cell.text if isinstance(cell, NotText) else taken_text(cell)) for cell in cells
        )
        if any(texts):
            yield no, texts


def _trimmed(cell: str) -> str:
    # Exports keep a number text by an apostrophe before it, or `="…"` around it.
    text = cell.strip().lstrip("'").strip()
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def folded(header: str) -> str:
    """A header as it is compared: narrow signs, no spaces, nothing of what it says in brackets."""
    return re.sub(r"\(.*|[\s_]", "", unicodedata.normalize("NFKC", header).casefold())


def caller_id_meant(text: str, _zone: str = "") -> str:
    """The canonical spelling of a caller ID. Raises Wrong."""
    plain = unicodedata.normalize("NFKC", text)
    if not plain:
        raise Wrong("is empty", "every row names its number")
    spellings = [plain, f"+{plain}"] if plain.startswith("86") and len(plain) > 11 else [plain]
    for one in spellings:
        if (found := canonical_caller_id(one)) is not None:
            return found
    hint = "write it as text, all digits, a fixed line with its area code and 0 (025-…)"
    raise Wrong("is not a number of a class that is known", hint)


def day_meant(text: str, zone: str) -> date:
    """A civil day; a time with an offset is read in `zone` (IANA). Raises Wrong."""
    found = day_of(text, zone)
    if found is None:
        raise Wrong("is not a day", "write it like 2026-10-01")
    return found


def purposes_meant(text: str, _zone: str = "") -> frozenset[Purpose]:
    """One or more purposes, Chinese or English. Raises Wrong."""
    words = [one for one in re.split(r"[\s,;/+、，；|]+", text.strip()) if one]
    unknown = [one for one in words if one.lower() not in PURPOSES]
    if unknown:
        raise Wrong("is not a purpose", f"one or more of {', '.join(PURPOSES)}")
    return frozenset(PURPOSES[one.lower()] for one in words)
