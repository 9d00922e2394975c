"""Schedules: day names, named zones, every run once, missed ones kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from campaign_kit import OPERATOR, PLAN, Bench, settled
from pydantic import ValidationError

from dialer.campaigns.cron import due, trigger
from dialer.campaigns.plan import Plan
from dialer.ports.campaigns import Campaign, CampaignState
from dialer.schedule import OnClock, Schedule

DAILY = {"cron": "30 9 * * mon-fri", "zone": "Asia/Shanghai", "misfire_grace_s": 300}
HALF_PAST = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # Monday, 09:30 in Shanghai


@pytest.mark.parametrize(
    "cron", ["30 9 * * 1", "30 9 * * 1-5", "30 9 * * mon-5", "30 9 * *", "61 9 * * mon", "30 9 * * mon-"]
)
def test_a_cron_that_is_not_clear_is_refused(cron: str) -> None:
    """Days in digits, missing fields and impossible values."""
    with pytest.raises(ValidationError):
        Plan.model_validate({**PLAN, "schedule": {**DAILY, "cron": cron}})


def test_a_digit_for_a_day_is_refused_with_what_to_write() -> None:
    """The hint shows names."""
    with pytest.raises(ValidationError, match="write it like mon-fri"):
        Plan.model_validate({**PLAN, "schedule": {**DAILY, "cron": "30 9 * * 1"}})


@pytest.mark.parametrize("schedule", [{"cron": "30 9 * * mon"}, {"cron": "30 9 * * mon", "zone": "China"}])
def test_a_zone_is_always_named(schedule: dict[str, Any]) -> None:
    """None, or one that does not exist, is refused."""
    with pytest.raises(ValidationError):
        Plan.model_validate({**PLAN, "schedule": schedule})


@pytest.mark.parametrize(("late_s", "runs"), [(-1, False), (0, True), (299, True), (300, True), (301, False)])
def test_a_run_is_due_from_its_instant_until_its_grace_is_over(late_s: int, runs: bool) -> None:
    """Both boundaries, a second before and after."""
    owed = due(
        trigger(DAILY["cron"], "Asia/Shanghai"),  # type: ignore[arg-type]
        HALF_PAST - timedelta(hours=1),
        HALF_PAST + timedelta(seconds=late_s),
        timedelta(seconds=300),
    )
    assert (owed.run == HALF_PAST) is runs
    assert bool(owed.missed) is (late_s > 300)


def test_of_several_that_are_due_only_the_newest_is_run() -> None:
    """Friday's and Monday's are missed, Tuesday's is run; the weekend had none."""
    cron = trigger(str(DAILY["cron"]), "Asia/Shanghai")
    tuesday = HALF_PAST + timedelta(days=1)
    owed = due(cron, HALF_PAST - timedelta(days=4), tuesday + timedelta(seconds=5), timedelta(seconds=300))
    assert owed.run == tuesday
    assert owed.missed == (HALF_PAST - timedelta(days=3), HALF_PAST)


async def test_any_number_of_ticks_is_one_run(bench: Bench) -> None:
    """Two controllers' worth of ticks, and a restart, claim the run once."""
    desk = await bench.started(2, schedule=DAILY)
    bench.clock.at = HALF_PAST
    await asyncio.gather(*(desk.tick("november") for _ in range(5)))
    await settled(lambda: desk.running == 0 and len(bench.caller.asked) == 2)
    await bench.desk().recover()
    await asyncio.sleep(0.05)
    assert len(bench.caller.asked) == 2
    assert [run["scheduled_at"] for run in (await desk.status("november"))["runs"]] == [
        "2026-11-23T01:30:00.000000Z"
    ]


async def test_a_run_that_nobody_ran_is_kept_as_missed(bench: Bench) -> None:
    """A controller that comes back too late calls nobody and lists what was missed."""
    await bench.started(2, schedule=DAILY)
    bench.clock.at = HALF_PAST + timedelta(minutes=6)
    later = bench.desk()
    await later.recover()
    await asyncio.sleep(0.05)
    assert bench.caller.asked == []
    assert [run["state"] for run in (await later.status("november"))["runs"]] == ["missed"]


async def test_what_fell_into_a_pause_is_not_owed(bench: Bench) -> None:
    """A schedule is owed from the resumption on."""
    desk = await bench.started(1, schedule=DAILY)
    await desk.pause("november", OPERATOR)
    bench.clock.at = HALF_PAST + timedelta(seconds=30)
    await desk.resume("november", OPERATOR)
    await desk.tick("november")
    assert (await desk.status("november"))["runs"] == []


def test_the_timer_reads_our_clock_and_answers_on_the_machines() -> None:
    """A lab clock six hours ahead: what is due at 09:30 there fires when the machine says 03:30."""
    machine = datetime.now(UTC).replace(microsecond=0)

    class Ahead:
        def now(self) -> datetime:
            return datetime.now(UTC) + timedelta(hours=6)

        def boottime_ns(self) -> int:
            return 0

    fires = OnClock(trigger("30 9 * * *", "UTC"), Ahead()).get_next_fire_time(None, machine)
    assert fires is not None
    on_ours = fires + timedelta(hours=6)
    wanted = on_ours.replace(hour=9, minute=30, second=0, microsecond=0)
    assert abs(on_ours - wanted) < timedelta(seconds=2)
    assert timedelta(0) <= fires - machine <= timedelta(days=1, seconds=2)


async def test_the_timer_wakes_a_started_campaign_only() -> None:
    """Every minute of a lab clock that stands just before one: a tick; a paused campaign is not followed."""

    class JustBefore:
        apart = timedelta(seconds=60 - datetime.now(UTC).second - 1)

        def now(self) -> datetime:
            return datetime.now(UTC) + self.apart

        def boottime_ns(self) -> int:
            return 0

    ticks: list[str] = []

    async def tick(campaign: str) -> None:
        ticks.append(campaign)

    schedule = Schedule(JustBefore(), tick)
    schedule.start()
    plan = Plan.model_validate({**PLAN, "schedule": {"cron": "* * * * *", "zone": "UTC"}}).plain()
    for name, state in (("runs", CampaignState.STARTED), ("rests", CampaignState.PAUSED)):
        schedule.follow(Campaign(name, plan, state, None, (), 1))
    await settled(lambda: bool(ticks))
    schedule.close()
    assert ticks == ["runs"]
