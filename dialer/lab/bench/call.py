"""Gated calls a second beside a bare ARI loop that has the same Asterisk do the same work, in turns within one run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from dialer.agents import AgentDesk
from dialer.ari.pbx import AriPbx
from dialer.core.phone import Line
from dialer.lab.bench.bare import BareLoop
from dialer.lab.bench.records import enrol, open_hours_clock, open_record, request_for
from dialer.lab.bench.stage import SOUND_MS, Stage, staged
from dialer.ports.calls import Clock, Timing
from dialer.record.given import Enrolled
from dialer.record.store import RecordStore
from dialer.supervise import Supervisor

HOLD_S = 0.05

People = Iterator[tuple[Enrolled, Line]]
MOST_A_SECOND = 250


async def bench_call(folder: Path, width: int, seconds: float, turns: int) -> dict[str, Any]:
    """`turns` times: bare for `seconds`, gated for `seconds`, `width` calls at a time; medians and their ratio."""
    clock = open_hours_clock()
    async with staged(folder / "lab", width) as stage:
        bare = BareLoop(stage, clock, HOLD_S)
        opening = (stage.sound, SOUND_MS)
        store = await open_record(folder / "record", clock, stage.endpoints.sounds, opening)
        try:
            people = await enrol(store, int(MOST_A_SECOND * seconds * turns))
            gated = GatedLoop(stage, store, clock, iter(people))
            bare_rates, gated_rates = [], []
            for _ in range(turns):
                await bare.open()
                bare_rates.append(await bare.run(seconds, width) / seconds)
                await bare.close()
                await asyncio.sleep(0.5)
                await gated.sign_in()
                gated_rates.append(await gated.run(seconds, width) / seconds)
                await gated.sign_out()
                await asyncio.sleep(0.5)
        finally:
            store.close()
    return {
        "bench": "call",
        "width": width,
        "seconds": seconds,
        "bare_calls_per_s": [round(rate, 1) for rate in bare_rates],
        "gated_calls_per_s": [round(rate, 1) for rate in gated_rates],
        "outcomes": gated.outcomes,
        "ratio": round(median(gated_rates) / median(bare_rates), 3),
    }


class GatedLoop:
    """The whole product on the same stage: record, supervisor, place_call. Each call is to a person of his own."""

    def __init__(self, stage: Stage, store: RecordStore, clock: Clock, people: People) -> None:
        pbx = AriPbx(stage.asterisk, stage.endpoints, clock)
        timing = Timing(max_call_s=HOLD_S)
        self._names = stage.agents
        self._agents = AgentDesk(pbx, stage.agents, timing)
        self._supervisor = Supervisor(store.calls, pbx, self._agents, clock, timing)
        self._supervisor.open()
        self._people = people
        self.outcomes: dict[str, int] = {}

    async def sign_in(self) -> None:
        """Call the agents."""
        for name in self._names:
            await self._agents.sign_in(name)

    async def sign_out(self) -> None:
        """Hang the agents up and wait until they are gone."""
        for name in self._names:
            await self._agents.sign_out(name)
        while self._agents.free() or any(one != "signed_out" for one in self._agents.presence().values()):
            await asyncio.sleep(0.05)

    async def run(self, seconds: float, width: int) -> int:
        """Calls that were bridged and ended within `seconds`, `width` at a time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        done = 0

        async def keep(agent: str) -> None:
            nonlocal done
            while loop.time() < until:
                result = await self._supervisor.place(request_for(*next(self._people), agent))
                outcome = result.end.outcome.value if result.end else "none"
                self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
                done += outcome == "conversed"

        await asyncio.gather(*(keep(name) for name in self._names[:width]))
        return done
