"""A case that is held while the phone rings, on a real Asterisk with the real record: what the phone saw counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
from placing import APP, PATIENCE_S, TIMING, TRUNK_FORM

from dialer.agents import AgentDesk
from dialer.ari.connection import AriConnection
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.clock import SystemClock
from dialer.core.admission import Denied, Left
from dialer.core.call import State
from dialer.core.cause import Outcome
from dialer.lab.asterisk import LabAsterisk, Trunk
from dialer.lab.behaviour import ANSWERS, RINGS, Behaviour, CallSeen
from dialer.lab.bench.records import BENCH, ENTERPRISE, line_of, open_hours_clock, open_record, request_for
from dialer.lab.bench.stage import write_tone
from dialer.lab.peer import Peer
from dialer.place_call import CallResult
from dialer.record.given import Enrolment
from dialer.record.store import RecordStore
from dialer.secrets import ensure
from dialer.supervise import Supervisor
from dialer.wiring.cases import RecordCases

Factory = Callable[..., LabAsterisk]
# The first line of the bench, as the trunk dials it.
PHONE = "13800000000"
DEBT = "CASE-1"
HEADER = "金融企业,案件编号,变更,原因\n"


@dataclass(frozen=True)
class Site:
    """The real record and gate before one person's phone."""

    store: RecordStore
    cases: RecordCases
    supervisor: Supervisor
    people: Peer
    sounds: Path

    async def call(self) -> asyncio.Task[CallResult]:
        """Ask for a call about the debt."""
        asked = [Enrolment("P-1", None, line_of(0), DEBT)]
        known = (await self.store.enrol(ENTERPRISE, asked, BENCH))[0]
        request = replace(request_for(known, line_of(0)), id=uuid4(), debt=known.debt)
        return self.supervisor.start(request)

    async def say(self, change: str, **more: str) -> None:
        """One change of the case, as the API takes it."""
        row = {"enterprise": ENTERPRISE, "debt": DEBT, "change": change, **more}
        await self.cases.change([row], BENCH)

    async def import_file(self, rows: str) -> None:
        """The same in a file, as the API takes it."""
        spool = self.cases.spool()
        spool.write_text(HEADER + rows)
        await self.cases.take(spool, "cases.csv", BENCH)

    async def rings(self) -> None:
        """Wait until the one live attempt rings."""
        live = "SELECT state FROM attempts WHERE live = 1"
        async with asyncio.timeout(PATIENCE_S):
            while await self.store.read(lambda one: one.exec_driver_sql(live).scalar()) != State.RINGING:
                await asyncio.sleep(0.02)

    async def seen(self, met: Callable[[CallSeen], object]) -> CallSeen:
        """What the phone saw, once it has seen that."""
        return await self.people.wait_for(PHONE, met, PATIENCE_S)


@asynccontextmanager
async def site_of(start: Factory, folder: Path, phones: Mapping[str, Behaviour]) -> AsyncIterator[Site]:
    """Register, policies and scripts of the sample; nobody but the record decides."""
    (folder / "sounds").mkdir()
    opening, clock = write_tone(folder / "sounds", 1000), open_hours_clock()
    store = await open_record(folder / "record", clock, folder / "sounds", (opening, 1000))
    keys = folder / "record" / "secrets"
    cases = RecordCases(store, ensure(keys), keys, clock, "Asia/Shanghai")
    async with Peer(phones) as people:
        asterisk = start(app=APP, trunks=[Trunk("telecom", "127.0.0.1", people.port)])
        ari = AriConnection(asterisk.ari_url, "dialer", asterisk.users["dialer"], APP)
        endpoints = Endpoints(
            TRUNK_FORM, "PJSIP/agent-{agent}", folder / "sounds", Path(asterisk.recordings_dir)
        )
        async with ari:
            await ari.wait_connected(5)
            pbx = AriPbx(ari, endpoints, SystemClock())
            agents = AgentDesk(pbx, (), TIMING, answer_s=1.0)
            supervisor = Supervisor(store.calls, pbx, agents, clock, TIMING)
            supervisor.open()
            try:
                yield Site(store, cases, supervisor, people, folder / "sounds")
            finally:
                await supervisor.drain(0.0)
                store.close()


async def _result(call: asyncio.Task[CallResult]) -> CallResult:
    async with asyncio.timeout(PATIENCE_S):
        return await call


@pytest.mark.parametrize("way", ["change", "file"])
async def test_a_case_held_while_the_phone_rings(lab_asterisk: Factory, tmp_path: Path, way: str) -> None:
    """The ring is cancelled, nobody was bridged; the next call leaves no INVITE; lifted, the phone rings again."""
    async with site_of(lab_asterisk, tmp_path, {PHONE: RINGS}) as site:
        await site.say("assigned")
        ringing = await site.call()
        await site.rings()
        if way == "change":
            await site.say("held", reason="住院")
        else:
            await site.import_file(f"{ENTERPRISE},{DEBT},停催,住院\n")
        result = await _result(ringing)
        assert result.end is not None
        assert (result.end.outcome, result.end.left) == (Outcome.REVOKED, Left.YES)
        first = await site.seen(lambda seen: seen.ended_at)
        assert (first.cancelled, first.answered_at) == (True, None)

        denied = (await _result(await site.call())).admission
        assert isinstance(denied, Denied)
        assert "case.on_hold" in {one.code for one in denied.decision.denials}
        assert len(site.people.evidence(PHONE)) == 1

        await site.say("lifted")
        again = await site.call()
        await site.rings()
        assert len(site.people.evidence(PHONE)) == 2
        await site.say("settled")
        assert (await _result(again)).end is not None


async def test_a_case_settled_while_they_talk(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Answered and being spoken to: the call ends, and the record says that it was revoked."""
    async with site_of(lab_asterisk, tmp_path, {PHONE: ANSWERS}) as site:
        talking = await site.call()
        await site.seen(lambda seen: seen.answered_at)
        await site.say("settled")
        result = await _result(talking)
        assert result.end is not None
        assert result.end.outcome is Outcome.REVOKED
        assert (await site.seen(lambda seen: seen.ended_at)).ended_by == "caller"


async def test_a_change_that_forbids_nothing_lets_it_ring(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A hold of another debt and the news that the debtor was told: the phone rings on and is answered."""
    slow = Behaviour(tone_hz=500, delay_s=1.5)
    async with site_of(lab_asterisk, tmp_path, {PHONE: slow}) as site:
        ringing = await site.call()
        await site.rings()
        await site.import_file(f"{ENTERPRISE},CASE-2,停催,住院\n")
        await site.say("told", how="sms")
        result = await _result(ringing)
        assert result.end is not None
        assert result.end.outcome is not Outcome.REVOKED
        assert (await site.seen(lambda seen: seen.ended_at)).answered_at is not None
