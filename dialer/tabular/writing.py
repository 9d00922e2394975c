"""Tables as people open them: CSV with a byte order mark, XLSX with text as text; nothing in them is evaluated."""

from __future__ import annotations

import csv
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from dialer.core.errors import BadInput, InputFault, Place
from dialer.tabular.cells import inert, inert_in_text_cell
from dialer.tabular.xlsx_rows import MOST_ROWS

Value = str | int | date | None
LOOKED_AT = 200
NARROWEST, WIDEST = 8, 48
_TEXT, _DAY, _FIGURE = "@", "yyyy-mm-dd", "0"
# What XML cannot hold as it stands, and what would be read as such an escape.
_TO_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
# A list of words stands in the cell's own rule up to this length, else on the sheet of lists.
MOST_RULE_SIGNS = 250


@dataclass(frozen=True, slots=True)
class Heading:
    """A column that is written. `choices`: the only words a program lets be typed; `required` is told by colour."""

    text: str
    choices: tuple[str, ...] = ()
    required: bool = False
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is written: its name, its header row, its rows (taken once). `wrapped`: long text in lines."""

    name: str
    headings: tuple[Heading, ...]
    rows: Iterable[Sequence[Value]]
    wrapped: bool = False


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """A CSV file, put in place whole. Raises BadInput where it cannot be written."""
    with replacing(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        csv_to(file, headers, rows)


def csv_to(file: TextIO, headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """CSV rows into an open file, which the caller opened with `newline=""`."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([inert(one) for one in headers])
    for row in rows:
        cells = [_csv_text(one) for one in row]
        # csv would write one empty cell as an empty line, which is no row.
        writer.writerow(cells) if any(cells) or len(cells) != 1 else file.write('""\r\n')


def write_xlsx(path: Path, sheets: Sequence[Sheet]) -> None:
    """An XLSX workbook, put in place whole, in bounded memory. Raises BadInput where it cannot be written."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _sheet(book, sheet)
    with replacing(path) as part:
        book.save(part)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path`, readable by its owner only, that takes its place once it is whole. Raises BadInput."""
    part: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(descriptor)
        part = Path(name)
        yield part
        os.replace(part, path)
        part = None
    except OSError as trouble:
        reason = f"cannot be written: {(trouble.strerror or 'unknown').lower()}"
        raise BadInput([InputFault(Place(str(path)), reason)]) from None
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    return inert(value) if isinstance(value, str) else str(value)


def _sheet(book: Any, sheet: Sheet) -> None:
    page = book.create_sheet(sheet.name)
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    rows = iter(sheet.rows)
    first = list(islice(rows, LOOKED_AT))
    for index, heading in enumerate(sheet.headings):
        letter = get_column_letter(index + 1)
        seen = (_width(str(row[index])) for row in first if index < len(row) and row[index] is not None)
        width = heading.width or min(max(NARROWEST, _width(heading.text), *seen, 0), WIDEST)
        page.column_dimensions[letter].width = width + 2
        # So that what a person types below stays as typed, zeros and all.
        page.column_dimensions[letter].number_format = _TEXT
    page.append([_heading(page, one) for one in sheet.headings])
    written = 1
    make = _cells(page, wrapped=sheet.wrapped)
    for row in chain(first, rows):
        written += 1
        if written > MOST_ROWS:
            hint = "write CSV, which has no such bound"
            raise BadInput([InputFault(Place(sheet.name), f"more than {MOST_ROWS} rows", hint=hint)])
        page.append([make(one) for one in row])
    for index, heading in enumerate(sheet.headings):
        if heading.choices:
            _rule(page, get_column_letter(index + 1), heading.choices)


def _rule(page: Any, letter: str, choices: Sequence[str]) -> None:
    words = ",".join(choices)
    if len(words) > MOST_RULE_SIGNS or any("," in one or '"' in one for one in choices):
        return
    rule = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True)
    rule.add(f"{letter}2:{letter}{MOST_ROWS}")
    page.data_validations.append(rule)


def _heading(page: Any, heading: Heading) -> Any:
    cell = WriteOnlyCell(page)
    _put_text(cell, heading.text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE8D8" if heading.required else "E4ECF4")
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _cells(page: Any, *, wrapped: bool) -> Callable[[Value], Any]:
    models: dict[str, Any] = {}
    for form in (_TEXT, _DAY, _FIGURE):
        models[form] = WriteOnlyCell(page)
        models[form].number_format = form
        # A date stands at the left as all text does, else it runs into the column after it.
        side = "left" if form == _DAY else None
        models[form].alignment = Alignment(horizontal=side, vertical="top", wrap_text=wrapped)
    quoted = WriteOnlyCell(page)
    quoted._style = models[_TEXT]._style.__copy__()
    quoted.quotePrefix = True

    def make(value: Value) -> Any:
        if value is None or value == "":
            return None
        cell = WriteOnlyCell(page)
        if isinstance(value, str):
            # Also when somebody edits the cell, its text is text.
            cell._style = (quoted if inert(value) != value else models[_TEXT])._style
            _put_text(cell, value)
        else:
            cell._style = models[_DAY if isinstance(value, date) else _FIGURE]._style
            cell._value, cell.data_type = value, "d" if isinstance(value, date) else "n"
        return cell

    return make


def _put_text(cell: Any, text: str) -> None:
    # Past the guess of what is meant: `=1` given as text is text.
    cell._value = _TO_ESCAPE.sub(lambda found: _escaped(found[0]), inert_in_text_cell(text))
    cell.data_type = "s"


def _escaped(found: str) -> str:
    return f"_x{ord(found):04X}_" if len(found) == 1 else f"_x005F_{found[1:]}"


def _width(text: str) -> int:
    return max(
        (
            sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
            for line in text.splitlines()
        ),
        default=0,
    )
