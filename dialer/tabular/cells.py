"""What stands in a cell: plain text, or something that a spreadsheet program made of it; and text made inert.

A program that opens a table evaluates a cell that begins with one of a few signs (CWE-1236), so such text is
written behind an apostrophe in CSV, and taken from behind it when it is read: nothing changes on the way.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

# The full-width forms are signs of a formula too where the program runs in Chinese or Japanese.
FORMULA_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")
MARK = "'"
# What a program shows for a long figure: its last digits are gone.
AS_FIGURE = re.compile(r"[+-]?[0-9](\.[0-9]+)?E\+[0-9]+", re.I)

Kind = Literal["figure", "date", "truth", "formula", "error"]


class NotText(NamedTuple):
    """A cell that is no text: what kind it is, and the text a person would see (dates as ISO 8601)."""

    kind: Kind
    text: str


# A cell as it stands in a table. An empty one is "".
Cell = str | NotText


class Trimmed(list[Cell]):
    """The cells of a row whose empty ones at the end are left out."""


def inert(text: str) -> str:
    """`text` as it is written in a cell whose beginning a program might evaluate or strip."""
    return MARK + text if _marked(text, FORMULA_SIGNS) else text


def inert_in_text_cell(text: str) -> str:
    """The same for a cell that is declared to be text: only what reading would change is marked."""
    return MARK + text if _marked(text, frozenset()) else text


def taken_text(text: str) -> str:
    """What a cell means: without the blanks around it, and without a mark that writing put there."""
    if text.startswith(MARK) and _marked(text[1:], FORMULA_SIGNS):
        return text[1:]
    return text.strip()


def _marked(text: str, signs: frozenset[str]) -> bool:
    if not text:
        return False
    if text[0] == MARK:
        return _marked(text[1:], FORMULA_SIGNS) or text != text.strip()
    return text[0] in signs or text != text.strip() or bool(AS_FIGURE.fullmatch(text))
