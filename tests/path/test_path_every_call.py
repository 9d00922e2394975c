"""Every port call of every story, struck by everything that can happen there: what must hold, holds."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from scripted_pbx import Person
from stories import NAMES, Loud, Story, Strike, World, faults_of
from virtual import run_virtually

from dialer.core.admission import End, Left
from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.core.verdict import Obligation

TALKS = Person(hangs_up_after_s=12.0)
STORIES = {
    "recorded, with an agent": Story("recorded", TALKS, agent="1001"),
    "recorded, without an agent": Story("recorded", Person()),
    "the agent speaks and ticks": Story("agent_spoken", TALKS, agent="1001", ticks_after_s=2.0),
    "the agent speaks and never ticks": Story("agent_spoken", Person(), agent="1001"),
    "the agent ticks too early": Story("agent_spoken", Person(), agent="1001", ticks_early=True),
    "opts out in the announcement": Story("recorded", Person(presses=((1.0, "9"),)), agent="1001"),
    "opts out while talking": Story("recorded", Person(presses=((6.0, "9"),)), agent="1001"),
    "hangs up in the announcement": Story("recorded", Person(hangs_up_after_s=1.0), agent="1001"),
    "is somebody else": Story("recorded", Person(presses=((1.0, "8"),)), agent="1001"),
    "says that it is him": Story(
        "recorded", Person(presses=((4.0, "1"),), hangs_up_after_s=12.0), agent="1001", asks_party=True
    ),
    "never says that it is him": Story("recorded", Person(), agent="1001", asks_party=True),
    "busy": Story("recorded", Person(rings_after_s=None, cause=17), agent="1001"),
    "nobody answers": Story("recorded", Person(answers_after_s=None), agent="1001"),
}
ENDS = {
    "recorded, with an agent": (Outcome.CONVERSED, 16),
    "recorded, without an agent": (Outcome.ANNOUNCED, 16),
    "the agent speaks and ticks": (Outcome.CONVERSED, 16),
    "the agent speaks and never ticks": (Outcome.DUTY_FAILED, 16),
    "the agent ticks too early": (Outcome.DUTY_FAILED, 16),
    "opts out in the announcement": (Outcome.OPTED_OUT, 16),
    "opts out while talking": (Outcome.OPTED_OUT, 16),
    "hangs up in the announcement": (Outcome.LEFT_EARLY, 16),
    "is somebody else": (Outcome.WRONG_PERSON, 16),
    "says that it is him": (Outcome.CONVERSED, 16),
    "never says that it is him": (Outcome.PARTY_UNCONFIRMED, 16),
    "busy": (Outcome.BUSY, 17),
    "nobody answers": (Outcome.NO_ANSWER, 19),
}
JOINED = (
    "recorded, with an agent",
    "the agent speaks and ticks",
    "the agent speaks and never ticks",
    "the agent ticks too early",
    "says that it is him",
)


def _told(story: Story, strike: Strike | None = None) -> tuple[World, list[str]]:
    loud = Loud()
    logger = logging.getLogger("dialer")
    logger.addHandler(loud)
    try:
        world = run_virtually(_play(story, strike))
    finally:
        logger.removeHandler(loud)
    return world, [*faults_of(world), *loud.records]


async def _play(story: Story, strike: Strike | None) -> World:
    world = World(story, strike)
    await world.play()
    return world


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_should(name: str) -> None:
    """Undisturbed, each story has its outcome and cause, one ring, and the agent only where it says so."""
    world, faults = _told(STORIES[name])
    [permit] = world.record.permits
    outcome, cause = ENDS[name]
    assert faults == []
    assert world.record.ends[permit] == End(outcome, cause, Left.YES)
    assert len(world.pbx.invites) == 1
    joined = Event.AGENT_JOINED in world.record.events[permit]
    assert joined is (name in JOINED or name == "opts out while talking")


def test_the_recording_of_a_spoken_opening_is_kept() -> None:
    """Where the agent says the opening, the record knows the recording, also after the end."""
    world, _ = _told(STORIES["the agent speaks and ticks"])
    [events] = world.record.events.values()
    assert events[-2:] == [Event.AGENT_TICKED, Event.RECORDING_KEPT]


@pytest.mark.parametrize(("hours_end_after_s", "by_us"), [(10.0, True), (10_000.0, False)])
def test_talk_ends_with_the_hours(hours_end_after_s: float, by_us: bool) -> None:
    """Where a rule lets no talk go on past the hours, we end it then; a talk that is over before is left alone."""
    story = Story("recorded", Person(hangs_up_after_s=20.0), agent="1001")

    async def play() -> World:
        world = World(story)
        end_by = (world.record.clock.now() + timedelta(seconds=hours_end_after_s)).isoformat()
        world.record.more_duties = (Obligation("end_by", {"at": end_by}),)
        await world.play()
        return world

    world = run_virtually(play())
    [end] = world.record.ends.values()
    assert (faults_of(world), end.outcome) == ([], Outcome.CONVERSED)
    assert world.pbx.legs[0].hung_up_by_us is by_us


@pytest.mark.parametrize("strike", NAMES)
@pytest.mark.parametrize("name", STORIES)
def test_every_port_call_may_be_struck(name: str, strike: str) -> None:
    """At the n-th port call, for every n, before and after its effect: no invariant breaks."""
    story = STORIES[name]
    undisturbed, _ = _told(story)
    broken: dict[str, list[str]] = {}
    for at in range(1, len(undisturbed.called) + 1):
        for after in (False, True):
            world, faults = _told(story, Strike(strike, at, after))
            if faults:
                broken[f"{at} {world.called[at - 1]} {'after' if after else 'before'}"] = faults
    assert broken == {}


def test_strikes_do_strike() -> None:
    """Each strike changes how the story with an agent ends at some port call: none of them is idle."""
    story = STORIES["the agent speaks and ticks"]
    undisturbed, _ = _told(story)
    usual = _shape(undisturbed)
    idle = set(NAMES)
    for strike in NAMES:
        for at in range(1, len(undisturbed.called) + 1):
            if _shape(_told(story, Strike(strike, at, False))[0]) != usual:
                idle.discard(strike)
                break
    assert idle == set()


def _shape(world: World) -> object:
    record = world.record
    ends = list(record.ends.values())
    events = list(record.events.values())
    return (
        ends,
        events,
        list(record.reversals.values()),
        len(record.abandoned),
        len(record.opt_outs),
        world.called,
    )
