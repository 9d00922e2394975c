"""The timer of campaigns: APScheduler wakes up, the campaigns' desk works out from the record what is due.

Nothing is kept here: definitions and runs live in the record, so a restart can neither lose a run nor do it twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from dialer.campaigns.cron import trigger
from dialer.campaigns.plan import Plan
from dialer.ports.calls import Clock
from dialer.ports.campaigns import Campaign, CampaignState

log = logging.getLogger(__name__)


class OnClock(BaseTrigger):  # type: ignore[misc]
    """A cron whose times are read on our clock, which a lab may have declared to be another than the machine's."""

    def __init__(self, cron: CronTrigger, clock: Clock) -> None:
        self._cron = cron
        self._clock = clock

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The next time, on the machine's clock."""
        apart = self._clock.now() - datetime.now(UTC)
        found = self._cron.get_next_fire_time(None if previous is None else previous + apart, now + apart)
        return None if found is None else found.astimezone(UTC) - apart


class Schedule:
    """Calls `tick(campaign)` whenever a run of a started campaign is due. Any number of ticks is one run."""

    def __init__(self, clock: Clock, tick: Callable[[str], Awaitable[None]]) -> None:
        self._clock = clock
        self._tick = tick
        self._timer = AsyncIOScheduler(timezone=UTC)
        self._ticks: set[asyncio.Task[None]] = set()
        self._timer.add_listener(self._missed, EVENT_JOB_MISSED)

    def start(self) -> None:
        """Begin, in the running loop."""
        self._timer.start()

    def close(self) -> None:
        """Wake nobody any more."""
        if self._timer.running:
            self._timer.shutdown(wait=False)

    def daily(self, hour: int, zone: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do `work` once as soon as this begins, then every day at this hour of `zone` (IANA)."""
        begun = CronTrigger(hour=hour, minute=0, timezone=zone)
        self._timer.add_job(
            self._done,
            OnClock(begun, self._clock),
            args=(work,),
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=86_400,
        )

    async def _done(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except Exception:
            log.exception("a daily duty could not be done")

    def follow(self, campaign: Campaign) -> None:
        """Wake up for this campaign from now on, or no longer, as its state says."""
        if self._timer.get_job(campaign.id) is not None:
            self._timer.remove_job(campaign.id)
        schedule = Plan.model_validate(campaign.plan).schedule
        if campaign.state is not CampaignState.STARTED or schedule is None:
            return
        self._timer.add_job(
            self._due,
            OnClock(trigger(schedule.cron, schedule.zone), self._clock),
            args=(campaign.id,),
            id=campaign.id,
            coalesce=True,
            misfire_grace_time=max(1, schedule.misfire_grace_s),
        )

    async def _due(self, campaign: str) -> None:
        try:
            await self._tick(campaign)
        except Exception:
            log.exception("the schedule of campaign `%s` could not be followed", campaign)

    def _missed(self, event: JobExecutionEvent) -> None:
        # The run is over its grace: the desk finds that out from the record, and keeps it as missed.
        task = asyncio.ensure_future(self._due(event.job_id))
        self._ticks.add(task)
        task.add_done_callback(self._ticks.discard)
