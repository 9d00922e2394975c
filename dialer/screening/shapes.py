"""What screening is asked and what it answers. Positions count characters of the text as it was given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from dialer.core.policy import Text

Role = Literal["opening", "closing", "line"]


class Severity(StrEnum):
    """`stop` refuses the submission; `warn` is shown to the person who approves."""

    STOP = "stop"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the text is for.

    `role`: an `opening` must hold its parts and must not name a debt; a `closing` and a single `line` are screened
    for their content only. `names` are the registered full and short names and `contact` the registered number of the
    enterprise; where nobody gave them, any institution and any number will do.
    """

    purposes: frozenset[str] = frozenset({"marketing"})
    products: frozenset[str] = frozenset()
    role: Role = "opening"
    mode: str = "recorded"
    parts: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    contact: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text, `[start, end)`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its marks in order (none where something is missing), and why, with what to do about it.

    `source` is the duty it serves and `grade` how that was read (`house`: our own default).
    """

    rule: str
    category: str
    severity: Severity
    marks: tuple[Mark, ...]
    words: tuple[str, ...]
    why: Text
    suggestion: Text
    source: str
    grade: str
    disguised: bool = False


@dataclass(frozen=True, slots=True)
class Screened:
    """Everything found, in the order of the text; what is missing comes last."""

    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Nothing at all was found."""
        return not self.findings

    @property
    def stopped(self) -> bool:
        """Something was found that refuses the text."""
        return any(one.severity is Severity.STOP for one in self.findings)
