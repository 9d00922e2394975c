"""The watchdog beside a real Asterisk: a lawful call passes, a rogue one is cancelled while it rings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from placing import AGENTS, TRUNK_FORM, Lab, lab_of
from scripted_record import CALLER_ID, TRUNK

from dialer.ari.connection import AriConnection
from dialer.ari.events import StasisStart
from dialer.ari.watched import WatchedAsterisk, trunk_names
from dialer.core.admission import Admission, Permitted, Request
from dialer.core.permit import TokenRefused, Wire, sign
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour
from dialer.watchdog import Judged, watch

Factory = Callable[..., LabAsterisk]
PERSON, OTHER = "13800000001", "13800000002"
KEY_ID, KEY = "k1", b"a key of thirty-two bytes length"
PEOPLE = {PERSON: RINGS, OTHER: Behaviour(tone_hz=500, hang_up_after_s=2.0)}


@dataclass(slots=True)
class Watching:
    """A lab under watch, a rogue application, and what was judged."""

    lab: Lab
    rogue: AriConnection
    judged: list[Judged] = field(default_factory=list)

    async def dial(self, token: str, caller_id: str = CALLER_ID, channel: str = "") -> str:
        """Create and dial past the gate."""
        channel = channel or str(uuid4())
        variables = {"CONNECTEDLINE(num)": caller_id}
        if token:
            variables |= {"PJSIP_HEADER(add,X-Dialer-Permit)": token, "DIALER_PERMIT": token}
        endpoint = TRUNK_FORM.format(number=PERSON, trunk=TRUNK)
        with self.rogue.events_of(channel) as events:
            await self.rogue.channels.create(
                endpoint, "rogue", "out", channel_id=channel, variables=variables
            )
            while not isinstance(await events.next(), StasisStart):
                pass
        await self.rogue.channels.dial(channel, 20)
        return channel


async def _told(found: Watching) -> None:
    """The phone may hear of its end before the watchdog has told of it."""
    async with asyncio.timeout(5.0):
        while not found.judged:
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _watching(start: Factory, folder: Path) -> AsyncIterator[Watching]:
    async with lab_of(start, folder, PEOPLE) as lab:
        url, users = lab.asterisk.ari_url, lab.asterisk.users
        async with (
            AriConnection(
                url, "dialer-watchdog", users["dialer-watchdog"], "watchdog", subscribe_all=True
            ) as ari,
            AriConnection(url, "dialer", users["dialer"], "rogue") as rogue,
        ):
            await ari.wait_connected(5)
            await rogue.wait_connected(5)
            found = Watching(lab, rogue)
            watched = WatchedAsterisk(ari, trunk_names(TRUNK_FORM))
            task = asyncio.create_task(
                watch(watched, {KEY_ID: KEY}, lambda: datetime.now(UTC), found.judged.append)
            )
            await asyncio.sleep(0.1)
            try:
                yield found
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


def _signed(channel: UUID, *, number: str = PERSON, caller_id: str = CALLER_ID, late_s: float = 0.0) -> str:
    before = datetime.now(UTC) + timedelta(seconds=2 - late_s)
    return sign(KEY_ID, KEY, channel, before, Wire(number, caller_id, TRUNK))


async def test_a_call_through_the_gate_passes(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A leg with its own signed permit lives on; the agent's leg is not even looked at."""
    async with _watching(lab_asterisk, tmp_path) as found:
        admit = found.lab.record.admit

        async def signing(request: Request) -> Admission:
            admission = await admit(request)
            assert isinstance(admission, Permitted)
            permit = admission.permit
            wire = Wire(permit.dialled, permit.caller_id, permit.trunk)
            signed = replace(permit, token=sign(KEY_ID, KEY, permit.id, permit.dial_before, wire))
            return replace(admission, permit=signed)

        found.lab.record.admit = signing  # type: ignore[method-assign]
        async with asyncio.timeout(12):
            result = await found.lab.start(OTHER, AGENTS[0])
        assert isinstance(result.admission, Permitted)
        await _told(found)
        assert found.judged == [Judged(str(result.admission.permit.id), result.admission.permit.id)]
        [seen] = found.lab.people.evidence(OTHER)
        assert seen.ended_by == "callee"


def _none(channel: UUID) -> tuple[str, str]:
    return "", CALLER_ID


def _other_number(channel: UUID) -> tuple[str, str]:
    return _signed(channel, number=OTHER), CALLER_ID


def _other_caller_id(channel: UUID) -> tuple[str, str]:
    return _signed(channel), "95009999"


def _expired(channel: UUID) -> tuple[str, str]:
    return _signed(channel, late_s=60), CALLER_ID


def _other_channel(channel: UUID) -> tuple[str, str]:
    return _signed(uuid4()), CALLER_ID


ROGUES = [
    (_none, "malformed"),
    (_other_number, "forged"),
    (_other_caller_id, "forged"),
    (_expired, "expired"),
    (_other_channel, "other_channel"),
]


@pytest.mark.parametrize(("made", "reason"), ROGUES, ids=[made.__name__.strip("_") for made, _ in ROGUES])
async def test_a_rogue_dial_is_cancelled(
    lab_asterisk: Factory,
    tmp_path: Path,
    made: Callable[[UUID], tuple[str, str]],
    reason: str,
) -> None:
    """Whatever reaches the trunk without a permit for just this call is cancelled before anybody could answer."""
    async with _watching(lab_asterisk, tmp_path) as found:
        channel = uuid4()
        token, caller_id = made(channel)
        await found.dial(token, caller_id, str(channel))
        seen = await found.lab.seen(PERSON, lambda seen: seen.ended_at)
        assert seen.cancelled
        assert seen.ended_at is not None
        rang_s = (seen.ended_at - seen.invited_at).total_seconds()
        assert rang_s < 0.5
        await _told(found)
        assert found.judged == [Judged(str(channel), TokenRefused(reason))]


async def test_many_rogues_at_once_buy_none_of_them_time(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Thirty legs without a permit at one time: each is cancelled as soon as one alone would be."""
    async with _watching(lab_asterisk, tmp_path) as found:
        await asyncio.gather(*(found.dial("") for _ in range(30)))
        async with asyncio.timeout(5):
            while len(ended := [one for one in found.lab.people.evidence(PERSON) if one.ended_at]) < 30:
                await asyncio.sleep(0.05)
        rang_s = [(one.ended_at - one.invited_at).total_seconds() for one in ended if one.ended_at]
        assert all(one.cancelled for one in ended)
        assert max(rang_s) < 1.5


async def test_a_token_of_no_ascii_ends_the_call_and_not_the_watchdog(
    lab_asterisk: Factory, tmp_path: Path
) -> None:
    """A rogue writes what it likes where a token stands; the next rogue is ended as well."""
    async with _watching(lab_asterisk, tmp_path) as found:
        for token in (f"v1.{KEY_ID}.x.1.é", ""):
            channel = await found.dial(token)
            async with asyncio.timeout(5):
                while not any(one.channel == channel for one in found.judged):
                    await asyncio.sleep(0.05)
        assert [one.found for one in found.judged] == [TokenRefused("malformed")] * 2


async def test_an_originate_is_cancelled_too(lab_asterisk: Factory, tmp_path: Path) -> None:
    """ARI's other way to dial ends the same."""
    async with _watching(lab_asterisk, tmp_path) as found:
        endpoint = TRUNK_FORM.format(number=PERSON, trunk=TRUNK)
        path = f"/channels?endpoint={endpoint}&app=rogue&callerId={CALLER_ID}&timeout=20"
        await found.rogue._call("channels.originate", "POST", path)
        assert (await found.lab.seen(PERSON, lambda seen: seen.ended_at)).cancelled
        await _told(found)
        assert [one.found for one in found.judged] == [TokenRefused("malformed")]


async def test_who_calls_in_is_no_rogue(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A leg that comes in by the trunk, answered by us, is not looked at: it shows no permit and needs none."""
    async with _watching(lab_asterisk, tmp_path) as found:
        people, ari = found.lab.people, found.lab.now.ari
        with ari.strangers() as arriving:
            to = ("127.0.0.1", found.lab.asterisk.sip_port)
            call = asyncio.create_task(people.dial(to, PERSON, CALLER_ID, Behaviour(hang_up_after_s=1.0)))
            while not isinstance(event := await arriving.next(), StasisStart):
                pass
            await ari.channels.answer(event.channel.id)
            await call
        seen = await people.wait_for(PERSON, lambda one: one.ended_at)
        assert (seen.ended_by, found.judged) == ("callee", [])
