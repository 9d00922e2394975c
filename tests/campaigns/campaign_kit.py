"""Campaigns on a real record in a folder of the test, a clock that a test moves, and somebody scripted who calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from dialer.campaigns.desk import SCHEDULE, CampaignDesk
from dialer.campaigns.plan import Plan
from dialer.campaigns.runner import Pace, Runner
from dialer.core.admission import Actor
from dialer.ports.campaigns import Campaign, Item, Placed
from dialer.record.campaigns import CampaignTables
from dialer.record.store import RecordStore

MONDAY_NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
OPERATOR = Actor("wang", frozenset({"operator"}), "socket_peer")
PLAN: dict[str, Any] = {
    "id": "november",
    "enterprise": "bank",
    "purpose": "collection",
    "product": "credit",
    "script": "opening",
}


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.at = MONDAY_NINE

    def now(self) -> datetime:
        return self.at

    def boottime_ns(self) -> int:
        return int((self.at - MONDAY_NINE).total_seconds() * 1e9)

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class ScriptedCaller:
    """Answers by item: a list of answers, the last for ever. `asked` holds (item, key) in the order of asking."""

    answers: dict[int, list[Placed]] = field(default_factory=dict)
    asked: list[tuple[int, str]] = field(default_factory=list)
    free: int = 100
    gate: asyncio.Event | None = None
    at_once: int = 0
    most_at_once: int = 0

    async def place(self, campaign: Campaign, item: Item, key: str) -> Placed:
        self.asked.append((item.no, key))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self.gate.wait() if self.gate is not None else asyncio.sleep(0))
        finally:
            self.at_once -= 1
        left = self.answers.get(item.no, [permitted()])
        return left.pop(0) if len(left) > 1 else left[0]

    async def decide(self, campaign: Campaign, item: Item, at: datetime | None) -> Mapping[str, Any]:
        answer = self.answers.get(item.no, [permitted()])[0]
        return answer.decision or {"effect": answer.effect, "findings": [], "next_instant": None}

    def agents_free(self, wanted: str) -> int:
        return self.free - self.at_once


def permitted(outcome: str = "conversed") -> Placed:
    """A call that was permitted and ended so."""
    return Placed("permit", None, None, uuid4(), outcome)


def denied(code: str = "hours.closed", next_instant: datetime | None = None) -> Placed:
    """A denial by one rule."""
    finding = {
        "rule": "house/rule",
        "code": code,
        "effect": "deny",
        "mode": "enforce",
        "citation": {"source": "house", "title": {}, "article": None, "topic": {}},
        "text": {"zh": "不", "en": "no"},
        "remedy": None,
        "opens_at": None,
    }
    decision = {"effect": "deny", "findings": [finding], "next_instant": None}
    return Placed("deny", decision, next_instant, None, None)


def items(count: int) -> list[Item]:
    """Rows 2 to count + 1 of a list."""
    return [Item(no, uuid4(), uuid4(), None, f"P{no}***", "138****0000") for no in range(2, count + 2)]


@dataclass
class Bench:
    """A record, a clock, a caller; `desk()` is a controller's desk on them, and a second one is its restart."""

    store: RecordStore
    clock: Clock
    caller: ScriptedCaller

    def __post_init__(self) -> None:
        self.tables = CampaignTables(self.store, self.clock, SCHEDULE)

    def desk(self) -> CampaignDesk:
        pace = Pace(agent_s=0.01, trouble_s=2.0, look_s=0.01)
        runner = Runner(self.tables, self.caller, self.clock, at_most=100, pace=pace)
        return CampaignDesk(self.tables, self.caller, self.clock, uuid4, runner=runner)

    async def started(self, count: int = 3, **changes: Any) -> CampaignDesk:
        """A desk on which a campaign of `count` items was brought and started."""
        desk = self.desk()
        plan = Plan.model_validate({**PLAN, **changes})
        await desk.bring(plan, items(count), [], OPERATOR)
        await desk.start(plan.id, OPERATOR, accept_rejected=False)
        return desk


async def settled(done: Callable[[], bool]) -> None:
    """Wait until `done()`, five seconds at most."""
    async with asyncio.timeout(5):
        while not done():
            await asyncio.sleep(0.005)


async def rows(desk: CampaignDesk, campaign: str = "november") -> dict[int, Any]:
    """The items of a campaign's newest run by number."""
    return {row["item"]: row for row in (await desk.status(campaign))["items"]}
