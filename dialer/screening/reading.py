"""A text as signs that can be compared: one form for full-width, traditional, accented and look-alike writing.

Each sign keeps where it came from. What is not letter, digit, Han sign or per-cent mark is left out, so that a
separator or an invisible character hides nothing; where a clause or sentence ends is kept as a count.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import accumulate

from dialer.screening.sign_tables import SignTables

_SENTENCE = frozenset("。！？!?\n\r；;….")
_CLAUSE = frozenset("，,：")
# A Chinese word takes two signs, an English one about five letters.
_WEIGHT = {"han": 10, "letter": 4, "digit": 4}


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: `symbol` as compared, `others` what it may stand for as well, `[start, end)` in the text.

    `glued` says that no character stands between it and the sign before.
    """

    symbol: str
    kind: str
    start: int
    end: int
    clause: int
    sentence: int
    glued: bool
    changed: bool
    others: str = ""


@dataclass(frozen=True)
class Reading:
    """The signs of a text; `flat` holds one character for each sign, in the same order.

    `weight` is how much text stands before each sign, and after the last, in tenths of a Han sign.
    """

    text: str
    signs: tuple[Sign, ...]
    flat: str = field(repr=False)
    weight: tuple[int, ...] = field(repr=False)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the signs from `first` to `last` (both included) stand in the text."""
        return self.signs[first].start, self.signs[last].end


def read(text: str, tables: SignTables) -> Reading:
    """The signs of `text`, in one pass."""
    signs: list[Sign] = []
    clause = sentence = 0
    last_end = -1
    for at, raw in enumerate(text):
        if _ends(raw, text, at, _SENTENCE):
            clause, sentence = clause + 1, sentence + 1
        elif _ends(raw, text, at, _CLAUSE):
            clause += 1
        leet = tables.leet.get(raw, "") if _amid_letters(text, at) else ""
        for symbol, kind in _symbols(raw, tables):
            changed = symbol != raw and symbol != raw.lower()
            glued = last_end == at or bool(signs and signs[-1].start == at)
            others = tables.leet.get(symbol, "") if kind == "digit" else ""
            signs.append(Sign(symbol, kind, at, at + 1, clause, sentence, glued, changed, others))
            last_end = at + 1
        if leet and last_end != at + 1:
            signs.append(Sign(raw, "mark", at, at + 1, clause, sentence, last_end == at, True, leet))
            last_end = at + 1
    weight = accumulate((_WEIGHT.get(one.kind, 0) for one in signs), initial=0)
    return Reading(text, tuple(signs), "".join(one.symbol for one in signs), tuple(weight))


def _symbols(raw: str, tables: SignTables) -> list[tuple[str, str]]:
    if raw.isascii():
        return _kinds(raw.lower())
    found: list[tuple[str, str]] = []
    for one in unicodedata.normalize("NFKD", raw):
        if unicodedata.combining(one):
            continue
        # Lower case first: the table of look-alikes holds small letters only.
        low = one.casefold()
        found += _kinds("".join(tables.same.get(each, each) for each in low))
    return found


def _kinds(signs: str) -> list[tuple[str, str]]:
    told = []
    for one in signs:
        if "a" <= one <= "z":
            told.append((one, "letter"))
        elif one.isdecimal():
            told.append((str(unicodedata.decimal(one)), "digit"))
        elif one in "%‰":
            told.append((one, "mark"))
        elif "\u3400" <= one <= "\u9fff" or one == "〇":
            told.append((one, "han"))
    return told


def _ends(raw: str, text: str, at: int, enders: frozenset[str]) -> bool:
    """Whether a clause or sentence ends here; a point inside `B.T.C` or `8.5` ends none, nor a comma in `1,000`."""
    if raw not in enders:
        return False
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if raw == ".":
        return not after.isalnum()
    if raw in ",!":
        return not all(one.isalnum() and not _is_han(one) for one in (before, after))
    return True


def _amid_letters(text: str, at: int) -> bool:
    """Whether a letter stands beside this mark, as in `b@nk`; figures are looked at where a word would need one."""
    if text[at].isalnum():
        return False
    return any(_is_letter(one) for one in (text[at - 1 : at] if at else "", text[at + 1 : at + 2]))


def _is_letter(one: str) -> bool:
    return one.isalpha() and not _is_han(one)


def _is_han(one: str) -> bool:
    return "\u2e80" <= one <= "\u9fff"
