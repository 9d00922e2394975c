"""What campaigns need: where their lists, runs and progress are kept, and somebody who places a call."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from dialer.core.admission import Actor


class CampaignState(StrEnum):
    """Whether a campaign may take a next item."""

    IMPORTED = "imported"
    STARTED = "started"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """A run is one passage through the list. `missed`: its instant went by while nobody could run it."""

    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    MISSED = "missed"


class ItemState(StrEnum):
    """Where an item of a run stands. `placing`: a request with its key may have been sent."""

    WAITING = "waiting"
    PLACING = "placing"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a list. Person, line and debt are surrogates; `shown` is masked.

    `overrides`: fields of a request that this row sets itself (product, caller_id, trunk, zone, agency, script, agent).
    """

    no: int
    person: UUID
    line: UUID
    debt: UUID | None
    shown_person: str
    shown_number: str
    overrides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row set aside at import: where, why, what stood there (masked if a number), what to do."""

    row: int
    column: str
    reason: str
    value: str
    hint: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as kept: `plan` is its definition (see `dialer.campaigns.plan`), in JSON's own types.

    `since`: the instant from which its schedule is owed: its start or resumption.
    """

    id: str
    plan: Mapping[str, Any]
    state: CampaignState
    since: datetime | None
    rejected: tuple[RejectedRow, ...]
    items: int


@dataclass(frozen=True, slots=True)
class Run:
    """One passage through the list, unique by (campaign, scheduled_at). No item is begun at or after `until`."""

    id: UUID
    campaign: str
    scheduled_at: datetime
    until: datetime
    state: RunState


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one item of one run stands. `tries` counts keys used; `dialled` those that were permitted.

    `decision` is the decision of the newest try as `core.shape.decision_json` gives it.
    """

    item: int
    state: ItemState = ItemState.WAITING
    tries: int = 0
    dialled: int = 0
    not_before: datetime | None = None
    effect: str | None = None
    decision: Mapping[str, Any] | None = None
    attempt: UUID | None = None
    outcome: str | None = None
    why: str | None = None


class CampaignStore(Protocol):
    """Durable campaigns. Every change returns after its commit and leaves an entry that names the actor."""

    async def put(
        self,
        campaign: str,
        plan: Mapping[str, Any],
        items: Sequence[Item],
        rejected: Sequence[RejectedRow],
        actor: Actor,
    ) -> None:
        """Keep a new campaign. Raises BadInput where the id is taken by another content."""
        ...

    async def all(self) -> Sequence[Campaign]:
        """Every campaign, oldest first."""
        ...

    async def get(self, campaign: str) -> Campaign | None:
        """One campaign."""
        ...

    async def items(self, campaign: str) -> Sequence[Item]:
        """Its items in the order of its list."""
        ...

    async def move(self, campaign: str, state: CampaignState, at: datetime, actor: Actor) -> None:
        """Change its state."""
        ...

    async def claim(self, run: Run) -> bool:
        """Keep a run (running or missed). False where (campaign, scheduled_at) was claimed before."""
        ...

    async def end(self, run: UUID, state: RunState) -> None:
        """Close a run."""
        ...

    async def runs(self, campaign: str) -> Sequence[Run]:
        """Its runs, oldest first, missed ones among them."""
        ...

    async def progress(self, run: UUID) -> Sequence[Progress]:
        """What is known of a run's items; an item that was never begun has none."""
        ...

    async def advance(self, run: UUID, progress: Progress) -> None:
        """Replace what is known of one item."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of one request. `effect`: `permit`, `deny`, or `none` where nothing was decided (no agent came)."""

    effect: str
    decision: Mapping[str, Any] | None
    next_instant: datetime | None
    attempt: UUID | None
    outcome: str | None
    why: str | None = None


class Caller(Protocol):
    """Somebody who takes one item through the gate. Whether a call is lawful is never decided on this side."""

    def place(self, campaign: Campaign, item: Item, key: str) -> Awaitable[Placed]:
        """Ask for the call under this idempotency key and wait for its end."""
        ...

    def decide(self, campaign: Campaign, item: Item, at: datetime | None) -> Awaitable[Mapping[str, Any]]:
        """What would be decided (`core.shape.decision_json`); places nothing."""
        ...

    def agents_free(self, wanted: str) -> int:
        """How many agents could take a call now, among those `wanted` (a name, or `any`)."""
        ...
