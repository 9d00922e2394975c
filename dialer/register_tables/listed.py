"""Several things in one cell: parted by 、 or ; and such a sign within one of them stands behind a backslash."""

from __future__ import annotations

from collections.abc import Iterable

PARTING = {"zh": "、", "en": "; "}
ESCAPE = "\\"
SIGNS = frozenset("、;；")
# Where only words of a closed list may stand, none holds a comma.
CLOSED_SIGNS = SIGNS | frozenset(",，")


def joined(items: Iterable[str], lang: str) -> str:
    """The items as one cell."""
    return PARTING[lang].join(_escaped(item) for item in items)


def parted(text: str, signs: frozenset[str] = SIGNS) -> list[str]:
    """The items of a cell, without the blanks around them; what is empty between two signs is none."""
    items: list[list[tuple[str, bool]]] = [[]]
    literal = False
    for sign in text:
        if sign == ESCAPE and not literal:
            literal = True
        elif sign in signs and not literal:
            items.append([])
        else:
            items[-1].append((sign, literal))
            literal = False
    return [found for item in items if (found := _trimmed(item))]


def _escaped(item: str) -> str:
    last = len(item) - 1
    return "".join(
        ESCAPE + sign if sign in SIGNS or sign == ESCAPE or (sign.isspace() and at in (0, last)) else sign
        for at, sign in enumerate(item)
    )


def _trimmed(item: list[tuple[str, bool]]) -> str:
    while item and item[0][0].isspace() and not item[0][1]:
        item = item[1:]
    while item and item[-1][0].isspace() and not item[-1][1]:
        item = item[:-1]
    return "".join(sign for sign, _ in item)
