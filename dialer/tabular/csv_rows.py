"""CSV as a stream of rows, in UTF-8 (with a byte order mark or without) or GB18030, in bounded memory."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dialer.core.errors import BadInput, InputFault, Place

ENCODING_HINT = "save it as CSV in UTF-8 or GB18030"
MOST_LINE_BYTES = 1 << 20
_ENDS = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with their number as a spreadsheet program shows it, from 1.

    Raises BadInput, with the row, where the bytes are no such text or the text is no CSV.
    """
    at = [0]
    try:
        with path.open("rb") as file:
            reader = csv.reader(_lines(path, file, at), strict=True)
            for cells in reader:
                at[0] += 1
                if any(cell.strip() for cell in cells):
                    yield at[0], cells
    except csv.Error as trouble:
        hint = "look for a quotation mark that is not closed"
        raise refused(path, at[0] + 1, f"is not CSV: {trouble}", hint) from None
    except OSError as trouble:
        raise refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None


def refused(path: Path, row: int, reason: str, hint: str = "") -> BadInput:
    """A file refused for one thing."""
    return BadInput([InputFault(Place(str(path), row), reason, hint=hint)])


def _lines(path: Path, file: BinaryIO, at: list[int]) -> Iterator[str]:
    encoding: str | None = None
    first = True
    # Neither encoding has a line feed inside a longer sign, so each line is decoded by itself.
    while line := file.readline(MOST_LINE_BYTES):
        row = at[0] + 1
        if len(line) == MOST_LINE_BYTES:
            raise refused(path, row, "has a line of more than 1 MiB", "save it as CSV with one line a row")
        if b"\x00" in line or (first and line.startswith(_UTF16)):
            raise refused(path, row, "is not CSV text: neither UTF-8 nor GB18030", ENCODING_HINT)
        if first and line.startswith(codecs.BOM_UTF8):
            line, encoding = line[len(codecs.BOM_UTF8) :], "utf-8"
        first = False
        if encoding is None and not line.isascii():
            encoding = _encoding(line)
            if encoding is None:
                raise refused(path, row, "is neither UTF-8 nor GB18030", ENCODING_HINT)
        try:
            text = line.decode(encoding or "ascii")
        except UnicodeDecodeError:
            told = "UTF-8" if encoding == "utf-8" else "GB18030"
            reason = f"is not {told} here, though it is above"
            raise refused(path, row, reason, f"{ENCODING_HINT}, the whole of it in one") from None
        yield from _ENDS.findall(text)


def _encoding(line: bytes) -> str | None:
    # GB18030 takes almost any bytes, UTF-8 hardly any by chance: so it is asked first.
    for encoding in ("utf-8", "gb18030"):
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None
