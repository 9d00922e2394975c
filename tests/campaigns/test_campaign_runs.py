"""Runs of a campaign: every item once, at most so many at once, again when it may, and the same after a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from campaign_kit import OPERATOR, PLAN, Bench, denied, items, permitted, rows, settled

from dialer.campaigns.plan import Plan
from dialer.core.errors import BadInput
from dialer.ports.campaigns import Placed, RejectedRow


async def test_every_item_is_asked_for_once_with_a_key_of_its_own(bench: Bench) -> None:
    """Three items, three keys, three ends."""
    desk = await bench.started(3)
    await settled(lambda: desk.running == 0)
    assert sorted(no for no, _ in bench.caller.asked) == [2, 3, 4]
    assert len({key for _, key in bench.caller.asked}) == 3
    assert {row["outcome"] for row in (await rows(desk)).values()} == {"conversed"}


async def test_no_more_calls_at_once_than_the_plan_says(bench: Bench) -> None:
    """`at_most` bounds what is under way."""
    bench.caller.gate = asyncio.Event()
    desk = await bench.started(6, at_most=2)
    await settled(lambda: bench.caller.at_once == 2)
    await asyncio.sleep(0.05)
    assert bench.caller.at_once == 2
    bench.caller.gate.set()
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 6
    assert bench.caller.most_at_once == 2


async def test_where_a_human_talks_an_item_waits_for_a_free_agent(bench: Bench) -> None:
    """Nobody free, nobody called; one free, one at a time."""
    bench.caller.free = 0
    desk = await bench.started(3, agent="any")
    await asyncio.sleep(0.05)
    assert bench.caller.asked == []
    bench.caller.free = 1
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 3
    assert bench.caller.most_at_once == 1


async def test_a_denied_item_is_asked_again_at_its_next_instant(bench: Bench) -> None:
    """Not before it, with another key, and then it is called."""
    at = bench.clock.now() + timedelta(minutes=30)
    bench.caller.answers[2] = [denied(next_instant=at), permitted()]
    desk = await bench.started(1)
    await settled(lambda: len(bench.caller.asked) == 1)
    bench.clock.move(minutes=29)
    await asyncio.sleep(0.05)
    assert len(bench.caller.asked) == 1
    bench.clock.move(minutes=1)
    await settled(lambda: desk.running == 0)
    assert [key.rpartition(":")[2] for _, key in bench.caller.asked] == ["1", "2"]
    assert (await rows(desk))[2]["outcome"] == "conversed"


async def test_a_denial_beyond_the_window_or_for_ever_is_reported(bench: Bench) -> None:
    """It is not asked again, and its rule and citation are shown."""
    bench.caller.answers[2] = [denied(next_instant=bench.clock.now() + timedelta(hours=9))]
    bench.caller.answers[3] = [denied("caller_id.not_registered")]
    desk = await bench.started(2, window_s=8 * 3600)
    await settled(lambda: desk.running == 0)
    found = await rows(desk)
    assert len(bench.caller.asked) == 2
    assert [row["effect"] for row in found.values()] == ["deny", "deny"]
    assert found[3]["denials"][0]["code"] == "caller_id.not_registered"
    assert found[3]["denials"][0]["rule"] == "house/rule"


async def test_what_was_not_answered_is_tried_again_as_often_as_the_plan_says(bench: Bench) -> None:
    """Two tries, half an hour apart, then it rests."""
    bench.caller.answers[2] = [permitted("no_answer")]
    desk = await bench.started(1, tries=2, retry_after_s=1800)
    await settled(lambda: len(bench.caller.asked) == 1)
    await asyncio.sleep(0.05)
    assert len(bench.caller.asked) == 1
    bench.clock.move(minutes=30)
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 2


async def test_trouble_is_not_the_items_fault(bench: Bench) -> None:
    """A link that is down, or nobody free after all, is waited out; where nothing was asked the key stays."""
    bench.caller.answers[2] = [
        denied("sound.link_down"),
        Placed("none", None, None, None, None, "nobody"),
        permitted(),
    ]
    desk = await bench.started(1)
    for expected in (1, 2):
        await settled(lambda count=expected: len(bench.caller.asked) == count)  # type: ignore[misc]
        await asyncio.sleep(0.02)
        bench.clock.move(seconds=2)
    await settled(lambda: desk.running == 0)
    assert [key.rpartition(":")[2] for _, key in bench.caller.asked] == ["1", "2", "2"]


async def test_a_restart_asks_again_with_the_same_key(bench: Bench) -> None:
    """What was begun before the process died keeps its key, so the record can give the first one's outcome."""
    bench.caller.gate = asyncio.Event()
    first = await bench.started(2)
    await settled(lambda: len(bench.caller.asked) == 2)
    for task in first._tasks.values():
        task.cancel()
    before = dict(bench.caller.asked)
    bench.caller.asked.clear()
    bench.caller.gate.set()
    second = bench.desk()
    await second.recover()
    await settled(lambda: second.running == 0 and len(bench.caller.asked) == 2)
    assert dict(bench.caller.asked) == before


async def test_what_is_done_is_not_asked_again_after_a_restart(bench: Bench) -> None:
    """A run that ended stays ended."""
    first = await bench.started(2)
    await settled(lambda: first.running == 0)
    await bench.desk().recover()
    await asyncio.sleep(0.05)
    assert len(bench.caller.asked) == 2


async def test_paused_begins_nothing_and_resumed_goes_on(bench: Bench) -> None:
    """The live call ends by itself; the others wait; each is asked for once."""
    bench.caller.gate = asyncio.Event()
    desk = await bench.started(3, at_most=1)
    await settled(lambda: len(bench.caller.asked) == 1)
    await desk.pause("november", OPERATOR)
    bench.caller.gate.set()
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 1
    await desk.resume("november", OPERATOR)
    await settled(lambda: len(bench.caller.asked) == 3 and desk.running == 0)
    assert len({key for _, key in bench.caller.asked}) == 3


async def test_paused_and_resumed_at_once_takes_each_item_once(bench: Bench) -> None:
    """The call that is still live when it goes on again is not begun a second time."""
    bench.caller.gate = asyncio.Event()
    desk = await bench.started(2, at_most=1)
    await settled(lambda: len(bench.caller.asked) == 1)
    await desk.pause("november", OPERATOR)
    await desk.resume("november", OPERATOR)
    await asyncio.sleep(0.05)
    bench.caller.gate.set()
    await settled(lambda: len(bench.caller.asked) == 2 and desk.running == 0)
    assert sorted(no for no, _ in bench.caller.asked) == [2, 3]


async def test_cancelled_is_for_good(bench: Bench) -> None:
    """Nothing more is begun, and it cannot be resumed."""
    bench.caller.gate = asyncio.Event()
    desk = await bench.started(3, at_most=1)
    await settled(lambda: len(bench.caller.asked) == 1)
    await desk.cancel("november", OPERATOR)
    bench.caller.gate.set()
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 1
    with pytest.raises(BadInput, match="cannot resume"):
        await desk.resume("november", OPERATOR)


async def test_rows_set_aside_need_a_persons_word(bench: Bench) -> None:
    """A list with faulty rows starts only when they are accepted."""
    desk = bench.desk()
    faulty = [RejectedRow(5, "number", "not a number", "1****", "correct it")]
    await desk.bring(Plan.model_validate(PLAN), items(1), faulty, OPERATOR)
    with pytest.raises(BadInput, match="1 rows are set aside"):
        await desk.start("november", OPERATOR, accept_rejected=False)
    await desk.start("november", OPERATOR, accept_rejected=True)
    await settled(lambda: desk.running == 0)
    assert len(bench.caller.asked) == 1


async def test_one_id_has_one_content(bench: Bench) -> None:
    """The same again changes nothing; other items under that id are refused."""
    desk, plan, listed = bench.desk(), Plan.model_validate(PLAN), items(2)
    await desk.bring(plan, listed, [], OPERATOR)
    await desk.bring(plan, listed, [], OPERATOR)
    with pytest.raises(BadInput, match="another content"):
        await desk.bring(plan, listed[:1], [], OPERATOR)


async def test_a_preview_places_nothing(bench: Bench) -> None:
    """Counts by reason, and nobody was asked for a call."""
    bench.caller.answers[3] = [denied("hours.closed")]
    desk = bench.desk()
    await desk.bring(Plan.model_validate(PLAN), items(3), [], OPERATOR)
    seen = await desk.preview("november", None)
    assert (seen["permitted"], seen["denied"], seen["denied_by"]) == (2, 1, {"hours.closed": 1})
    assert bench.caller.asked == []
