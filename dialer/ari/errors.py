"""What can go wrong with a command to Asterisk, told apart by what it proves.

    AriError                     the command did not simply succeed
    ├── AriRejected              Asterisk answered and refused: it was NOT done
    ├── AriUncertain             it was (or may have been) written and no answer came: it MAY have been done
    └── AriNotSent               provably never written to a socket: it was NOT done, Asterisk never saw it

Texts hold the operation, the id of its subject and Asterisk's own words with long numbers masked. They
never hold endpoints, variables, query strings or credentials.
"""

from __future__ import annotations

import re
from typing import Final

_LONG_NUMBER: Final = re.compile(
    r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|(\+?\d{3})\d{2,}(\d{2})", re.I
)
_LONGEST_WORDS: Final = 300


def _starred(found: re.Match[str]) -> str:
    return found[1] or f"{found[2]}****{found[3]}"


def _without_numbers(words: str) -> str:
    """One line of at most 300 characters; the middle of every number of 7 digits or more is starred."""
    return _LONG_NUMBER.sub(_starred, " ".join(words.split())[:_LONGEST_WORDS])


class AriError(Exception):
    """A command did not simply succeed. `operation` is ARI's name, `subject` the id it was about."""

    def __init__(self, operation: str, subject: str | None, text: str) -> None:
        self.operation = operation
        self.subject = subject
        named = f"`{operation}` of `{subject}`" if subject else f"`{operation}`"
        super().__init__(f"{named} {text}")


class AriRejected(AriError):
    """Asterisk answered with a status of 3xx, 4xx or 5xx: it was not done."""

    def __init__(self, operation: str, status: int, asterisk_words: str, subject: str | None = None) -> None:
        self.status = status
        self.asterisk_words = _without_numbers(asterisk_words)
        super().__init__(operation, subject, f"refused by asterisk with {status}: {self.asterisk_words}")


class AriUncertain(AriError):
    """Written, or perhaps written, and not answered: it may have been done."""

    def __init__(self, operation: str, why: str, subject: str | None = None) -> None:
        self.why = why
        super().__init__(operation, subject, f"may have been done: {why}")


class AriNotSent(AriError):
    """Never written to a socket: it was not done."""

    def __init__(self, operation: str, why: str, subject: str | None = None) -> None:
        self.why = why
        super().__init__(operation, subject, f"was not sent: {why}")
