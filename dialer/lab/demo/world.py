"""The world around the controller: Asterisk, the carrier's exchange, simulated people and agents."""

from __future__ import annotations

import asyncio
import secrets
import struct
import wave
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import ANSWERS, REJECTS, CallSeen
from dialer.lab.demo.fates import AGENT_TONE_HZ, AGENTS, DIALLERS, FATES, Fate, Phone
from dialer.lab.demo.site import APP
from dialer.lab.dialling import DiallingPeer
from dialer.lab.exchange_process import ExchangeProcess
from dialer.lab.phone_process import PhoneConfig, PhoneProcess
from dialer.lab.sipp import SippPhone
from dialer.lab.tones import ToneMeter, encode_sample

TRUNKS = ("telecom", "unicom")
# Both in calls and in seconds more than anybody will play with.
MANY, LONG_S = 10_000, 86_400.0


class World:
    """`async with World(run_dir) as world:`; everything it starts ends with it."""

    def __init__(self, run_dir: Path, asterisk_root: Path, fates: Sequence[Fate] = FATES) -> None:
        self.run_dir, self.fates = run_dir, fates
        self.peer = DiallingPeer(default=ANSWERS)
        self.diallers = {name: DiallingPeer(default=REJECTS) for name in DIALLERS}
        self.exchange = ExchangeProcess({}, run_dir)
        self.sipp = {
            fate.id: SippPhone(
                fate.phone.value.split()[1], fate.number, run_dir, calls=MANY, timeout_s=LONG_S
            )
            for fate in fates
            if fate.phone in (Phone.BUSY, Phone.RINGS, Phone.REJECTS)
        }
        self.people: dict[str, PhoneProcess] = {}
        self.agents: dict[str, PhoneProcess] = {}
        self._asterisk_root = asterisk_root
        self._asterisk: LabAsterisk | None = None
        self._open = AsyncExitStack()

    @property
    def asterisk(self) -> LabAsterisk:
        """The running Asterisk."""
        assert self._asterisk is not None
        return self._asterisk

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _start(self) -> None:
        for phone in (self.peer, *self.diallers.values()):
            await self._open.enter_async_context(phone)
        self._open.push_async_callback(self.exchange.stop)
        await self.exchange.start()
        self._open.push_async_callback(self._stop_phones)
        starting = asyncio.ensure_future(self._start_people())
        await asyncio.sleep(0.05)  # their processes are on their way while Asterisk, which blocks, starts
        passwords = {name: secrets.token_urlsafe(12) for name in AGENTS}
        self._asterisk = LabAsterisk(
            self.run_dir / "asterisk",
            app=APP,
            trunks=[Trunk(name, "127.0.0.1", self.exchange.port) for name in TRUNKS],
            agents=[
                *(AgentPhone(name, password) for name, password in passwords.items()),
                *(
                    AgentPhone(name, host=phone.host, port=phone.port)
                    for name, phone in self.diallers.items()
                ),
            ],
            root=self._asterisk_root,
        )
        self._open.callback(self._asterisk.stop)
        self._asterisk.start()
        await asyncio.gather(starting, self._start_agents(passwords))

    async def _start_people(self) -> None:
        exchange = f"127.0.0.1:{self.exchange.port}"
        for fate in self.fates:
            if fate.phone is Phone.INTERACTIVE:
                config = PhoneConfig(
                    fate.number, exchange, tone_hz=fate.tone_hz,
                    evidence=str(self.run_dir / f"phone-{fate.id}.jsonl"),
                )  # fmt: skip
                self.people[fate.id] = PhoneProcess(config, self.run_dir)
        await asyncio.gather(
            *(self._start_sipp(fate) for fate in self.fates if fate.id in self.sipp),
            *(
                self.exchange.route(fate.number, ("127.0.0.1", self.peer.port))
                for fate in self.fates
                if fate.phone is Phone.WOULD_ANSWER
            ),
            *(person.start() for person in self.people.values()),
        )

    async def _start_sipp(self, fate: Fate) -> None:
        await self.sipp[fate.id].start()
        await self.exchange.route(fate.number, self.sipp[fate.id].address)

    async def _start_agents(self, passwords: Mapping[str, str]) -> None:
        for name, password in passwords.items():
            config = PhoneConfig(
                f"agent-{name}", f"127.0.0.1:{self.asterisk.sip_port}", password, tone_hz=AGENT_TONE_HZ,
                evidence=str(self.run_dir / f"agent-{name}.jsonl"),
            )  # fmt: skip
            self.agents[name] = PhoneProcess(config, self.run_dir)
        await asyncio.gather(*(agent.start() for agent in self.agents.values()))

    async def _stop_phones(self) -> None:
        phones: list[PhoneProcess | SippPhone] = [
            *self.people.values(),
            *self.agents.values(),
            *self.sipp.values(),
        ]
        await asyncio.gather(*(phone.stop() for phone in phones), return_exceptions=True)

    def seen_by(self, fate: Fate) -> list[CallSeen]:
        """The calls of this person by the phone's own account, oldest first."""
        if fate.id in self.people:
            return self.people[fate.id].evidence()
        if fate.id in self.sipp:
            return self.sipp[fate.id].evidence()
        return self.peer.evidence(fate.number)


def sound_of(path: Path) -> float:
    """Seconds of an approved file (8 kHz, mono, 16 bit) that a phone's meter counts as sound."""
    meter = ToneMeter()
    with wave.open(str(path)) as file:
        samples = struct.iter_unpack("<h", file.readframes(file.getnframes()))
        meter.feed(bytes(encode_sample(sample) for (sample,) in samples))
    return meter.sound_s
