"""Every refusal counts, also of who hangs up while he presses: calls whose hangup comes 0 to 50 ms after the key's end.

A phone that hangs up at once behind the first packet of the key's end races it inside Asterisk: about one key in a
thousand is then never told to us (`untold`). `lost` is what was told and is not in the record.

With a full disk the record takes nothing while keys are pressed; the journal does, and the record has them afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from dialer.agents import AgentDesk
from dialer.ari.connection import AriConnection
from dialer.ari.events import ChannelDtmfReceived
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.core.cause import Outcome
from dialer.core.phone import Line
from dialer.lab import asterisk_packages
from dialer.lab.asterisk import LabAsterisk, Trunk
from dialer.lab.behaviour import Behaviour
from dialer.lab.bench.records import enrol, open_hours_clock, open_record, request_for
from dialer.lab.bench.stage import APP, TRUNK, write_tone
from dialer.lab.peer import Call, Peer
from dialer.lab.sip import Address, Message
from dialer.numbers import wire_number
from dialer.ports.calls import Timing
from dialer.record.given import Enrolled
from dialer.record.journal import SLOT_BYTES, Journal
from dialer.record.store import RecordStore
from dialer.record.tables import preferences
from dialer.supervise import Supervisor

# The hangup comes so long after the first packet that says the key was let go: the others repeat it.
HANGUP_FROM_MS, HANGUP_TO_MS = 0, 50
SOUND_MS = 4000
HOLD_MS = 60
ANSWERS_AFTER_S = 0.02
ANSWER_WITHIN_S = 10.0
RECORDED_WITHIN_S = 20.0
SETTLED_S = 0.3
KEY = "9"


class HangsUpAfterKey(Peer):
    """Answers; a key pressed here is followed by a hangup, from call to call a little later."""

    def __init__(self) -> None:
        super().__init__(default=Behaviour(delay_s=ANSWERS_AFTER_S))
        self.sent = 0
        self.after_ms: dict[str, int] = {}

    def _invited(self, invite: Message, source: Address) -> None:
        super()._invited(invite, source)
        call = self._calls[invite.call_id]
        if call.media is not None:
            call.media.on_key_pressed = lambda _key: self._let_go(call)

    def _let_go(self, call: Call) -> None:
        call.seen.keys_pressed.append(KEY)
        after_ms = HANGUP_FROM_MS + self.sent % (HANGUP_TO_MS - HANGUP_FROM_MS + 1)
        self.sent += 1
        self.after_ms[call.seen.number] = after_ms
        asyncio.get_running_loop().call_later(after_ms / 1000, self._bye, call)


@dataclass(slots=True)
class _Counted:
    outcomes: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    journalled: int = 0
    told: int = 0
    untold_after_ms: list[int] = field(default_factory=list)


@contextmanager
def _quiet(level: int) -> Iterator[None]:
    """Say only what is as grave: each end that waits for the disk says so, and what is lost is counted."""
    ours = logging.getLogger("dialer")
    before = ours.level
    ours.setLevel(level)
    try:
        yield
    finally:
        ours.setLevel(before)


async def bench_hangup(folder: Path, calls: int, width: int, *, full_disk: bool) -> dict[str, Any]:
    """So many calls, `width` at a time: keys sent by the phones, and opt-outs that the record has at the end."""
    counted, journal = _Counted(), folder / "record" / "opt_out.journal"
    with _quiet(logging.CRITICAL if full_disk else logging.WARNING):
        async with _staged(folder) as (people, supervisor, store, link):
            listening = asyncio.create_task(_listen(link, counted))
            called = await enrol(store, calls)
            for start in range(0, calls, width):
                part = called[start : start + width]
                await _round(part, people, supervisor, journal, counted, full_disk=full_disk)
            recorded = await _until_recorded(store, people.sent)
            listening.cancel()
            await supervisor.drain(1.0)
    return {
        "bench": "hangup",
        "calls": calls,
        "hangup_after_key_ms": [HANGUP_FROM_MS, HANGUP_TO_MS],
        "full_disk": full_disk,
        "answered": counted.answered,
        "keys_sent": people.sent,
        "keys_told_by_asterisk": counted.told,
        "opt_outs_recorded": recorded,
        "through_the_journal": counted.journalled,
        "untold": people.sent - counted.told,
        "untold_after_ms": sorted(counted.untold_after_ms),
        "lost": counted.told - recorded,
        "outcomes": counted.outcomes,
    }


async def _round(
    part: Sequence[tuple[Enrolled, Line]],
    people: HangsUpAfterKey,
    supervisor: Supervisor,
    journal: Path,
    counted: _Counted,
    *,
    full_disk: bool,
) -> None:
    """Call these people; once all have answered, all press the key."""
    tasks = [supervisor.start(request_for(*one)) for one in part]
    numbers = [wire_number(line) for _, line in part]
    for number in numbers:
        await people.wait_for(number, lambda seen: seen.answered_at, ANSWER_WITHIN_S)
    await asyncio.sleep(SETTLED_S)
    with _full(len(part)) if full_disk else _roomy():
        for number in numbers:
            people.press(number, KEY, HOLD_MS)
        for number in numbers:
            await people.wait_for(number, lambda seen: seen.ended_at, ANSWER_WITHIN_S)
        await asyncio.sleep(SETTLED_S)
        counted.journalled += _waiting(journal)
    counted.answered += len(numbers)
    for number, result in zip(numbers, await asyncio.gather(*tasks), strict=True):
        outcome = result.end.outcome.value if result.end else "waits for the disk"
        if result.end is not None and result.end.outcome is Outcome.LEFT_EARLY:
            counted.untold_after_ms.append(people.after_ms[number])
        counted.outcomes[outcome] = counted.outcomes.get(outcome, 0) + 1


def _waiting(journal: Path) -> int:
    """How many opt-outs wait there for the record."""
    looked = Journal(journal)
    try:
        return len(looked.waiting())
    finally:
        looked.close()


async def _listen(link: AriConnection, counted: _Counted) -> None:
    """Count the keys that Asterisk tells of: what it never told, nobody could keep."""
    with link.events() as events:
        async for event in events:
            counted.told += isinstance(event, ChannelDtmfReceived) and event.digit == KEY


async def _until_recorded(store: RecordStore, wanted: int) -> int:
    """How many attempts have an opt-out by key in the record, once it has had its time."""
    of_attempt = func.json_extract(preferences.c.evidence, "$.attempt")
    asked = select(func.count(func.distinct(of_attempt))).where(
        preferences.c.kind == "opt_out", preferences.c.source == "key"
    )
    found = 0
    for _ in range(int(RECORDED_WITHIN_S / 0.1)):
        found = await store.read(lambda one: int(one.execute(asked).scalar_one()))
        if found >= wanted:
            break
        await asyncio.sleep(0.1)
    return found


@contextmanager
def _full(opt_outs: int) -> Iterator[None]:
    """A disk on which no file of this process grows; the journal's slots for these opt-outs are there already."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SLOT_BYTES * opt_outs, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _roomy() -> Iterator[None]:
    yield


@asynccontextmanager
async def _staged(
    folder: Path,
) -> AsyncIterator[tuple[HangsUpAfterKey, Supervisor, RecordStore, AriConnection]]:
    """One Asterisk, one phone for everybody, the real record, and whoever places the calls."""
    sounds, clock = folder / "sounds", open_hours_clock()
    sounds.mkdir(parents=True)
    sound = write_tone(sounds, SOUND_MS)
    people = HangsUpAfterKey()
    async with people:
        lab = LabAsterisk(
            folder / "asterisk",
            app=APP,
            trunks=[Trunk(TRUNK, "127.0.0.1", people.port)],
            agents=[],
            sounds_dir=sounds,
            root=asterisk_packages.obtain(),
        )
        async with lab, AriConnection(lab.ari_url, "dialer", lab.users["dialer"], APP) as link:
            await link.wait_connected(10)
            store = await open_record(folder / "record", clock, sounds, (sound, SOUND_MS))
            endpoints = Endpoints("PJSIP/{number}@trunk-{trunk}", "PJSIP/agent-{agent}", sounds)
            pbx, timing = AriPbx(link, endpoints, clock), Timing()
            supervisor = Supervisor(store.calls, pbx, AgentDesk(pbx, (), timing), clock, timing)
            supervisor.open()
            try:
                yield people, supervisor, store, link
            finally:
                store.close()
