"""What people keep about caller IDs: their health, how they were used, and what of the register ends when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from dialer.core.admission import Actor

Json = Mapping[str, Any]


class Numbers(Protocol):
    """Numbers are spelled as anybody spells them; what is answered has the canonical spelling."""

    async def mark(self, number: str, said: Json, actor: Actor) -> Json:
        """Write down a complaint, label, notice or appeal; its id. A suspension ends live calls before it returns.

        Raises BadInput for a number of no known class, or an instant to come for anything but a notice.
        """
        ...

    async def close(self, mark: str, verdict: str, why: str, actor: Actor) -> Json:
        """Close a mark. `state` is `closed`, or `proposed` where a second person must do the same. Raises BadInput."""
        ...

    async def health(self, number: str | None) -> Json:
        """One number with every mark it ever had, or every number that has an open one."""
        ...

    async def whole_register(self) -> bytes | None:
        """Version and document of the register in force as JSON, with every number, wherever it stands."""
        ...

    async def used(self, first: date, last: date) -> Json:
        """How the record's own attempts used their numbers on the civil days [first, last] of the register."""
        ...

    async def stock_taken(self, taken: Json, actor: Actor) -> Json:
        """Keep that a stock-taking was done: its files by digest, and how many findings of each kind."""
        ...


class Deadlines(Protocol):
    """What ends soon."""

    async def deadlines(self, within_days: int, at: datetime | None = None) -> Sequence[Json]:
        """What ends within so many days, soonest first, with its owner; what has ended stays for as many days."""
        ...

    async def calendar(self) -> bytes:
        """The same for 400 days as iCalendar (RFC 5545)."""
        ...
