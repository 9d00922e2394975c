"""What the API asks of imports of what people said, and of lists that others keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from dialer.core.admission import Actor

Json = Mapping[str, Any]


class Willing(Protocol):
    """Imports in bulk, while calls go on. Evidence: one person's word suffices."""

    def spool(self) -> Path:
        """A new name for the bytes of a file on their way in; whoever writes it removes it."""
        ...

    def imports(self) -> Sequence[Json]:
        """The files that are being read now: `name`, `kind`, and the `rows` read so far."""
        ...

    async def take_preferences(self, spool: Path, name: str, leave_out: bool, actor: Actor) -> Json:
        """Put the statements that were spooled in force; live calls that they forbid are revoked when this returns.

        `leave_out`: without the faulty rows, of which any may be an opt-out. Raises BadInput.
        """
        ...

    async def take_registry(
        self, spool: Path, name: str, registry: str, as_of: datetime, actor: Actor
    ) -> Json:
        """Put a list in the place of the one of the same name; `as_of` is the instant its keeper made it at.

        Raises BadInput, also for a list older than the one in force or from the future.
        """
        ...
