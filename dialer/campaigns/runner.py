"""One run of a campaign: which item next, how many at once, what is tried again. Never whether a call is lawful."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dialer.campaigns.plan import Plan
from dialer.core.errors import DialerError
from dialer.core.phone import masked_in
from dialer.ports.calls import Clock
from dialer.ports.campaigns import (
    Caller,
    Campaign,
    CampaignStore,
    Item,
    ItemState,
    Placed,
    Progress,
    Run,
    RunState,
)

log = logging.getLogger(__name__)

# Denials that say nothing about the item: the world was in trouble, and it mends by itself.
TROUBLE = frozenset({"sound.record", "sound.link_down", "sound.no_agent"})


@dataclass
class Pace:
    """How a run waits, in seconds: for a free agent, after trouble, and at most before it looks again."""

    agent_s: float = 0.5
    trouble_s: float = 5.0
    look_s: float = 15.0


@dataclass
class Passage:
    """A run under way. `halt` lets live calls end and begins no other; items not begun stay as they are."""

    run: Run
    campaign: Campaign
    plan: Plan
    items: dict[int, Item]
    known: dict[int, Progress]
    waiting: list[tuple[datetime, int]] = field(default_factory=list)
    live: dict[asyncio.Task[Placed], int] = field(default_factory=dict)
    halted: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def halt(self) -> None:
        """Begin no other item."""
        self.halted = True
        self.changed.set()

    def agent_of(self, no: int) -> str | None:
        """Who talks on the call of this item: a name, `any`, or None where nobody does."""
        return self.items[no].overrides.get("agent") or self.plan.agent


class Runner:
    """Carries runs. `at_most` is the installation's own bound on calls at once over all runs."""

    def __init__(
        self, store: CampaignStore, caller: Caller, clock: Clock, *, at_most: int, pace: Pace | None = None
    ) -> None:
        self._store = store
        self._caller = caller
        self._clock = clock
        self._room = at_most
        self._pace = pace or Pace()

    async def open(self, run: Run, campaign: Campaign) -> Passage:
        """Where the run stands, from the record: items that are done stay done."""
        items = {item.no: item for item in await self._store.items(campaign.id)}
        known = {one.item: one for one in await self._store.progress(run.id)}
        passage = Passage(run, campaign, Plan.model_validate(campaign.plan), items, known)
        for no in items:
            progress = known.setdefault(no, Progress(no))
            if progress.state is not ItemState.DONE:
                heapq.heappush(passage.waiting, (progress.not_before or run.scheduled_at, no))
        return passage

    async def carry(self, passage: Passage) -> None:
        """Take the items until all are done, the window is over, or it is halted."""
        while passage.waiting or passage.live:
            passage.changed.clear()
            now = self._clock.now()
            over = now >= passage.run.until
            if passage.halted or over:
                if not passage.live:
                    break
            else:
                self._begin(passage, now)
            await self._wait(passage)
        if not passage.halted:
            await self._close(passage)

    def _begin(self, passage: Passage, now: datetime) -> None:
        # An agent just asked for is not reserved yet, so those begun in this turn are counted by ourselves.
        taken: Counter[str] = Counter()
        held: list[tuple[datetime, int]] = []
        while passage.waiting and passage.waiting[0][0] <= now:
            if self._room <= 0 or len(passage.live) >= passage.plan.at_most:
                break
            due = heapq.heappop(passage.waiting)
            wanted = passage.agent_of(due[1])
            if wanted is not None:
                if self._caller.agents_free(wanted) <= taken[wanted]:
                    held.append(due)
                    continue
                taken[wanted] += 1
            self._room -= 1
            passage.live[asyncio.create_task(self._one(passage, due[1]))] = due[1]
        for due in held:
            heapq.heappush(passage.waiting, due)

    async def _one(self, passage: Passage, no: int) -> Placed:
        """Place one item under the key of its try; a try that was begun before a restart keeps its key."""
        known = passage.known[no]
        tries = known.tries if known.state is ItemState.PLACING else known.tries + 1
        begun = replace(known, state=ItemState.PLACING, tries=tries, not_before=None)
        await self._store.advance(passage.run.id, begun)
        passage.known[no] = begun
        key = f"{passage.run.id}:{no}:{tries}"
        return await self._caller.place(passage.campaign, passage.items[no], key)

    async def _wait(self, passage: Passage) -> None:
        signal = asyncio.create_task(passage.changed.wait())
        done, _ = await asyncio.wait(
            {*passage.live, signal}, timeout=self._pause_s(passage), return_when=asyncio.FIRST_COMPLETED
        )
        signal.cancel()
        for task in done:
            if task is not signal:
                self._room += 1
                await self._settle(passage, passage.live.pop(task), task)  # type: ignore[arg-type]

    def _pause_s(self, passage: Passage) -> float:
        if not passage.waiting:
            return self._pace.look_s
        ahead = (passage.waiting[0][0] - self._clock.now()).total_seconds()
        return min(max(ahead, self._pace.agent_s), self._pace.look_s)

    async def _settle(self, passage: Passage, no: int, task: asyncio.Task[Placed]) -> None:
        known = passage.known[no]
        after = self._after(passage, known, _result(task))
        passage.known[no] = after
        if after.state is not ItemState.DONE:
            heapq.heappush(passage.waiting, (after.not_before or self._clock.now(), no))
        try:
            await self._store.advance(passage.run.id, after)
        except DialerError as fault:
            # The record has this try's key already: after a restart the same key gets the same outcome.
            log.warning(
                "progress of item `%d` of `%s` not kept: %s", no, passage.campaign.id, masked_in(str(fault))
            )

    def _after(self, passage: Passage, known: Progress, placed: Placed) -> Progress:
        """What becomes of an item after a try."""
        now = self._clock.now()
        told = replace(
            known,
            effect=placed.effect,
            decision=placed.decision or known.decision,
            attempt=placed.attempt or known.attempt,
            outcome=placed.outcome,
            why=placed.why,
        )
        if placed.effect == "permit":
            told = replace(told, dialled=known.dialled + 1)
            if placed.outcome in passage.plan.retry_on and told.dialled < passage.plan.tries:
                return self._again(passage, told, now, passage.plan.retry_after_s)
            return replace(told, state=ItemState.DONE)
        if placed.effect == "deny" and placed.next_instant is not None:
            return self._again(passage, told, now, max(1.0, (placed.next_instant - now).total_seconds()))
        if placed.effect == "deny" and not _trouble(placed):
            return replace(told, state=ItemState.DONE)
        later = self._again(passage, told, now, self._pace.trouble_s)
        if placed.effect == "none" and later.state is ItemState.WAITING:
            # Nothing was asked of the record under this key, so the same try is made again.
            return replace(later, state=ItemState.PLACING)
        return later

    def _again(self, passage: Passage, told: Progress, now: datetime, seconds: float) -> Progress:
        at = now + timedelta(seconds=seconds)
        if at < passage.run.until:
            return replace(told, state=ItemState.WAITING, not_before=at)
        return replace(told, state=ItemState.DONE, not_before=None)

    async def _close(self, passage: Passage) -> None:
        for no, known in passage.known.items():
            if known.state is not ItemState.DONE:
                ended = replace(known, state=ItemState.DONE, why=known.why or "the window of the run ended")
                passage.known[no] = ended
                await self._store.advance(passage.run.id, ended)
        await self._store.end(passage.run.id, RunState.ENDED)


def _result(task: asyncio.Task[Placed]) -> Placed:
    """A task's answer; a fault or a defect of one item must not end the run of the others."""
    if task.cancelled():
        return Placed("none", None, None, None, None, "cancelled")
    error = task.exception()
    if error is None:
        return task.result()
    if not isinstance(error, DialerError):
        log.error("defect while placing an item", exc_info=error)
    return Placed("none", None, None, None, None, masked_in(str(error)) or type(error).__name__)


def _trouble(placed: Placed) -> bool:
    findings = (placed.decision or {}).get("findings", ())
    denying = {one["code"] for one in findings if one["effect"] == "deny" and one["mode"] == "enforce"}
    return bool(denying) and denying <= TROUBLE
