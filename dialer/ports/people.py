"""What may be asked about a person, and for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReadFor(StrEnum):
    """Why somebody reads what is sealed about a person. Nothing else is a reason."""

    CALL = "call"
    COMPLAINT = "complaint"
    REGULATOR_REQUEST = "regulator_request"
    OWN_REQUEST = "own_request"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person as he is shown: `clear` tells whether name and numbers stand in clear or masked. Erased: no name."""

    clear: bool
    name: str | None = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
