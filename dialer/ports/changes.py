"""Changes of the register, as the API asks for them: what tightens binds at once, what loosens waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from dialer.core.admission import Actor

Json = Mapping[str, Any]


class RegisterChanges(Protocol):
    """Restrictions by one person; proposals, and the second person who approves them."""

    async def restrict(
        self,
        what: str,
        target: tuple[str, str],
        reason: str,
        actor: Actor,
        taken: tuple[frozenset[str], frozenset[str]],
        end: date | None,
    ) -> Json:
        """Take something away from `target` (kind, id), at once; live calls it forbids end before this returns.

        `taken`: purposes and products, for `narrow`. Raises BadInput.
        """
        ...

    def spool(self) -> Path:
        """A new name for the bytes of a file of numbers on their way in."""
        ...

    async def take_numbers(self, spool: Path, name: str, reason: str, actor: Actor) -> Json:
        """Put a file of numbers in force, whole or not at all, if it only tightens; else it waits. Raises BadInput."""
        ...

    async def restrictions(self) -> Sequence[Json]:
        """Every restriction in force, oldest first."""
        ...

    async def lift(self, restriction: str, reason: str, actor: Actor) -> Json:
        """Put forward that a restriction is lifted. Raises BadInput."""
        ...

    async def proposals(self, *, every: bool) -> Sequence[Json]:
        """What waits for a second person, or all that ever did."""
        ...

    async def approve(self, proposals: Sequence[str], actor: Actor) -> Json:
        """Put all of them in force, or none. Raises BadInput unless a second person asks for it."""
        ...

    async def reject(self, proposals: Sequence[str], reason: str, actor: Actor) -> Json:
        """Refuse all of them for good, or none. Raises BadInput."""
        ...
