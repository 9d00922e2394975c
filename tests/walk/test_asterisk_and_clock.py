"""Asterisk killed while a phone rings; a clock that is stepped back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from walk_controller import Asked, Job
from walk_world import World, read_report, rows

from dialer.lab.behaviour import BUSY, RINGS

Worlds = Callable[..., AbstractAsyncContextManager[World]]

GRACE_S = 180.0
TEN_MINUTES_S = 600.0


def _placed(job: Job, key: str) -> dict[str, object]:
    return next(one for one in read_report(job) if one["what"] == "placed" and one["key"] == key)


async def _rung_and_orphaned(world: World, number: str, job: Job) -> None:
    """Kill Asterisk while the phone rings, and start it again. The phone is not told and rings on."""
    world.begin(job)
    await world.peer.wait_for(number, lambda call: call.number, 15.0)
    await world.reported(job, "returned")
    await asyncio.sleep(0.3)
    world.asterisk.kill()
    world.asterisk.restart()


@pytest.mark.parametrize("controller_too", [False, True])
async def test_no_second_ring_before_the_first_can_have_ended(world: Worlds, controller_too: bool) -> None:
    """Asterisk killed while a phone rings, with the controller or without it: denied until `ring_until` + 180 s."""
    async with world(most=3) as found:
        number = found.phone(RINGS)
        # Late enough for the link to be up again: until then nothing at all is permitted, and nobody knows till when.
        second = Asked("second", number, gap_s=6.0)
        job = found.job("one.first", 0, asked=(Asked("first", number), second), ring_grace_s=GRACE_S)
        await _rung_and_orphaned(found, number, job)
        if controller_too:
            found.kill(job)
            assert await found.end_of(job) == -9
            job = found.begin(found.job("one.again", 0, asked=(second,), ring_grace_s=GRACE_S))
        assert await found.end_of(job) == 0
        assert len(found.exchange.evidence(number)) == 1
        assert found.peer.evidence(number)[0].ended_at is None
    (attempt,) = rows(job, "select * from attempts")
    denied = _placed(job, "second")
    assert denied["admission"] == "Denied"
    assert ["engine.in_flight", "in_flight.person"] in denied["rules"]  # type: ignore[operator]
    assert denied["next"] == pytest.approx(attempt["ring_until_us"] / 1e6 + GRACE_S, abs=0.001)
    assert attempt["live"]


async def test_afterwards_the_attempt_is_uncertain_and_still_counted(world: Worlds) -> None:
    """Once the time has passed it is settled as uncertain: the person can be called again, unless his limit is full."""
    async with world(most=1) as found:
        number = found.phone(RINGS)
        second = Asked("second", number, gap_s=8.0)
        asked = (Asked("first", number), second)
        job = found.job("one.first", 0, asked=asked, ring_timeout_s=3.0, ring_grace_s=1.0)
        await _rung_and_orphaned(found, number, job)
        assert await found.end_of(job) == 0
        assert len(found.exchange.evidence(number)) == 1
    (attempt,) = rows(job, "select * from attempts")
    assert (attempt["live"], attempt["outcome"], attempt["left"]) == (0, "uncertain", "unknown")
    assert _placed(job, "second")["rules"] == [["house/attempts-per-person", "frequency.full"]]


@pytest.mark.parametrize("across_a_restart", [False, True])
async def test_a_clock_stepped_back_ten_minutes_denies_and_says_so(
    world: Worlds, across_a_restart: bool
) -> None:
    """Wall time before the newest instant in the record: no call to anybody, and the reason names the clock."""
    async with world(most=3) as found:
        busy, other = found.phone(BUSY), found.phone(BUSY)
        first, later = Asked("first", busy), Asked("later", other)
        if across_a_restart:
            assert await found.end_of(found.begin(found.job("one.first", 0, asked=(first,)))) == 0
            job = found.job("one.again", 0, asked=(later,), clock_s=-TEN_MINUTES_S)
        else:
            job = found.job("one.first", 0, asked=(first, replace(later, step_s=-TEN_MINUTES_S)))
        assert await found.end_of(found.begin(job)) == 0
        assert len(found.exchange.evidence(busy)) == 1
        assert found.exchange.evidence(other) == []
    denied = _placed(job, "later")
    assert denied["admission"] == "Denied"
    assert ["engine.sound", "sound.clock_back"] in denied["rules"]  # type: ignore[operator]
