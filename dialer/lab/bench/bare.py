"""The floor: an ARI loop without any gate that has Asterisk do the same work for each call.

Create, read three values back, dial, wait for the answer, play to the end, bridge with an agent whose leg is up, hold,
take the bridge down, hang up, hear the end. Each step is an asyncio await on the same client as ours.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar
from uuid import uuid4

from dialer.ari.events import ChannelDestroyed, ChannelStateChange, Event, PlaybackFinished, StasisStart
from dialer.ari.pbx import AriPbx
from dialer.ari.routing import Subscription
from dialer.lab.bench.stage import TRUNK, Stage
from dialer.ports.calls import Clock, Leg

RING_S = 10

E = TypeVar("E", bound=Event)


class BareLoop:
    """`agents` legs are called once; `run` keeps one call on each of them until the time is up."""

    def __init__(self, stage: Stage, clock: Clock, hold_s: float) -> None:
        self._stage = stage
        self._pbx = AriPbx(stage.asterisk, stage.endpoints, clock)
        self._hold_s = hold_s
        self._legs: list[Leg] = []

    async def open(self) -> None:
        """Call the agents."""
        self._legs = [await self._pbx.call_agent(name, RING_S) for name in self._stage.agents]

    async def close(self) -> None:
        """Hang the agents up."""
        for leg in self._legs:
            await leg.hang_up()

    async def run(self, seconds: float, width: int) -> int:
        """Calls completed within `seconds`, `width` at a time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds

        async def keep(leg: Leg) -> int:
            done = 0
            while loop.time() < until:
                await self._call(leg)
                done += 1
            return done

        return sum(await asyncio.gather(*(keep(leg) for leg in self._legs[:width])))

    async def _call(self, agent: Leg) -> None:
        link, channel, playback, bridge = self._stage.asterisk, str(uuid4()), str(uuid4()), str(uuid4())
        with link.events_of(channel, playback) as events:
            endpoint = self._stage.endpoints.trunk.format(number="13800000000", trunk=TRUNK)
            variables = {
                "CONNECTEDLINE(num)": "95001",
                "PJSIP_HEADER(add,X-Bare)": channel,
                "TIMEOUT(absolute)": "10",
            }
            await link.channels.create(
                endpoint, link.app, "outbound", channel_id=channel, variables=variables
            )
            await _until(events, StasisStart)
            read = link.channels.get_variable
            await asyncio.gather(
                read(channel, "CONNECTEDLINE(num)"),
                read(channel, "CHANNEL(pjsip,remote_uri)"),
                read(channel, "PJSIP_HEADER(read,X-Bare)"),
            )
            await link.channels.dial(channel, RING_S)
            while (await _until(events, ChannelStateChange)).channel.state != "Up":
                pass
            sound = self._stage.endpoints.sounds / self._stage.sound
            await link.channels.play(channel, f"sound:{sound}", playback)
            await _until(events, PlaybackFinished)
            await link.bridges.create("mixing,dtmf_events", bridge)
            await link.bridges.add_channel(bridge, channel, agent.id)
            await asyncio.sleep(self._hold_s)
            await link.bridges.destroy(bridge)
            await link.channels.hangup(channel)
            await _until(events, ChannelDestroyed)


async def _until(events: Subscription, kind: type[E]) -> E:
    while not isinstance(event := await events.next(), kind):
        pass
    return event
