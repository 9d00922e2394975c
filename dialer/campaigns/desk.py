"""Campaigns as their operator sees them: import, preview, start, pause, resume, cancel, status; and when runs begin."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.campaigns.cron import due, trigger
from dialer.campaigns.findings import denials
from dialer.campaigns.plan import Plan, until
from dialer.campaigns.runner import Passage, Runner
from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.shape import instant_text
from dialer.ports.calls import Clock
from dialer.ports.campaigns import (
    Caller,
    Campaign,
    CampaignState,
    CampaignStore,
    Item,
    Progress,
    RejectedRow,
    Run,
    RunState,
)

log = logging.getLogger(__name__)

_S = CampaignState
# command -> (states it may be given in, state it leads to)
_MOVES = {
    "start": ((_S.IMPORTED,), _S.STARTED),
    "pause": ((_S.STARTED,), _S.PAUSED),
    "resume": ((_S.PAUSED,), _S.STARTED),
    "cancel": ((_S.IMPORTED, _S.STARTED, _S.PAUSED), _S.CANCELLED),
}
SCHEDULE = Actor(id="schedule", roles=frozenset(), authenticated_by="schedule")


class CampaignDesk:
    """All campaigns of this controller. `new_id` makes the ids of runs; `changed` is told of every new state."""

    def __init__(
        self,
        store: CampaignStore,
        caller: Caller,
        clock: Clock,
        new_id: Callable[[], UUID],
        *,
        runner: Runner,
    ) -> None:
        self._store = store
        self._caller = caller
        self._clock = clock
        self._new_id = new_id
        self._runner = runner
        self._passages: dict[UUID, Passage] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._closing = False
        self._lock = asyncio.Lock()
        self.changed: Callable[[Campaign], None] = lambda campaign: None

    # -- commands -----------------------------------------------------------------------------------------

    async def bring(
        self, plan: Plan, items: Sequence[Item], rejected: Sequence[RejectedRow], actor: Actor
    ) -> dict[str, Any]:
        """Keep a new campaign. Raises BadInput where nothing is left to call, or where its id is taken."""
        if not items:
            raise _bad(plan.id, "the list has no row that can be called", "correct the rows set aside")
        await self._store.put(plan.id, plan.plain(), items, rejected, actor)
        return self._shown(await self._get(plan.id))

    async def start(self, campaign: str, actor: Actor, *, accept_rejected: bool) -> dict[str, Any]:
        """Begin: at once, or by its schedule. Rows set aside need to be accepted."""
        found = await self._get(campaign)
        if found.rejected and not accept_rejected:
            raise _bad(
                campaign,
                f"{len(found.rejected)} rows are set aside",
                "look at them with campaign status, then start with --accept-rejected",
            )
        moved = await self._move("start", campaign, actor)
        if Plan.model_validate(moved.plan).schedule is None:
            await self._begin(moved, self._clock.now())
        return self._shown(moved)

    async def pause(self, campaign: str, actor: Actor) -> dict[str, Any]:
        """Begin no other item; live calls end by themselves."""
        moved = await self._move("pause", campaign, actor)
        self._halt(campaign)
        return self._shown(moved)

    async def resume(self, campaign: str, actor: Actor) -> dict[str, Any]:
        """Go on where it was paused."""
        moved = await self._move("resume", campaign, actor)
        await self._take_up(moved)
        return self._shown(moved)

    async def cancel(self, campaign: str, actor: Actor) -> dict[str, Any]:
        """Begin nothing any more; live calls end by themselves."""
        moved = await self._move("cancel", campaign, actor)
        self._halt(campaign)
        for run in await self._store.runs(campaign):
            if run.state is RunState.RUNNING:
                await self._store.end(run.id, RunState.CANCELLED)
        return self._shown(moved)

    # -- questions ----------------------------------------------------------------------------------------

    async def all(self) -> list[dict[str, Any]]:
        """Every campaign, short."""
        return [self._shown(one) for one in await self._store.all()]

    async def preview(self, campaign: str, at: datetime | None) -> dict[str, Any]:
        """What would be decided for each item at `at` (default now); places nothing and writes nothing."""
        found = await self._get(campaign)
        rows = []
        reasons: Counter[str] = Counter()
        for item in await self._store.items(campaign):
            decision = await self._caller.decide(found, item, at)
            failing = denials(decision)
            reasons.update({one["code"] for one in failing})
            told = {
                "effect": decision["effect"],
                "denials": failing,
                "next_instant": decision["next_instant"],
            }
            rows.append({**_item(item), **told})
        permitted = sum(1 for row in rows if row["effect"] == "permit")
        return {
            "campaign": campaign,
            "at": instant_text(at or self._clock.now()),
            "items": rows,
            "permitted": permitted,
            "denied": len(rows) - permitted,
            "denied_by": dict(sorted(reasons.items())),
            "rejected": [asdict(one) for one in found.rejected],
        }

    async def status(self, campaign: str) -> dict[str, Any]:
        """The campaign, its runs, and every item of its newest run that was not missed."""
        found = await self._get(campaign)
        runs = await self._store.runs(campaign)
        newest = next((run for run in reversed(runs) if run.state is not RunState.MISSED), None)
        items = await self._store.items(campaign)
        known = {one.item: one for one in await self._store.progress(newest.id)} if newest else {}
        rows = [_row(item, known.get(item.no, Progress(item.no))) for item in items]
        return {
            **self._shown(found),
            "rejected": [asdict(one) for one in found.rejected],
            "runs": [_run(run) for run in runs],
            "run": str(newest.id) if newest else None,
            "counts": dict(sorted(Counter(row["state"] for row in rows).items())),
            "outcomes": dict(sorted(Counter(row["outcome"] for row in rows if row["outcome"]).items())),
            "items": rows,
        }

    # -- runs ---------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """After a start: take up the runs that were under way, and what the schedules owe."""
        for campaign in await self._store.all():
            if campaign.state is CampaignState.STARTED:
                await self._take_up(campaign)
                await self.tick(campaign.id)
                self.changed(campaign)

    async def tick(self, campaign: str) -> None:
        """Begin the run that is due; keep those that nobody ran in time as missed. Any number of ticks is one."""
        async with self._lock:
            found = await self._get(campaign)
            plan = Plan.model_validate(found.plan)
            if found.state is not CampaignState.STARTED or plan.schedule is None or found.since is None:
                return
            past = [run.scheduled_at for run in await self._store.runs(campaign)]
            since = max([found.since, *past])
            grace = timedelta(seconds=plan.schedule.misfire_grace_s)
            owed = due(trigger(plan.schedule.cron, plan.schedule.zone), since, self._clock.now(), grace)
            for at in owed.missed:
                log.warning("campaign `%s` missed its run of `%s`", campaign, instant_text(at))
                await self._store.claim(Run(self._new_id(), campaign, at, at, RunState.MISSED))
            if owed.run is not None:
                await self._begin(found, owed.run)

    async def close(self) -> None:
        """Begin nothing more and wait for the live calls; runs stay open, to be taken up by the next start."""
        self._closing = True
        for passage in self._passages.values():
            passage.halt()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @property
    def running(self) -> int:
        """How many runs are under way."""
        return len(self._tasks)

    async def _begin(self, campaign: Campaign, scheduled_at: datetime) -> None:
        plan = Plan.model_validate(campaign.plan)
        ends = until(plan, scheduled_at)
        run = Run(self._new_id(), campaign.id, scheduled_at, ends, RunState.RUNNING)
        if await self._store.claim(run):
            self._carry(run, campaign)

    async def _take_up(self, campaign: Campaign) -> None:
        for run in await self._store.runs(campaign.id):
            if run.state is RunState.RUNNING:
                self._carry(run, campaign)

    def _carry(self, run: Run, campaign: Campaign) -> None:
        before = self._tasks.get(run.id)
        self._tasks[run.id] = asyncio.create_task(self._carried(run, campaign, before), name=f"run {run.id}")

    async def _carried(self, run: Run, campaign: Campaign, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            # Paused and resumed at once: its live calls end first, so that each item is in one hand only.
            await asyncio.wait([before])
        try:
            passage = self._passages[run.id] = await self._runner.open(run, campaign)
            now = await self._get(campaign.id)
            if now.state is CampaignState.STARTED and not self._closing:
                await self._runner.carry(passage)
        except Exception:
            log.exception("run `%s` of campaign `%s` broke off", run.id, campaign.id)
        finally:
            self._passages.pop(run.id, None)
            if self._tasks.get(run.id) is asyncio.current_task():
                del self._tasks[run.id]

    def _halt(self, campaign: str) -> None:
        for passage in self._passages.values():
            if passage.campaign.id == campaign:
                passage.halt()

    async def _move(self, command: str, campaign: str, actor: Actor) -> Campaign:
        allowed, state = _MOVES[command]
        async with self._lock:
            found = await self._get(campaign)
            if found.state not in allowed:
                raise _bad(campaign, f"a campaign that is {found.state.value} cannot {command}", "")
            await self._store.move(campaign, state, self._clock.now(), actor)
        moved = await self._get(campaign)
        self.changed(moved)
        return moved

    async def _get(self, campaign: str) -> Campaign:
        found = await self._store.get(campaign)
        if found is None:
            raise _bad(campaign, "no such campaign", "dialer campaign status lists them")
        return found

    def _shown(self, campaign: Campaign) -> dict[str, Any]:
        return {
            "campaign": campaign.id,
            "state": campaign.state.value,
            "plan": dict(campaign.plan),
            "size": campaign.items,
            "rejected_rows": len(campaign.rejected),
        }


def _item(item: Item) -> dict[str, Any]:
    return {"item": item.no, "person": item.shown_person, "number": item.shown_number}


def _row(item: Item, progress: Progress) -> dict[str, Any]:
    decision: Mapping[str, Any] = progress.decision or {}
    return {
        **_item(item),
        "state": progress.state.value,
        "tries": progress.tries,
        "dialled": progress.dialled,
        "effect": progress.effect,
        "denials": denials(progress.decision),
        "next_instant": decision.get("next_instant") if progress.effect == "deny" else None,
        "not_before": instant_text(progress.not_before) if progress.not_before else None,
        "attempt": str(progress.attempt) if progress.attempt else None,
        "outcome": progress.outcome,
        "why": progress.why,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.id),
        "scheduled_at": instant_text(run.scheduled_at),
        "until": instant_text(run.until),
        "state": run.state.value,
    }


def _bad(campaign: str, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("campaign"), reason, campaign, hint)])
