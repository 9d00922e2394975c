"""The tables of signs in `signs/`, read once: what is the same sign, what sounds alike, what is written in halves."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class SignTables:
    """`same`: a sign and how it is read. `leet`: a sign amid letters and the letters it may stand for. `halves`: two
    signs and the one they make. `sounds`: a sign and its syllables without tone. `alike`: a sign and the signs that
    are known to be written for it.
    """

    same: Mapping[str, str]
    leet: Mapping[str, str]
    halves: Mapping[str, str]
    sounds: Mapping[str, tuple[str, ...]]
    alike: Mapping[str, frozenset[str]]


@cache
def sign_tables() -> SignTables:
    """All of them."""
    same = {pair[0]: pair[1] for row in _rows("traditional.txt") for pair in row}
    same |= {row[0]: row[1] for row in _rows("lookalikes.txt")}
    sounds: dict[str, list[str]] = {}
    for syllable, signs in _rows("syllables.txt"):
        for sign in signs:
            sounds.setdefault(sign, []).append(syllable)
    return SignTables(
        same={unicodedata.normalize("NFKC", sign): read_as for sign, read_as in same.items()},
        leet={row[0]: row[1] for row in _rows("leet.txt")},
        halves={half: row[0] for row in _rows("split.txt") for half in row[1:]},
        sounds={sign: tuple(several) for sign, several in sounds.items()},
        alike={row[0]: frozenset(row[1]) for row in _rows("homophones.txt")},
    )


def _rows(name: str) -> Iterator[list[str]]:
    for line in (files("dialer.screening") / "signs" / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split()
