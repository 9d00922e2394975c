"""A supervisor with its agents' desk on a real Asterisk, in front of simulated phones, with a record in memory."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from dialer.agents import AgentDesk
from dialer.ari.connection import AriConnection
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.clock import SystemClock
from dialer.core.admission import Announcement, Permit
from dialer.core.call import LIVE_STATES, State
from dialer.core.errors import Fault
from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import Behaviour, CallSeen
from dialer.lab.dialling import DiallingPeer
from dialer.lab.peer import Peer
from dialer.place_call import CallResult
from dialer.ports.calls import Record, Timing
from dialer.supervise import Supervisor

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("path", "contract")]
from pbx_worlds import write_tone  # noqa: E402
from scripted_record import TRUNK, ScriptedRecord, Terms, request  # noqa: E402

APP = "placing"
AGENTS = ("1001", "1002")
TIMING = Timing(max_deaf_s=6.0, renew_every_s=1.0, agent_spoken_within_s=3.0, max_call_s=20.0)
TRUNK_FORM = "PJSIP/{number}@trunk-{trunk}"
PATIENCE_S = 8.0


class Wire:
    """A TCP proxy before ARI, so that a link can be cut without asking either side."""

    def __init__(self, port: int) -> None:
        self._to, self._writers = port, set[asyncio.StreamWriter]()
        self.port, self.open = 0, True

    @asynccontextmanager
    async def strung(self) -> AsyncIterator[Wire]:
        """Listen on a free port until the end."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Break every connection at once."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError):
            if self.open:
                there, back = await asyncio.open_connection("127.0.0.1", self._to)
                self._writers.add(back)
                await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
        writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Found:
    """The port `LiveAttempt`."""

    permit: Permit
    state: State


class LabRecord(ScriptedRecord):
    """The same, with what reconciling asks."""

    async def recover(self) -> Sequence[Found]:
        """Every attempt without an end."""
        return [Found(self.permits[one], state) for one, state in self.states.items() if state in LIVE_STATES]

    async def sweep(self) -> int:
        """Nothing here lives long enough."""
        return 0


class Mortal:
    """The record as one controller reaches it: after its death nothing of it is written any more."""

    def __init__(self, record: LabRecord) -> None:
        self._record = record
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        reached = getattr(self._record, name)
        if not self.dead:
            return reached
        return _unreached if inspect.iscoroutinefunction(reached) else _unheard


async def _unreached(*_values: object, **_named: object) -> None:
    raise Fault("sound.record", "its controller is dead")


def _unheard(*_values: object) -> None:
    return None


@dataclass(slots=True)
class Controller:
    """One life of a controller."""

    record: Mortal
    ari: AriConnection
    pbx: AriPbx
    agents: AgentDesk
    supervisor: Supervisor

    async def drop(self) -> None:
        """Vanish as `kill -9` does: nothing is hung up, nothing written, only the link is gone."""
        self.record.dead = True
        await self.ari.close()


@dataclass(slots=True)
class Lab:
    """Asterisk, its phones, a record that outlives controllers, and who controls it now."""

    asterisk: LabAsterisk
    people: DiallingPeer
    phones: Peer
    record: LabRecord
    sounds: Path
    wire: Wire
    controllers: list[Controller] = field(default_factory=list)

    @property
    def now(self) -> Controller:
        """The newest controller."""
        return self.controllers[-1]

    async def controller(self) -> Controller:
        """A new one, connected and not yet reconciled."""
        url = f"http://127.0.0.1:{self.wire.port}"
        ari = AriConnection(url, "dialer", self.asterisk.users["dialer"], APP, heartbeat_s=1.0)
        ari.start()
        await ari.wait_connected(5)
        endpoints = Endpoints(
            TRUNK_FORM, "PJSIP/agent-{agent}", self.sounds, Path(self.asterisk.recordings_dir)
        )
        pbx = AriPbx(ari, endpoints, SystemClock())
        agents = AgentDesk(pbx, AGENTS, TIMING, answer_s=5.0)
        record = Mortal(self.record)
        supervisor = Supervisor(cast(Record, record), pbx, agents, SystemClock(), TIMING)
        self.controllers.append(Controller(record, ari, pbx, agents, supervisor))
        return self.now

    def start(self, number: str, agent: str | None = None) -> asyncio.Task[CallResult]:
        """Ask for a call to a number."""
        return self.now.supervisor.start(request(number, agent))

    async def seen(self, number: str, met: Callable[[CallSeen], object]) -> CallSeen:
        """What the phone of a number saw, once it has seen that."""
        return await self.people.wait_for(number, met, PATIENCE_S)

    async def until(self, met: Callable[[], object]) -> None:
        """Wait for something; TimeoutError where it does not come."""
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                await asyncio.sleep(0.02)

    def state_of(self, number: str) -> State | None:
        """Where the attempt on a number stands."""
        found = [one for one, permit in self.record.permits.items() if permit.dialled == number]
        return self.record.states[found[-1]] if found else None

    def attempt(self, number: str) -> UUID:
        """The one attempt on a number."""
        [found] = [one for one, permit in self.record.permits.items() if permit.dialled == number]
        return found


@asynccontextmanager
async def lab_of(
    start: Callable[..., LabAsterisk],
    folder: Path,
    people: Mapping[str, Behaviour],
    mode: str = "recorded",
    phones: Mapping[str, Behaviour] | None = None,
) -> AsyncIterator[Lab]:
    """A lab with one open controller; the opening lasts one second, the closing half of one."""
    opening, closing = write_tone(folder / "sounds", 1.0), write_tone(folder / "sounds", 0.5)
    announcement = Announcement(mode, opening, 1000, closing, 500)
    record = LabRecord(SystemClock(), Terms(announcement, {number: number for number in people}, 2.0, 6.0))
    agents = phones or {f"agent-{name}": Behaviour(tone_hz=900) for name in AGENTS}
    persons = DiallingPeer(people)
    async with persons, Peer(agents) as desks:
        asterisk = start(
            app=APP,
            trunks=[Trunk(TRUNK, "127.0.0.1", persons.port)],
            agents=[AgentPhone(name, host="127.0.0.1", port=desks.port) for name in AGENTS],
        )
        wire = Wire(int(asterisk.ari_url.rpartition(":")[2]))
        async with wire.strung():
            lab = Lab(asterisk, persons, desks, record, folder / "sounds", wire)
            (await lab.controller()).supervisor.open()
            try:
                yield lab
            finally:
                for one in lab.controllers:
                    await one.supervisor.drain(0.0)
                    await one.agents.close()
                    await one.ari.close()
