"""What the API asks of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from dialer.core.admission import Actor

Json = Mapping[str, Any]


class Cases(Protocol):
    """The feed that says whom one may still call. Evidence: one person's word suffices."""

    async def change(self, rows: Sequence[Json], actor: Actor) -> Json:
        """Write changes, all or none; live calls that they forbid are revoked when this returns.

        How many, and of how many debts nothing else is known here. Raises BadInput.
        """
        ...

    async def case(self, enterprise: str, debt: str) -> Json | None:
        """A case as it stands now and all its changes, None where nobody told of it."""
        ...

    def spool(self) -> Path:
        """A new name for the bytes of a case file on their way in; whoever writes it removes it."""
        ...

    async def take(self, spool: Path, name: str, actor: Actor) -> Json:
        """Put the case file that was spooled in force, whole or not at all. Raises BadInput."""
        ...
