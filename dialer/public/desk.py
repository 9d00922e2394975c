"""What the page asks of the house behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.core.facts import PersonalHours
from dialer.core.phone import Line
from dialer.core.policy import Purpose


@dataclass(frozen=True, slots=True)
class Caller:
    """An enterprise that may call from here: id, licensed full name, the number it gives to people."""

    id: str
    full_name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing a line said on this page. `kind`: `accept|opt_out`; None in enterprise and purpose is all."""

    kind: str
    enterprise: str | None
    purpose: Purpose | None
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that holds of what a line said on this page, newest first, and its weekly windows."""

    said: Sequence[Wish]
    hours: Sequence[PersonalHours]


class Desk(Protocol):
    """Everything is about the line whose number was proved; nothing here tells of a person, a debt or a call."""

    async def callers(self) -> Sequence[Caller]:
        """Every enterprise of this installation, whether or not it has anything to do with anybody."""
        ...

    async def wishes(self, line: Line) -> Wishes:
        """What this line said on this page."""
        ...

    async def state(self, line: Line, kind: str, enterprise: str | None, purpose: Purpose | None) -> None:
        """Keep an opt-out or a consent; an opt-out has ended the line's live calls when this returns."""
        ...

    async def set_hours(self, line: Line, windows: Sequence[PersonalHours]) -> None:
        """Keep the weekly windows; none takes back those of before."""
        ...

    async def send_code(self, line: Line, text: str) -> None:
        """Have a text sent to the line. Whether it arrives is not known here."""
        ...
