"""The calls that are walked, and the points of each: every port call that `place_call` makes, before and inside."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from walk_checks import KEY_AT_S, Run, breaches, gather
from walk_controller import MAX_DEAF_S, Asked, Job
from walk_ports import Fault
from walk_site import RECORDED, SPOKEN
from walk_world import World, read_report

from dialer.lab.behaviour import BUSY, RINGS, Behaviour, Press

HANGS_UP_S = 4.5
NEVER_S = 60.0
KILLED = -9
TICK_AT_S = 2.0
WHERES = {"awaited": ("before", "inside"), "at_once": ("before",), "point": ("after",)}
# A renewal recurs as long as the call lasts: the third is like the second.
RECURS = {"leg.renew": 2}


@dataclass(frozen=True, slots=True)
class Story:
    """One call: how the phone behaves, what is played, whether an agent talks and says that all was said."""

    name: str
    phone: Behaviour
    script: str = RECORDED
    agent: bool = False
    ticks: bool = False


STORIES = (
    Story("refused in the bridge", Behaviour(presses=(Press(KEY_AT_S, "9"),), hang_up_after_s=HANGS_UP_S), agent=True),
    Story("said by the agent", Behaviour(hang_up_after_s=HANGS_UP_S), SPOKEN, agent=True, ticks=True),
    Story("played to a person alone", Behaviour(hang_up_after_s=HANGS_UP_S)),
    Story("rings unanswered", RINGS),
    Story("busy", BUSY),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """A fault in a story; `deaf`: after a kill nobody comes back before Asterisk itself had to end the call."""

    story: Story
    fault: Fault | None
    deaf: bool = False


def points_of(story: Story, report: list[dict[str, Any]], known: set[str]) -> Iterator[Point]:
    """The points of a story that was lived through once; what `known` stories have shown is not walked again."""
    for line in report:
        if line["what"] == "placed":
            return
        if line["what"] != "begun":
            continue
        name, number = line["name"], line["number"]
        if name in known or number > RECURS.get(name, 9):
            continue
        for where in WHERES[line["kind"]]:
            chance = crc32(f"{name} {number} {where}".encode())
            for how in ("kill", "stop"):
                fault = Fault(name, number, where, how, inside_ms=(0.0, 1.0, 3.0)[chance % 3])
                yield Point(story, fault, deaf=how == "kill" and bool(chance & 4))


def while_it_rings(story: Story, report: list[dict[str, Any]]) -> Iterator[Point]:
    """Half a second into the ringing of a phone that nobody answers."""
    heard = [
        line for line in report if line["what"] == "begun" and line["name"].startswith("leg.event behind")
    ]
    fault = Fault(heard[-1]["name"], heard[-1]["number"], "inside", "kill", inside_ms=500.0)
    yield Point(story, fault, deaf=True)
    yield Point(story, fault)
    yield Point(story, replace(fault, how="stop"))


def names(report: list[dict[str, Any]]) -> set[str]:
    """The port calls that a report tells of."""
    return {line["name"] for line in report if line["what"] == "begun"}


async def reference(world: World) -> list[Point]:
    """Live through every story without a fault, and give their points. Raises AssertionError for a breach."""
    runs = await asyncio.gather(
        *(walk(world, f"reference{at}", Point(story, None)) for at, story in enumerate(STORIES))
    )
    points: list[Point] = []
    known: set[str] = set()
    for story, run in zip(STORIES, runs, strict=True):
        assert breaches(gather(world, run)) == [], story.name
        report = read_report(run.first)
        points += points_of(story, report, known)
        known |= names(report)
        if story.phone == RINGS:
            points += while_it_rings(story, report)
    return points


async def walk(world: World, ident: str, point: Point, *, stop_s: float = 3.0, broken: str = "") -> Run:
    """Live through a story with its fault, then ask again for the same person: by the same key, and by another."""
    lane = await world.free.get()
    began = time.monotonic()
    try:
        story, fault = point.story, point.fault
        ends_s = NEVER_S if point.deaf else story.phone.hang_up_after_s
        number = world.phone(replace(story.phone, hang_up_after_s=ends_s))
        again = (Asked("first", number), Asked("second", number))
        asked = (Asked("first", number, story.script, f"w{lane}" if story.agent else None), *again)
        job = world.job(f"{ident}.first", lane, asked=asked, fault=fault, broken=broken)
        run = Run(fault, number, world.begin(job), deaf=point.deaf)
        ticking = asyncio.create_task(_tick(world, number, f"agent-w{lane}", story))
        await _lived(world, run, job, stop_s)
        if run.codes == [KILLED]:
            await _came_back(world, run, world.job(f"{ident}.again", lane, asked=again, broken=broken))
        ticking.cancel()
        run.took_s = time.monotonic() - began
        return run
    finally:
        world.free.put_nowait(lane)


async def _lived(world: World, run: Run, job: Job, stop_s: float) -> None:
    while not run.codes:
        what, value = await world.next_of(job)
        if what == "stopped":
            run.stop_s = stop_s
            await asyncio.sleep(stop_s)
            go_on(value)
        elif what == "ended":
            run.codes.append(value)


async def _came_back(world: World, run: Run, job: Job) -> None:
    if run.deaf:
        await asyncio.sleep(MAX_DEAF_S + 1.5)
    run.again = world.begin(job)
    run.codes.append(await world.end_of(job))


async def _tick(world: World, number: str, agent: str, story: Story) -> None:
    """The agent presses his key a while after the person has answered."""
    if not story.ticks:
        return
    with suppress(TimeoutError, LookupError):
        await world.peer.wait_for(number, lambda call: call.answered_at, 20.0)
        await asyncio.sleep(TICK_AT_S)
        world.peer.press(agent, "1")


def go_on(pid: int) -> None:
    """Let a stopped process go on."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
