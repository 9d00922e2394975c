"""XLSX as streams of rows, a sheet at a time, in bounded memory: values only, and what each cell really is."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time
from pathlib import Path

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from dialer.tabular.cells import Cell, NotText, Trimmed
from dialer.tabular.csv_rows import refused
from dialer.tabular.xlsx_parts import (
    MOST_SIGNS_IN_CELL,
    Frame,
    NoWorkbook,
    checked,
    frame_of,
    parsed,
    unescaped,
)

MOST_ROWS = 1_048_576
MOST_COLUMNS = 256
# Beyond these a figure has lost digits already.
MOST_EXACT = 10**15
BOOK_HINT = "save it as an Excel workbook (.xlsx) without a password"
OLD_BOOK = b"\xd0\xcf\x11\xe0"


def is_workbook(path: Path) -> bool:
    """Whether the file begins as a workbook does; an old or locked one too. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as trouble:
        raise refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None
    return begin in (b"PK\x03\x04", b"PK\x05\x06", OLD_BOOK)


class Book:
    """An open workbook. `names`: its sheets in their order."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, frame: Frame) -> None:
        self._path, self._archive, self._frame = path, archive, frame
        self.names = tuple(frame.sheets)

    def rows(self, sheet: str) -> Iterator[tuple[int, Trimmed]]:
        """Rows of a sheet that hold anything, with their numbers; cells after the last one are left out.

        Raises BadInput.
        """
        reading = _Reading(self._frame)
        part = self._frame.sheets[sheet]
        with _told(self._path):
            for _ in parsed(self._archive, part, reading.start, reading.end, reading.text):
                yield from reading.done
                reading.done.clear()
            yield from reading.done


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """The workbook at `path`. Raises BadInput for what is none, or would expand beyond bounds."""
    with ExitStack() as stack:
        with _told(path):
            archive = stack.enter_context(zipfile.ZipFile(path))
            checked(archive)
            frame = frame_of(archive)
        yield Book(path, archive, frame)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except NoWorkbook as trouble:
        raise refused(path, 0, f"is no workbook that can be read: it {trouble}", BOOK_HINT) from None
    except OSError as trouble:
        raise refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None
    # RuntimeError is what zipfile raises for a locked part.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as trouble:
        raise refused(
            path, 0, f"is no workbook that can be read: {str(trouble).lower()}", BOOK_HINT
        ) from None


class _Reading:
    """The rows of one sheet, put together from the events of its XML."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self.done: list[tuple[int, Trimmed]] = []
        self._no = 0
        self._cells = Trimmed()
        self._column = -1
        self._columns: dict[str, int] = {}
        self._bits: list[str] = []
        self._length = 0
        self._take = self._phonetic = self._formula = False
        self._type = "n"
        self._style = "0"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "t"):
            self._take = not self._phonetic
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "row":
            no = _whole(attributes.get("r", str(self._no + 1)))
            if not self._no < no <= MOST_ROWS:
                raise NoWorkbook(f"has a row {no} after row {self._no}; there are at most {MOST_ROWS}")
            self._no, self._cells, self._column = no, Trimmed(), -1

    def text(self, data: str) -> None:
        """Text between tags."""
        if self._take:
            self._length += len(data)
            if self._length > MOST_SIGNS_IN_CELL:
                raise NoWorkbook(f"has more than {MOST_SIGNS_IN_CELL} signs in a cell of row {self._no}")
            self._bits.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "c":
            self._end_cell()
        elif name in ("v", "t"):
            self._take = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "row" and self._cells:
            self.done.append((self._no, self._cells))

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        if letters not in self._columns:
            self._columns[letters] = _column(letters)
        at = self._columns[letters] if letters else self._column + 1
        if at <= self._column:
            raise NoWorkbook(f"has cells out of order in row {self._no}")
        self._column = at
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._bits, self._length, self._formula = [], 0, False

    def _end_cell(self) -> None:
        text = "".join(self._bits)
        if not text and not self._formula:
            return
        cell = NotText("formula", text) if self._formula else self._cell(text)
        if not cell:
            return
        if self._column >= MOST_COLUMNS:
            raise NoWorkbook(f"has more than {MOST_COLUMNS} columns in row {self._no}")
        self._cells += [""] * (self._column - len(self._cells))
        self._cells.append(cell)

    def _cell(self, text: str) -> Cell:
        if self._type == "s":
            place = _whole(text)
            if not 0 <= place < len(self._frame.shared):
                raise NoWorkbook(f"names shared text {place}, which there is not")
            return self._frame.shared[place]
        if self._type in ("inlineStr", "str"):
            return unescaped(text)
        if self._type == "b":
            return NotText("truth", "true" if text.strip() == "1" else "false")
        if self._type == "e":
            return NotText("error", text)
        if self._type == "d":
            return NotText("date", text.strip().removesuffix("T00:00:00"))
        return self._figure(text.strip())

    def _figure(self, text: str) -> Cell:
        try:
            value = float(text)
        except ValueError:
            raise NoWorkbook(f"has a figure in row {self._no} that is none") from None
        if self._style.isdigit() and int(self._style) in self._frame.dates:
            return _date(value, self._frame) or NotText("figure", text)
        if value.is_integer() and abs(value) < MOST_EXACT:
            return NotText("figure", str(int(value)))
        return NotText("figure", text)


def _date(value: float, frame: Frame) -> NotText | None:
    epoch = CALENDAR_MAC_1904 if frame.since_1904 else CALENDAR_WINDOWS_1900
    try:
        found = from_excel(value, epoch)
    except (ValueError, OverflowError):
        return None
    if isinstance(found, datetime):
        found = found if found.time() != time() else found.date()
    return NotText("date", found.isoformat()) if isinstance(found, date | time) else None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise NoWorkbook("has a count that is no whole number") from None


def _column(letters: str) -> int:
    if not letters:
        return -1
    if len(letters) > 3 or not letters.isascii() or not letters.isalpha() or not letters.isupper():
        raise NoWorkbook("has a cell whose column is none")
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1
