"""Two Asterisks for one contract: a scripted one, and a real one with real phones."""

from __future__ import annotations

import hashlib
import math
import struct
import sys
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from dialer.ari.connection import AriConnection
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.clock import SystemClock
from dialer.core.admission import Announcement, Permit, Permitted
from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import BUSY, REJECTS, RINGS, Behaviour, Press
from dialer.lab.peer import Peer
from dialer.ports.calls import Agent, Leg, Pbx

sys.path.insert(0, str(Path(__file__).parents[1] / "path"))
from scripted_pbx import Person, ScriptedPbx, Shown
from scripted_record import TRUNK, ScriptedRecord, Terms, request
from stories import ScriptedAgent

APP = "contract"
ANSWERING, KEY, BUSY_NUMBER, REJECTING, SILENT = (f"1380000000{n}" for n in range(1, 6))
PEOPLE = {
    ANSWERING: Person(),
    KEY: Person(presses=((1.0, "9"),)),
    BUSY_NUMBER: Person(rings_after_s=None, cause=17),
    REJECTING: Person(answers_after_s=0.3, cause=21),
    SILENT: Person(answers_after_s=None),
}
PHONES = {
    ANSWERING: Behaviour(tone_hz=500, delay_s=0.3),
    KEY: Behaviour(tone_hz=500, presses=(Press(1.0, "9"),)),
    BUSY_NUMBER: BUSY,
    REJECTING: REJECTS,
    SILENT: RINGS,
}
AGENT = "1001"
SOUND_S = 1.0


def write_tone(folder: Path, seconds: float = SOUND_S) -> str:
    """A WAV of 700 Hz, named after its SHA-256, which is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / "draft.wav"
    with wave.open(str(draft), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        count = range(int(seconds * 8000))
        file.writeframes(
            b"".join(struct.pack("<h", int(8000 * math.sin(math.tau * 700 * i / 8000))) for i in count)
        )
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    draft.rename(folder / f"{digest}.wav")
    return digest


@dataclass(slots=True)
class PbxWorld:
    """A Pbx, an agent whose leg is up, the digest of an approved file, and what the phones saw."""

    pbx: Pbx
    agent: Callable[[], Agent]
    sound: str
    seen: Callable[[], list[Shown]]
    record: ScriptedRecord

    async def permit(self, number: str, dial_within_s: float = 2.0, trunk: str = TRUNK) -> Permit:
        """A permit as a record gives it, whose token is signed for nobody."""
        self.record.terms = replace(self.record.terms, numbers={"one": number}, dial_within_s=dial_within_s)
        admission = await self.record.admit(request("one"))
        assert isinstance(admission, Permitted)
        return replace(admission.permit, token=f"v1.k1.{uuid4().hex}", trunk=trunk)


def _record(sound: str) -> ScriptedRecord:
    return ScriptedRecord(SystemClock(), Terms(Announcement("recorded", sound, int(SOUND_S * 1000)), {}))


@asynccontextmanager
async def scripted_world() -> AsyncIterator[PbxWorld]:
    """Asterisk as tests/path scripts it."""
    sound = "a" * 64
    pbx = ScriptedPbx(SystemClock(), PEOPLE, {sound: SOUND_S})
    yield PbxWorld(pbx, lambda: ScriptedAgent(AGENT), sound, lambda: list(pbx.invites), _record(sound))


@dataclass(frozen=True, slots=True)
class RealAgent:
    """The port `Agent` on a leg that is up."""

    name: str
    leg: Leg

    @property
    def leg_id(self) -> str:
        return self.leg.id

    async def gone(self) -> None:
        raise NotImplementedError

    async def ticked(self) -> None:
        raise NotImplementedError

    async def says_wrong_person(self) -> None:
        raise NotImplementedError


@asynccontextmanager
async def real_world(folder: Path) -> AsyncIterator[PbxWorld]:
    """A real Asterisk, a trunk to simulated phones, and an agent's phone that has answered."""
    sound = write_tone(folder / "sounds")
    async with Peer(PHONES) as people, Peer({f"agent-{AGENT}": Behaviour(tone_hz=900)}) as agents:
        asterisk = LabAsterisk(
            folder / "asterisk",
            app=APP,
            trunks=[Trunk(TRUNK, "127.0.0.1", people.port)],
            agents=[AgentPhone(AGENT, host="127.0.0.1", port=agents.port)],
        )
        endpoints = Endpoints(
            "PJSIP/{number}@trunk-{trunk}",
            "PJSIP/agent-{agent}",
            folder / "sounds",
            Path(asterisk.recordings_dir),
        )
        async with (
            asterisk,
            AriConnection(asterisk.ari_url, "dialer", asterisk.users["dialer"], APP) as ari,
        ):
            await ari.wait_connected(5)
            pbx = AriPbx(ari, endpoints, SystemClock())
            leg = await pbx.call_agent(AGENT, 5)

            def seen() -> list[Shown]:
                return [Shown(one.number, one.from_user, one.permit) for one in people.evidence()]

            yield PbxWorld(pbx, lambda: RealAgent(AGENT, leg), sound, seen, _record(sound))
            await leg.hang_up()
