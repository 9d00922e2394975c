"""What both sides of the call benchmark share: one Asterisk, SIPp as people and as agents, one short sound."""

from __future__ import annotations

import hashlib
import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dialer.ari.connection import AriConnection
from dialer.ari.pbx import Endpoints
from dialer.lab import asterisk_packages
from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.sipp import SippPhone

APP = "dialer-bench"
TRUNK = "telecom"
SOUND_MS = 200
RATE_HZ = 8000
LONGEST_S = 600


@dataclass(frozen=True, slots=True)
class Stage:
    """A running lab: its link, how its endpoints are named, the sound that is played, the agents' names."""

    asterisk: AriConnection
    endpoints: Endpoints
    sound: str
    agents: tuple[str, ...]


@asynccontextmanager
async def staged(run_dir: Path, agents: int) -> AsyncIterator[Stage]:
    """Start everything on loopback and end it again."""
    sounds = run_dir / "sounds"
    sounds.mkdir(parents=True)
    sound = write_tone(sounds, SOUND_MS)
    people = SippPhone("answers", "any", run_dir, calls=1_000_000, timeout_s=LONGEST_S, echo=False)
    desks = SippPhone("answers", "any", run_dir, calls=1_000_000, timeout_s=LONGEST_S, echo=False)
    names = tuple(f"{1000 + number}" for number in range(agents))
    try:
        await people.start()
        await desks.start()
        lab = LabAsterisk(
            run_dir / "asterisk",
            app=APP,
            trunks=[Trunk(TRUNK, *people.address)],
            agents=[AgentPhone(name, host=desks.address[0], port=desks.address[1]) for name in names],
            sounds_dir=sounds,
            root=asterisk_packages.obtain(),
        )
        async with lab, AriConnection(lab.ari_url, "dialer", lab.users["dialer"], APP) as link:
            await link.wait_connected(10)
            endpoints = Endpoints(
                "PJSIP/{number}@trunk-{trunk}", "PJSIP/agent-{agent}", sounds, Path(lab.recordings_dir)
            )
            yield Stage(link, endpoints, sound, names)
    finally:
        await people.stop()
        await desks.stop()


def write_tone(folder: Path, duration_ms: int) -> str:
    """A tone as 8 kHz mono 16-bit WAV, named by its SHA-256, which is returned."""
    raw = folder / "tone.wav"
    samples = (
        int(6000 * math.sin(2 * math.pi * 440 * at / RATE_HZ)) for at in range(RATE_HZ * duration_ms // 1000)
    )
    with wave.open(str(raw), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    digest = hashlib.sha256(raw.read_bytes()).hexdigest()
    raw.rename(folder / f"{digest}.wav")
    return digest
