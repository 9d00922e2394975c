"""kill -9 and SIGSTOP between any two stanzas and inside each await of `place_call`, on a real Asterisk.

docs/faults.md says what is walked and what must hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from walk_checks import Run, breaches, gather
from walk_ports import Fault
from walk_stories import STORIES, Point, reference, walk
from walk_world import World

Worlds = Callable[..., AbstractAsyncContextManager[World]]

LANES = 16
TRIES = 3
SHORT_STOP_S, LONG_STOP_S = 3.0, 10.0
# Fewer than these, and the walk has lost its way: it would pass by walking nothing.
LEAST_POINTS = 140
HOWS = ("kill", "stop")
# Every one of these must be reached. Of the others some come and go: whether a call hears once more before it ends.
STANZAS = (
    "agents.reserve",
    "record.revocations",
    "record.admit",
    "pbx.stage",
    "record.note dial_begun",
    "leg.dial",
    "leg.renew",
    "leg.event behind Answered",
    "record.reconfirm answered",
    "leg.play",
    "record.note announcement_played",
    "record.reconfirm bridge",
    "pbx.bridge",
    "record.note agent_joined",
    "record.opt_out",
    "leg.hang_up",
    "talk.close",
    "record.settle",
)


async def _walk_one(world: World, number: int, point: Point, stop_s: float) -> Run:
    """Walk to a point. A machine that is busy may end a call before it: then walk again."""
    for attempt in range(TRIES):
        run = await walk(world, f"point{number}try{attempt}", point, stop_s=stop_s)
        if run.struck is not None or breaches(gather(world, run)):
            break
    return run


@pytest.mark.timeout(900)
async def test_wherever_the_controller_dies_or_stops_the_law_is_kept(
    world: Worlds, request: pytest.FixtureRequest
) -> None:
    """At every point: counted if rung, rung once, in time, the key kept, nobody left alone on a line."""
    stop_s = LONG_STOP_S if request.config.getoption("--long") else SHORT_STOP_S
    async with world(lanes=LANES) as found:
        points = await reference(found)
        runs = await asyncio.gather(
            *(_walk_one(found, number, point, stop_s) for number, point in enumerate(points))
        )
        assert [one for run in runs for one in breaches(gather(found, run))] == []
        reached = [run.fault for run in runs if run.fault is not None and run.struck is not None]
        assert len(reached) >= LEAST_POINTS
        met = {(fault.name, fault.how, fault.where) for fault in reached}
        wanted = {(one, how, where) for one in STANZAS for how in HOWS for where in ("before", "inside")}
        assert wanted - met == set()
        print(f"{len(reached)} of {len(runs)} points reached, stops of {stop_s:g} s")


BROKEN = {
    "dials twice": (None, "rung 2 times"),
    "dials late": (None, "s late"),
    "counts late": (Fault("record.note rang", 1, "before", "kill"), "the record has no attempt"),
    "never lets go": (Fault("leg.event behind Answered", 1, "inside", "kill"), "unheard for more than"),
    "forgets the key": (Fault("record.reconfirm bridge", 1, "inside", "stop"), "an opt-out key is lost"),
}


async def test_a_controller_that_is_wrong_is_seen_to_be_wrong(world: Worlds) -> None:
    """The checks find a controller that dials twice or late, counts late, never lets go, forgets the key."""
    async with world(lanes=len(BROKEN)) as found:
        runs = await asyncio.gather(
            *(
                walk(found, f"broken{number}", Point(STORIES[0], fault, deaf=broken == "never lets go"), broken=broken)
                for number, (broken, (fault, _)) in enumerate(BROKEN.items())
            )
        )  # fmt: skip
        said = [breaches(gather(found, run)) for run in runs]
    unseen = [
        broken
        for (broken, (_, words)), all_ in zip(BROKEN.items(), said, strict=True)
        if words not in " ".join(all_)
    ]
    assert unseen == [], said
