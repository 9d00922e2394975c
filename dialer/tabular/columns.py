"""Tables that people bring, CSV or XLSX with a header row, as a stream of rows whose cells mean something.

A file that cannot be read as such a table is refused whole; a row that is faulty is told, masked.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import masked
from dialer.document_faults import nearest
from dialer.ports.campaigns import RejectedRow
from dialer.tabular.cells import AS_FIGURE, Cell, Kind, NotText, Trimmed, taken_text
from dialer.tabular.csv_rows import csv_rows, refused
from dialer.tabular.xlsx_rows import is_workbook, opened

T = TypeVar("T")
MOST_SIGNS = 100
# As many digits as could be a person's number or id card: never shown, in whatever column they stand.
TELLING_DIGITS = 7
# Sheets that only explain the others.
ABOUT_SHEETS = ("说明", "about")
# The category Cc of Unicode, whole.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_TEXT_HINT = "set the column's format to text and write it again, with every zero"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and the other headers it goes by, the first is the one that is written.

    `personal`: what stands there is only shown masked. `takes`: kinds of cells besides text; a figure loses
    zeros and a date what was written, so by default neither is taken.
    """

    name: str
    headers: tuple[str, ...]
    about: str
    required: bool = False
    personal: bool = False
    takes: frozenset[Kind] = frozenset()
    most_signs: int = MOST_SIGNS


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a cell is refused, and what to do."""

    reason: str
    hint: str


# What a cell's text means, or why it means nothing.
Meaning = Callable[[str], object | Wrong]


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells all mean something; an empty cell has no key. `no`: as a spreadsheet numbers it, from 1."""

    no: int
    cells: Mapping[str, str] = field(repr=False)
    meant: Mapping[str, object] = field(repr=False)

    def fault(self, column: Column, wrong: Wrong) -> RejectedRow:
        """This row set aside for what stands in `column`."""
        return rejected(self.no, column, self.cells.get(column.name, ""), wrong)


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What a table gave: items, rows set aside, and the SHA-256 (hex) of the file's bytes."""

    items: tuple[T, ...]
    rejected: tuple[RejectedRow, ...]
    digest: str


def take(
    path: Path,
    columns: Sequence[Column],
    meanings: Mapping[str, Meaning],
    make: Callable[[Row], T | RejectedRow],
) -> Taken[T]:
    """Every row of the file as `make` gives it, or set aside. Raises BadInput where the file is no such table."""
    items: list[T] = []
    aside: list[RejectedRow] = []
    for found in stream(path, columns, meanings):
        made = make(found) if isinstance(found, Row) else found
        if isinstance(made, RejectedRow):
            aside.append(made)
        else:
            items.append(made)
    return Taken(tuple(items), tuple(aside), digest_of(path))


def stream(
    path: Path, columns: Sequence[Column], meanings: Mapping[str, Meaning], *, sheet: str | None = None
) -> Iterator[Row | RejectedRow]:
    """The rows of a file one by one, in bounded memory. `sheet` of a workbook: absent, the only one that holds rows.

    Raises BadInput where the file is no such table, which may show only at a later row.
    """
    with table(path, sheet) as rows:
        yield from meant(str(path), rows, columns, meanings)


@contextmanager
def table(path: Path, sheet: str | None = None) -> Iterator[Iterator[tuple[int, Sequence[Cell]]]]:
    """The bare rows of a CSV file or of one sheet, header row first. Raises BadInput."""
    if not is_workbook(path):
        yield csv_rows(path)
        return
    with opened(path) as book:
        if sheet is None:
            held = [
                name
                for name in book.names
                if folded(name) not in ABOUT_SHEETS and next(book.rows(name), None)
            ]
            if len(held) > 1:
                hint = f"keep one of: {', '.join(held)}"
                raise refused(path, 0, "has more than one sheet with rows", hint)
            sheet = held[0] if held else None
        yield book.rows(sheet) if sheet in book.names else iter(())


def meant(
    file: str,
    rows: Iterable[tuple[int, Sequence[Cell]]],
    columns: Sequence[Column],
    meanings: Mapping[str, Meaning],
) -> Iterator[Row | RejectedRow]:
    """Bare rows, header row first, as rows whose cells mean something. Raises BadInput for the header."""
    layout: list[Column] | None = None
    for no, cells in rows:
        if layout is None:
            layout = layout_of(file, no, cells, columns)
        else:
            yield _row(no, cells, layout, meanings)
    if layout is None:
        hint = "the first row names the columns"
        raise BadInput([InputFault(Place(file, 1), "is empty", hint=hint)])


def digest_of(path: Path) -> str:
    """The SHA-256 (hex) of a file's bytes. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as trouble:
        raise refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None


def rejected(no: int, column: Column, text: str, wrong: Wrong) -> RejectedRow:
    """A row set aside, with what may be shown of the cell."""
    return RejectedRow(no, column.name, wrong.reason, shown(text, personal=column.personal), wrong.hint)


def layout_of(file: str, no: int, cells: Sequence[Cell], columns: Sequence[Column]) -> list[Column]:
    """The columns in the order in which a header row names them. Raises BadInput with every fault of it."""
    names = [cell if isinstance(cell, str) else cell.text for cell in cells]
    known = {folded(header): column for column in columns for header in (column.name, *column.headers)}
    found = [known.get(folded(taken_text(name))) for name in names]
    if not any(found):
        hint = f"columns: {', '.join(column.headers[0] for column in columns)}"
        raise BadInput([InputFault(Place(file, no), "the first row does not name columns", hint=hint)])
    faults: list[InputFault] = []
    seen: set[str] = set()
    for index, column in enumerate(found):
        place = Place(file, no, f"column {index + 1}")
        if column is None:
            # Not passed over: a misspelt 主叫号码 would call with another number than was meant.
            hint = nearest(names[index], (header for one in columns for header in (one.name, *one.headers)))
            faults.append(
                InputFault(place, "unknown column", shown(names[index]), f"{hint}; else remove the column")
            )
        elif column.name in seen:
            faults.append(InputFault(place, "double column", column.name, "keep one"))
        else:
            seen.add(column.name)
    for column in columns:
        if column.required and column.name not in seen:
            hint = f"add a column `{column.headers[0]}` or `{column.name}`"
            faults.append(InputFault(Place(file, no), "missing column", column.name, hint))
    if faults:
        raise BadInput(faults)
    return [column for column in found if column is not None]


def text_of(cell: Cell, column: Column) -> str | Wrong:
    """The text of a cell, or why it is none that may be taken."""
    if isinstance(cell, str):
        text = taken_text(cell)
        if "+" in cell and AS_FIGURE.fullmatch(cell.strip()) and "figure" not in column.takes:
            return Wrong("a figure that lost its digits in a spreadsheet", _TEXT_HINT)
        return text
    if cell.kind == "formula":
        return Wrong("is a formula", "only values are taken: copy the column and paste it as values")
    if cell.kind == "error":
        return Wrong("holds an error of the spreadsheet", "write the value itself")
    if cell.kind in column.takes:
        return cell.text
    return Wrong(f"is a {_CALLED[cell.kind]}, not text", _TEXT_HINT)


_CALLED: Mapping[Kind, str] = {"figure": "figure", "date": "date", "truth": "true or false"}


def folded(header: str) -> str:
    """A header as it is compared."""
    return unicodedata.normalize("NFKC", header).strip().lower().replace(" ", "_")


def shown(text: str, *, personal: bool = False) -> str:
    """As much of a cell as may be told."""
    telling = sum(sign.isdigit() for sign in text) >= TELLING_DIGITS
    return (masked(text) if text else "") if personal or telling else text[:40]


def _row(
    no: int, cells: Sequence[Cell], layout: Sequence[Column], meanings: Mapping[str, Meaning]
) -> Row | RejectedRow:
    if len(cells) != len(layout):
        if len(cells) > len(layout) or not isinstance(cells, Trimmed):
            hint = "a value that holds a comma stands in quotes"
            wrong = Wrong(f"the row has {len(cells)} cells, the header {len(layout)}", hint)
            return RejectedRow(no, "", wrong.reason, "", wrong.hint)
        cells = [*cells, *("",) * (len(layout) - len(cells))]
    texts: dict[str, str] = {}
    found: dict[str, object] = {}
    for column, cell in zip(layout, cells, strict=True):
        text = text_of(cell, column) if cell else ""
        meaning = text if isinstance(text, Wrong) else _meaning(text, column, meanings)
        if isinstance(meaning, Wrong):
            raw = cell.text if isinstance(cell, NotText) else cell.strip()
            return rejected(no, column, raw, meaning)
        if text:
            texts[column.name], found[column.name] = str(text), meaning
    return Row(no, texts, found)


def _meaning(text: str, column: Column, meanings: Mapping[str, Meaning]) -> object | Wrong:
    if not text:
        return Wrong("is empty", "fill it in") if column.required else None
    if len(text) > column.most_signs:
        return Wrong(f"has {len(text)} signs, at most {column.most_signs}", "shorten it")
    if _CONTROL.search(text):
        return Wrong("holds a control character", "write it on one line, without tabs")
    return meanings[column.name](text) if column.name in meanings else text
