"""The ARI client against a real Asterisk and real SIP peers, over both transports."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from dialer.ari import events as types
from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriNotSent, AriRejected, AriUncertain
from dialer.ari.events import Event, LinkLost, LinkRestored
from dialer.ari.routing import Subscription
from dialer.ari.status import LinkState
from dialer.lab.asterisk import LabAsterisk, Trunk
from dialer.lab.behaviour import ANSWERS, BUSY, RINGS
from dialer.lab.peer import Peer

Factory = Callable[..., LabAsterisk]
BOTH = pytest.mark.parametrize("rest", ["auto", "http"])
PERSON, AGENT, CALLER_ID, PERMIT, APP = "13800000001", "801", "95001234", "v1.k1.abc", "ari-real"
PATIENCE_S = 8.0

_E = TypeVar("_E", bound=Event)


def _connection(asterisk: LabAsterisk, **options: Any) -> AriConnection:
    return AriConnection(asterisk.ari_url, "dialer", asterisk.users["dialer"], APP, **options)


def _trunk(peer: Peer) -> Trunk:
    return Trunk("main", "127.0.0.1", peer.port)


async def _until(events: Subscription, kind: type[_E], met: Callable[[_E], bool] = lambda _: True) -> _E:
    """Read on to the first event of this kind that meets the condition."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event = await events.next()
            if isinstance(event, kind) and met(event):
                return event


async def _stage(connection: AriConnection, events: Subscription, number: str, channel_id: str) -> None:
    variables = {"CONNECTEDLINE(num)": CALLER_ID, "PJSIP_HEADER(add,X-Dialer-Permit)": PERMIT}
    created = await connection.channels.create(
        f"PJSIP/{number}@trunk-main", APP, "outbound", channel_id=channel_id, variables=variables
    )
    assert (created.id, created.state) == (channel_id, "Down")
    start = await _until(events, types.StasisStart)
    assert start.args == ("outbound",)


async def _answered(connection: AriConnection, events: Subscription, number: str, channel_id: str) -> None:
    await _stage(connection, events, number, channel_id)
    await connection.channels.dial(channel_id, 20)
    await _until(events, types.ChannelStateChange, lambda e: e.channel.state == "Up")


@BOTH
async def test_a_call_from_create_to_hangup(lab_asterisk: Factory, rest: str) -> None:
    """Staged, read back, dialled, answered, played to, bridged, keys heard, recorded, hung up."""
    person, agent, bridge, playback, recording = (str(uuid4()) for _ in range(5))
    async with Peer({PERSON: ANSWERS, AGENT: ANSWERS}) as peer:
        asterisk = lab_asterisk(app=APP, trunks=[_trunk(peer)])
        async with _connection(asterisk, rest=rest) as ari:
            identity = await ari.wait_connected(5)
            assert identity.system_name == asterisk.system_name
            assert ari.rest_transport == ("websocket" if rest == "auto" else "http")
            with ari.events_of(person, bridge) as events, ari.events_of(agent) as of_agent:
                await _stage(ari, events, PERSON, person)
                assert await ari.channels.get_variable(person, "CONNECTEDLINE(num)") == CALLER_ID
                read = await ari.channels.get_variable(person, "PJSIP_HEADER(read,X-Dialer-Permit)")
                uri = await ari.channels.get_variable(person, "CHANNEL(pjsip,remote_uri)")
                assert (read, PERSON in uri) == (PERMIT, True)
                await ari.channels.set_variable(person, "TIMEOUT(absolute)", "30")

                await ari.channels.dial(person, 20)
                sent = await _until(events, types.Dial)
                assert (sent.peer.id, sent.dialstatus) == (person, "")
                await _until(events, types.ChannelStateChange, lambda e: e.channel.state == "Up")

                events.also(playback, recording)
                await ari.channels.play(person, "tone:busy;tonezone=cn", playback)
                await _until(events, types.PlaybackStarted)
                # Asterisk says so before the first frame, and until that one there is nothing it could stop.
                await asyncio.sleep(0.3)
                await ari.playbacks.stop(playback)
                finished = await _until(events, types.PlaybackFinished)
                assert finished.playback.target_uri == f"channel:{person}"

                await _answered(ari, of_agent, AGENT, agent)
                await ari.bridges.create("mixing,dtmf_events", bridge)
                await ari.bridges.add_channel(bridge, person, agent)
                await _until(events, types.ChannelEnteredBridge, lambda e: e.channel.id == agent)
                assert set((await ari.bridges.get(bridge)).channel_ids) == {person, agent}
                await ari.bridges.record(bridge, recording, "wav", max_duration_s=30)
                await _until(events, types.RecordingStarted)
                peer.press(PERSON, "9")
                key = await _until(events, types.ChannelDtmfReceived)
                assert (key.digit, key.channel.id) == ("9", person)
                assert key.duration_ms > 0
                await asyncio.sleep(0.3)
                await ari.recordings.stop(recording)
                assert (await _until(events, types.RecordingFinished)).recording.name == recording

                await ari.channels.hangup(person, reason="normal")
                destroyed = await _until(events, types.ChannelDestroyed)
                assert (destroyed.channel.id, destroyed.cause) == (person, 16)
                await ari.channels.hangup(agent)
                await ari.bridges.destroy(bridge)
                await _until(events, types.BridgeDestroyed)
            assert recording in [each.name for each in await ari.recordings.list_stored()]
            assert (await ari.recordings.file(recording)).startswith(b"RIFF")
            await ari.recordings.delete_stored(recording)
            with pytest.raises(AriRejected) as gone:
                await ari.recordings.get_stored(recording)
            assert gone.value.status == 404
            assert (await ari.channels.list(), await ari.bridges.list()) == ((), ())
            assert ari.malformed_frames == 0
        [seen] = peer.evidence(PERSON)
        assert (seen.from_user, seen.pai_user, seen.permit) == (CALLER_ID, CALLER_ID, PERMIT)


@pytest.mark.parametrize(("behaviour", "cause"), [(BUSY, 17), (RINGS, 19)], ids=["busy", "no answer"])
async def test_how_an_unanswered_call_ended(lab_asterisk: Factory, behaviour: Any, cause: int) -> None:
    """Busy and no answer are told by the cause of `ChannelDestroyed`."""
    channel = str(uuid4())
    async with (
        Peer({PERSON: behaviour}) as peer,
        _connection(lab_asterisk(app=APP, trunks=[_trunk(peer)])) as ari,
    ):
        await ari.wait_connected(5)
        with ari.events_of(channel) as events:
            await _stage(ari, events, PERSON, channel)
            await ari.channels.dial(channel, 1)
            assert (await _until(events, types.ChannelDestroyed)).cause == cause


@BOTH
async def test_asterisks_refusals(lab_asterisk: Factory, rest: str) -> None:
    """An unknown endpoint or channel, a used id, a second dial are refused with Asterisk's words."""
    channel = str(uuid4())
    async with Peer({PERSON: RINGS}) as peer:
        async with _connection(lab_asterisk(app=APP, trunks=[_trunk(peer)]), rest=rest) as ari:
            await ari.wait_connected(5)
            with pytest.raises(AriRejected) as failed:
                await ari.channels.create(f"PJSIP/{PERSON}@nobody", APP, channel_id=str(uuid4()))
            assert (failed.value.status, failed.value.asterisk_words) == (500, "Allocation failed")
            with pytest.raises(AriRejected) as failed:
                await ari.channels.dial(str(uuid4()), 5)
            assert (failed.value.status, failed.value.asterisk_words) == (404, "Channel not found")
            with ari.events_of(channel) as events:
                await _stage(ari, events, PERSON, channel)
                with pytest.raises(AriRejected) as failed:
                    await ari.channels.create(f"PJSIP/{PERSON}@trunk-main", APP, channel_id=channel)
                assert failed.value.status == 409
                await ari.channels.dial(channel, 20)
                await _until(events, types.Dial, lambda e: e.dialstatus == "RINGING")
                with pytest.raises(AriRejected) as failed:
                    await ari.channels.dial(channel, 20)
                assert failed.value.status == 409
        assert len(peer.evidence(PERSON)) == 1


async def test_an_old_channel_is_heard_after_a_reconnect(lab_asterisk: Factory) -> None:
    """A cut websocket leaves the call up; commands go by HTTP, later events come by the new link."""
    channel = str(uuid4())
    async with (
        Peer({PERSON: ANSWERS}) as peer,
        _connection(lab_asterisk(app=APP, trunks=[_trunk(peer)])) as ari,
    ):
        await ari.wait_connected(5)
        with ari.events_of(channel) as events:
            await _answered(ari, events, PERSON, channel)
            _cut(ari)
            await _until(events, LinkLost)
            assert (await ari.channels.get(channel)).state == "Up"
            restored = await _until(events, LinkRestored)
            assert (restored.generation, restored.restarted) == (2, False)
            assert channel in (await ari.applications.get(APP)).channel_ids
            peer.hang_up(PERSON)
            assert (await _until(events, types.ChannelDestroyed)).cause == 16


def _cut(ari: AriConnection) -> None:
    assert ari._link is not None
    connection = ari._link._socket._conn
    assert connection is not None
    assert connection.transport is not None
    connection.transport.abort()


async def test_a_restarted_asterisk_is_another_one(lab_asterisk: Factory) -> None:
    """After a restart the link comes back by itself and says that the old channels are gone."""
    asterisk = lab_asterisk(app=APP)
    async with _connection(asterisk) as ari:
        before = await ari.wait_connected(5)
        with ari.link_changes() as links:
            asterisk.kill()
            await _until(links, LinkLost)
            with pytest.raises(AriNotSent):
                await ari.channels.dial(str(uuid4()), 5)
            asterisk.restart()
            restored = await _until(links, LinkRestored)
        assert restored.restarted
        assert restored.identity.started_at > before.started_at
        assert restored.identity.system_name == asterisk.system_name


async def test_a_taken_over_application(lab_asterisk: Factory) -> None:
    """The former owner dials nothing and does not come back; the new one hears and keeps the calls."""
    channel = str(uuid4())
    async with Peer({PERSON: ANSWERS}) as peer:
        asterisk = lab_asterisk(app=APP, trunks=[_trunk(peer)])
        async with _connection(asterisk) as former, _connection(asterisk) as owner:
            former, owner = await _former_and_owner(former, owner)
            with pytest.raises(AriNotSent, match="nothing is dialled"):
                await former.channels.dial(channel, 5)
            with owner.events_of(channel) as events, owner.link_changes() as links:
                await _answered(owner, events, PERSON, channel)
                await former.close()
                await asyncio.sleep(0.3)
                peer.hang_up(PERSON)
                assert (await _until(events, types.ChannelDestroyed)).cause == 16
                assert (owner.connected, links.drain()) == (True, [])


async def _former_and_owner(*both: AriConnection) -> tuple[AriConnection, AriConnection]:
    """Whichever of the two was replaced, and the other."""
    async with asyncio.timeout(PATIENCE_S):
        while {each.state for each in both} != {LinkState.CONNECTED, LinkState.REPLACED}:
            await asyncio.sleep(0.02)
    former, owner = sorted(both, key=lambda each: each.connected)
    return former, owner


async def test_a_wrong_password(lab_asterisk: Factory) -> None:
    """A wrong password is Asterisk's 401, at once."""
    asterisk = lab_asterisk(app=APP)
    async with AriConnection(asterisk.ari_url, "dialer", "wrong", APP) as ari:
        with pytest.raises(AriRejected) as refused:
            await ari.wait_connected(5)
        assert (refused.value.status, ari.state) == (401, LinkState.REFUSED)


async def test_a_filter_leaves_commands_answered(lab_asterisk: Factory) -> None:
    """With only `StasisStart` let through, commands over the websocket are still answered."""
    channel = str(uuid4())
    async with (
        Peer({PERSON: ANSWERS}) as peer,
        _connection(lab_asterisk(app=APP, trunks=[_trunk(peer)])) as ari,
    ):
        await ari.wait_connected(5)
        await ari.applications.filter(APP, allowed=["StasisStart"])
        assert ari.rest_transport == "websocket"
        with ari.events() as events:
            await ari.channels.create(f"PJSIP/{PERSON}@trunk-main", APP, channel_id=channel)
            await _until(events, types.StasisStart)
            await ari.channels.hangup(channel)
            await asyncio.sleep(0.2)
            assert events.drain() == []
        await ari.applications.filter(APP)
        with ari.events_of(channel) as events:
            await ari.channels.create(f"PJSIP/{PERSON}@trunk-main", APP, channel_id=channel)
            await ari.channels.hangup(channel)
            await _until(events, types.ChannelDestroyed)


@BOTH
async def test_a_frozen_asterisk(lab_asterisk: Factory, rest: str) -> None:
    """Frozen: a dial is uncertain, the link soon lost, nothing more dialled; thawed: it recovers."""
    channel = str(uuid4())
    async with Peer({PERSON: RINGS}) as peer:
        asterisk = lab_asterisk(app=APP, trunks=[_trunk(peer)])
        async with _connection(asterisk, rest=rest, heartbeat_s=1.0, request_timeout_s=0.5) as ari:
            await ari.wait_connected(5)
            with ari.events_of(channel) as events:
                await _stage(ari, events, PERSON, channel)
                assert asterisk.pid is not None
                os.kill(asterisk.pid, signal.SIGSTOP)
                os.waitid(os.P_PID, asterisk.pid, os.WSTOPPED)
                try:
                    with pytest.raises(AriUncertain):
                        await ari.channels.dial(channel, 20)
                    async with asyncio.timeout(2.0):
                        await _until(events, LinkLost)
                    with pytest.raises(AriNotSent):
                        await ari.channels.dial(channel, 20)
                finally:
                    os.kill(asterisk.pid, signal.SIGCONT)
                restored = await _until(events, LinkRestored)
                assert not restored.restarted
                await peer.wait_for(PERSON, lambda call: True)
                await ari.channels.hangup(channel)
        assert len(peer.evidence(PERSON)) == 1
