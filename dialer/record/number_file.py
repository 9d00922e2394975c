"""The numbers of a register in a batch file of their own: looked up one by one, never all in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dialer.record.batches import BatchFiles

KIND = "numbers"
# What the batch says of itself; no number is called so.
ABOUT = "about"
# Numbers of a unit that are looked at, in the order of their file, before none is chosen.
MOST_TRIED = 1000
PAGE = 50
_ROWS = "SELECT content FROM items WHERE subject = ? ORDER BY seq, no"
_PAGE = (
    "SELECT no, content ->> 'number' FROM items WHERE subject = ? AND seq = 0 AND no > ? ORDER BY no LIMIT ?"
)


def unit_of(enterprise: str, agency: str | None) -> str:
    """By what the numbers of an enterprise itself, or of its agency, are found."""
    return f"unit:{enterprise}|{agency or ''}"


@dataclass(frozen=True, slots=True)
class NumberFile:
    """The numbers batch in force. Everything raises Fault `sound.batch` where the file is missing or altered."""

    files: BatchFiles
    batch: str

    def rows(self, caller_id: str) -> list[Mapping[str, Any]]:
        """The rows of one number, as a register's document has them."""
        return [json.loads(one) for (one,) in self.files.rows(self.batch, _ROWS, (caller_id,))]

    def of_unit(self, enterprise: str, agency: str | None) -> Iterator[str]:
        """The usable numbers of a unit in the order of their file, as many as are tried."""
        last = 0
        for _ in range(MOST_TRIED // PAGE):
            page = self.files.rows(self.batch, _PAGE, (unit_of(enterprise, agency), last, PAGE))
            yield from dict.fromkeys(number for _, number in page)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def about(self) -> Mapping[str, Any]:
        """How many rows it has, and what it changed when it was made."""
        found: Mapping[str, Any] = json.loads(self.files.rows(self.batch, _ROWS, (ABOUT,))[0][0])
        return found
