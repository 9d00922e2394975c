"""Tables of people as spreadsheets save them: CSV with a header row, in UTF-8 or GB18030.

A file that cannot be read as such a table is refused whole; a row that is faulty is set aside and told, masked.
"""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import masked
from dialer.document_faults import nearest
from dialer.ports.campaigns import RejectedRow

T = TypeVar("T")
MOST_SIGNS = 100
# As many digits as could be a person's number or id card: never shown, in whatever column they stand.
TELLING_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and the other headers it goes by. `personal`: what stands there is only shown masked."""

    name: str
    headers: tuple[str, ...]
    about: str
    required: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a cell is refused, and what to do."""

    reason: str
    hint: str


# What a cell's text means, or why it means nothing.
Meaning = Callable[[str], object | Wrong]


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells all mean something; an empty cell has no key. `no` is its line in the file, from 1."""

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
    content = _read(path)
    items: list[T] = []
    aside: list[RejectedRow] = []
    for found in _rows(path, _decoded(path, content), columns, meanings):
        made = make(found) if isinstance(found, Row) else found
        if isinstance(made, RejectedRow):
            aside.append(made)
        else:
            items.append(made)
    return Taken(tuple(items), tuple(aside), hashlib.sha256(content).hexdigest())


def rejected(no: int, column: Column, text: str, wrong: Wrong) -> RejectedRow:
    """A row set aside, with what may be shown of the cell."""
    return RejectedRow(no, column.name, wrong.reason, _shown(text, personal=column.personal), wrong.hint)


def _rows(
    path: Path, text: str, columns: Sequence[Column], meanings: Mapping[str, Meaning]
) -> Iterator[Row | RejectedRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    layout: list[Column] | None = None
    try:
        for cells in reader:
            no, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if layout is None:
                layout = _layout(path, no, cells, columns)
            else:
                yield _row(no, cells, layout, meanings)
    except csv.Error as trouble:
        hint = "look for a quotation mark that is not closed"
        raise _refused(path, before + 1, f"is not CSV: {trouble}", hint=hint) from None
    if layout is None:
        raise _refused(path, 1, "is empty", hint="the first row names the columns")


def _layout(path: Path, no: int, cells: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    known = {_folded(header): column for column in columns for header in (column.name, *column.headers)}
    found = [known.get(_folded(cell)) for cell in cells]
    if not any(found):
        names = ", ".join(column.headers[0] for column in columns)
        raise _refused(path, no, "the first row does not name columns", hint=f"columns: {names}")
    faults: list[InputFault] = []
    seen: set[str] = set()
    for index, column in enumerate(found):
        place = Place(str(path), no, f"column {index + 1}")
        if column is None:
            # Not passed over: a misspelt 主叫号码 would call with another number than was meant.
            hint = nearest(cells[index], (header for one in columns for header in (one.name, *one.headers)))
            value = _shown(cells[index])
            faults.append(InputFault(place, "unknown column", value, f"{hint}; else remove the column"))
        elif column.name in seen:
            faults.append(InputFault(place, "double column", column.name, "keep one"))
        else:
            seen.add(column.name)
    for column in columns:
        if column.required and column.name not in seen:
            hint = f"add a column `{column.headers[0]}` or `{column.name}`"
            faults.append(InputFault(Place(str(path), no), "missing column", column.name, hint))
    if faults:
        raise BadInput(faults)
    return [column for column in found if column is not None]


def _row(
    no: int, cells: Sequence[str], layout: Sequence[Column], meanings: Mapping[str, Meaning]
) -> Row | RejectedRow:
    if len(cells) != len(layout):
        hint = "a value that holds a comma stands in quotes"
        wrong = Wrong(f"the row has {len(cells)} cells, the header {len(layout)}", hint)
        return RejectedRow(no, "", wrong.reason, "", wrong.hint)
    texts = {column.name: cell.strip() for column, cell in zip(layout, cells, strict=True) if cell.strip()}
    meant: dict[str, object] = {}
    for column in layout:
        text = texts.get(column.name, "")
        meaning = _meaning(text, column, meanings)
        if isinstance(meaning, Wrong):
            return rejected(no, column, text, meaning)
        if text:
            meant[column.name] = meaning
    return Row(no, texts, meant)


def _meaning(text: str, column: Column, meanings: Mapping[str, Meaning]) -> object | Wrong:
    if not text:
        return Wrong("is empty", "fill it in") if column.required else None
    if len(text) > MOST_SIGNS:
        return Wrong(f"has {len(text)} signs, at most {MOST_SIGNS}", "shorten it")
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        return Wrong("holds a control character", "write it on one line, without tabs")
    return meanings[column.name](text) if column.name in meanings else text


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise _refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None


def _decoded(path: Path, content: bytes) -> str:
    hint = "save it as CSV in UTF-8 or GB18030"
    if b"\x00" in content:
        raise _refused(path, 0, "is not CSV text", hint=hint)
    # GB18030 takes almost any bytes, UTF-8 hardly any by chance: so it is asked first.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(path, 0, "is neither UTF-8 nor GB18030", hint=hint)


def _folded(header: str) -> str:
    return unicodedata.normalize("NFKC", header).strip().lower().replace(" ", "_")


def _shown(text: str, *, personal: bool = False) -> str:
    telling = sum(sign.isdigit() for sign in text) >= TELLING_DIGITS
    return (masked(text) if text else "") if personal or telling else text[:40]


def _refused(path: Path, line: int, reason: str, *, hint: str = "") -> BadInput:
    return BadInput([InputFault(Place(str(path), line), reason, hint=hint)])
