"""Many requests at once for one person or one line: the record arbitrates, whoever asks and however it is spelled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from walk_controller import Asked, Job
from walk_site import LAB_BEGINS
from walk_world import World, read_report, rows

from dialer.lab.behaviour import RINGS, Behaviour, CallSeen

Worlds = Callable[..., AbstractAsyncContextManager[World]]

MANY = 32
IN_FLIGHT, LIMIT = "engine.in_flight", "house/attempts-per-person"
# The next day where the callee is, at the hour when collection may begin.
NEXT_MORNING = datetime.combine(
    LAB_BEGINS.date() + timedelta(days=1), datetime.min.time(), ZoneInfo("Asia/Shanghai")
) + timedelta(hours=8)


def _placed(job: Job) -> list[dict[str, Any]]:
    return [one for one in read_report(job) if one["what"] == "placed"]


async def _lived(world: World, asked: tuple[Asked, ...], **more: Any) -> Job:
    job = world.begin(world.job("one.first", 0, asked=asked, burst=True, **more))
    assert await world.end_of(job) == 0
    return job


async def test_32_at_once_for_one_person_with_a_limit_of_one(world: Worlds) -> None:
    """One INVITE; 31 denials that name the rule and the next instant, which is tomorrow's first hour."""
    async with world(most=1) as found:
        number = found.phone(Behaviour(hang_up_after_s=1.0))
        job = await _lived(found, tuple(Asked(f"key {one}", number) for one in range(MANY)))
        assert len(found.exchange.evidence(number)) == 1
    placed = _placed(job)
    denied = [one for one in placed if one["admission"] == "Denied"]
    assert (len(placed), len(denied)) == (MANY, MANY - 1)
    for one in denied:
        assert LIMIT in {rule for rule, _ in one["rules"]}
        assert datetime.fromtimestamp(one["next"], UTC) == NEXT_MORNING
    assert len(rows(job, "select id from attempts")) == 1


async def test_one_key_sent_many_times_is_one_ring(world: Worlds) -> None:
    """The same request, at once and again after a restart, rings once; every other answer is the first one's."""
    async with world(most=3) as found:
        number = found.phone(Behaviour(hang_up_after_s=0.5))
        same = tuple(Asked("the one key", number) for _ in range(8))
        job = await _lived(found, same)
        again = found.begin(found.job("one.again", 0, asked=same, burst=True))
        assert await found.end_of(again) == 0
        assert len(found.exchange.evidence(number)) == 1
    answers = [one["admission"] for one in (*_placed(job), *_placed(again))]
    assert sorted(answers) == ["Permitted", *["Repeated"] * 15]
    assert len({one["attempt"] for one in (*_placed(job), *_placed(again))}) == 1


async def test_a_limit_of_three_never_rings_two_phones_at_once(world: Worlds) -> None:
    """One person with two phones, one of them spelled three ways: rung three times, and never while one rings."""
    async with world(most=3) as found:
        first, second = found.phone(Behaviour(delay_s=1.0, hang_up_after_s=0.3)), found.phone(RINGS)
        spellings = (first, f"+86{first}", f"0{first}", second)
        asked = tuple(
            Asked(f"key {gap} {one}", one, gap_s=gap * 0.4, person="the same")
            for gap in range(25)
            for one in spellings
        )
        job = await _lived(found, asked, ring_timeout_s=2.0)
        calls = [*found.peer.evidence(first), *found.peer.evidence(second)]
        assert len(found.exchange.evidence(first)) + len(found.exchange.evidence(second)) == 3
    assert _overlaps(calls) == []
    denied = [one for one in _placed(job) if one["admission"] == "Denied"]
    assert len(denied) == len(asked) - 3
    assert {IN_FLIGHT, LIMIT} == {rule for one in denied for rule, _ in one["rules"]}
    assert all(one["next"] for one in denied)


async def test_one_line_of_three_people_is_never_rung_twice_at_once(world: Worlds) -> None:
    """Three people behind one number, each spelled otherwise: rung one after the other."""
    async with world(most=3) as found:
        number = found.phone(Behaviour(delay_s=0.6, hang_up_after_s=0.3))
        asked = tuple(
            Asked(f"key {gap} {one}", one, gap_s=gap * 0.4, person=f"of {one}")
            for gap in range(20)
            for one in (number, f"+86{number}", f"0{number}")
        )
        job = await _lived(found, asked)
        calls = found.peer.evidence(number)
    assert _overlaps(calls) == []
    assert len(calls) >= 3
    assert len(calls) == sum(1 for one in _placed(job) if one["admission"] == "Permitted")


def _overlaps(calls: list[CallSeen]) -> list[tuple[datetime, datetime]]:
    """Where a phone was rung before the call before it had ended."""
    spans = sorted((call.invited_at, call.ended_at or datetime.max.replace(tzinfo=UTC)) for call in calls)
    return [(end, begin) for (_, end), (begin, _) in pairwise(spans) if begin < end]
