"""Changes of the register, from the API into the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from dialer.core.admission import Actor
from dialer.core.phone import canonical_caller_id
from dialer.core.policy import Purpose
from dialer.record.number_import import NumberImport
from dialer.record.restrictions import Order
from dialer.record.store import RecordStore
from dialer.wiring.gate import shown

Json = Mapping[str, Any]


class RecordChanges:
    """Implements `ports.changes.RegisterChanges` on the record."""

    def __init__(self, store: RecordStore, secrets_dir: Path) -> None:
        self._changes = store.changes
        self._numbers = NumberImport(store.changes, store.imports, secrets_dir)

    def spool(self) -> Path:
        """In the folder of the batches."""
        return self._numbers.spool()

    async def take_numbers(self, spool: Path, name: str, reason: str, actor: Actor) -> Json:
        """Calls go on meanwhile."""
        return asdict(await self._numbers.take(spool, name, reason, actor))

    async def restrict(
        self,
        what: str,
        target: tuple[str, str],
        reason: str,
        actor: Actor,
        taken: tuple[frozenset[str], frozenset[str]],
        end: date | None,
    ) -> Json:
        """Binding, and live calls rechecked, when it returns."""
        kind, named = target
        if kind == "number":
            named = canonical_caller_id(named) or named
        purposes = frozenset(Purpose(one) for one in taken[0])
        order = Order(kind, named, what, reason, purposes, taken[1], end)
        return {"restriction": await self._changes.restrict(order, actor)}

    async def restrictions(self) -> Sequence[Json]:
        """Oldest first."""
        found: Sequence[Json] = shown([_told(asdict(one)) for one in await self._changes.restrictions()])
        return found

    async def lift(self, restriction: str, reason: str, actor: Actor) -> Json:
        """It waits for a second person."""
        return {"proposal": await self._changes.lift(restriction, reason, actor)}

    async def proposals(self, *, every: bool) -> Sequence[Json]:
        """Oldest first."""
        found: Sequence[Json] = shown(await self._changes.pending(every=every))
        return found

    async def approve(self, proposals: Sequence[str], actor: Actor) -> Json:
        """In force when it returns."""
        await self._changes.approve(proposals, actor)
        return {"approved": list(proposals)}

    async def reject(self, proposals: Sequence[str], reason: str, actor: Actor) -> Json:
        """Nothing of them comes into force."""
        await self._changes.reject(proposals, reason, actor)
        return {"rejected": list(proposals)}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "purposes": sorted(row["purposes"]), "products": sorted(row["products"])}
