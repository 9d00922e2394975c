"""The tree of errors.

DialerError
├── BadInput      somebody gave us something wrong; carries every fault with its place and a hint
├── Fault         the world failed (disk, link, lock); no new call, and recovery by itself
└── Defect        our own bug: an illegal transition, a second dial
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class DialerError(Exception):
    """Root of every error that this product raises on purpose."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault of the input stands: file, line (from 1, 0 unknown), column or path of keys."""

    file: str
    line: int = 0
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}" if self.path else where


@dataclass(frozen=True, slots=True)
class InputFault:
    """One fault of an input: where, what was found, what is wrong with it, and what to do."""

    place: Place
    reason: str
    value: str = ""
    hint: str = ""

    def __str__(self) -> str:
        # What somebody wrote must not write on our terminal or in our log.
        value = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in self.value)
        shown = f" `{value}`" if value else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{self.place}: {self.reason}{shown}{hint}"


class BadInput(DialerError):
    """Input was refused whole. `faults` lists every fault found; nothing was changed."""

    def __init__(self, faults: Sequence[InputFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Fault(DialerError):
    """The world failed. `code` is a stable reason code of `core.reasons`."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


class Defect(DialerError):
    """Something that cannot happen while this program is right has happened."""
