"""Simulated phones and the carrier exchange against a real Asterisk: what the callee saw is what happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from ari_caller import AGENT, CALLER_ID, PASSWORD, PERMIT, PERSON, Ari

from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import BUSY, REJECTS, RINGS, SILENT, UNAVAILABLE, Behaviour, Press
from dialer.lab.evidence import read_evidence
from dialer.lab.exchange import Exchange
from dialer.lab.peer import Peer
from dialer.lab.tones import heard_s


async def test_bridge_is_heard_both_ways_and_keys_arrive(
    asterisk: LabAsterisk, ari: Ari, peer: Peer, exchange: Exchange, tmp_path: Path
) -> None:
    """Agent and person hear each other, Asterisk hears both their keys, the INVITE said who called."""
    peer.behaviours[PERSON] = Behaviour(tone_hz=620, presses=(Press(0.6, "9"),))
    peer.behaviours[f"agent-{AGENT}"] = Behaviour(tone_hz=440)
    await peer.register(("127.0.0.1", asterisk.sip_port), f"agent-{AGENT}", PASSWORD)

    agent = await ari.dial(f"PJSIP/agent-{AGENT}")
    person = await ari.call()
    await ari.seen("ChannelStateChange", agent, state="Up")
    await ari.seen("ChannelStateChange", person, state="Up")
    await ari.bridge(agent, person)
    await ari.seen("ChannelDtmfReceived", person, digit="9")
    peer.press(f"agent-{AGENT}", "5")
    await ari.seen("ChannelDtmfReceived", agent, digit="5")
    await peer.wait_for(PERSON, lambda call: heard_s(call.tones_heard_s, 440) >= 0.5)
    await peer.wait_for(f"agent-{AGENT}", lambda call: heard_s(call.tones_heard_s, 620) >= 0.5)
    peer.hang_up(PERSON)
    await ari.seen("ChannelDestroyed", person, cause="16")
    await ari.hang_up(agent)

    call = await peer.wait_for(PERSON, lambda call: call.ended_at)
    assert call.sound_heard_s >= heard_s(call.tones_heard_s, 440)
    assert (call.ended_by, call.keys_pressed, call.keys_heard) == ("callee", ["9"], ["5"])
    assert (call.from_user, call.pai_user, call.permit) == (CALLER_ID, CALLER_ID, PERMIT)
    assert (await peer.wait_for(f"agent-{AGENT}", lambda call: call.ended_at)).ended_by == "caller"
    [seen] = exchange.evidence(PERSON)
    assert (seen.call_id, seen.from_user, seen.pai_user) == (call.call_id, CALLER_ID, CALLER_ID)
    assert (seen.permit, seen.retransmissions, seen.final_status) == (PERMIT, 0, 200)
    assert read_evidence(tmp_path / "evidence.jsonl", PERSON) == [seen]


@pytest.mark.parametrize(
    ("behaviour", "status", "cause"), [(BUSY, 486, "17"), (REJECTS, 603, "21"), (UNAVAILABLE, 503, "34")]
)
async def test_refusals_reach_asterisk(
    ari: Ari, peer: Peer, exchange: Exchange, behaviour: Behaviour, status: int, cause: str
) -> None:
    """A busy, rejecting or unavailable phone ends the channel with the cause of its own answer."""
    peer.behaviours[PERSON] = behaviour
    channel = await ari.call()
    await ari.seen("ChannelDestroyed", channel, cause=cause)
    [call] = peer.evidence(PERSON)
    assert (call.status, call.ended_by, call.answered_at) == (status, "callee", None)
    [seen] = exchange.evidence(PERSON)
    assert seen.final_status == status


@pytest.mark.parametrize(("behaviour", "provisional"), [(RINGS, 180), (SILENT, 0)])
async def test_cancel_follows_its_invite(
    ari: Ari, peer: Peer, exchange: Exchange, behaviour: Behaviour, provisional: int
) -> None:
    """Hanging up before the answer cancels the call at the phone, once, answered with 487."""
    peer.behaviours[PERSON] = behaviour
    channel = await ari.call()
    await peer.wait_for(PERSON, lambda call: True)
    if provisional:
        await ari.seen("ChannelStateChange", channel, state="Ringing")
    await ari.hang_up(channel)
    call = await peer.wait_for(PERSON, lambda call: call.status == 487)
    assert (call.cancelled, call.ended_by, call.answered_at) == (True, "caller", None)
    [seen] = exchange.evidence(PERSON)
    assert seen.cancelled_at is not None
    assert (seen.provisional_status, seen.final_status) == (provisional, 487)


async def test_early_media_comes_before_the_answer(ari: Ari, peer: Peer, exchange: Exchange) -> None:
    """A phone with early media progresses with 183 and is Up only after its delay."""
    peer.behaviours[PERSON] = Behaviour(early_media=True, delay_s=0.3, tone_hz=620)
    channel = await ari.call()
    await ari.seen("ChannelStateChange", channel, state="Up")
    [seen], [call] = exchange.evidence(PERSON), peer.evidence(PERSON)
    assert (seen.provisional_status, seen.final_status) == (183, 200)
    assert call.answered_at is not None
    assert (call.answered_at - call.invited_at).total_seconds() >= 0.3
    await ari.hang_up(channel)


async def test_unknown_number_is_unallocated(ari: Ari, peer: Peer, exchange: Exchange) -> None:
    """A number that no phone serves gets 404 from the exchange, which keeps the INVITE as evidence."""
    channel = await ari.call("13900000009")
    await ari.seen("ChannelDestroyed", channel, cause="1")
    [seen] = exchange.evidence("13900000009")
    assert seen.final_status == 404
    assert peer.evidence() == []


async def test_many_calls_on_one_port(ari: Ari, peer: Peer, exchange: Exchange) -> None:
    """Twenty calls at once on one SIP port keep their evidence apart, each with its own key."""
    numbers = [f"137000000{n:02d}" for n in range(20)]
    for at, number in enumerate(numbers):
        peer.behaviours[number] = Behaviour(presses=(Press(0.3, str(at % 10)),), hang_up_after_s=0.8)
        exchange.route(number, ("127.0.0.1", peer.port))
    channels = await asyncio.gather(*(ari.call(number) for number in numbers))
    for at, channel in enumerate(channels):
        await ari.seen("ChannelDtmfReceived", channel, digit=str(at % 10))
        await ari.seen("ChannelDestroyed", channel)
    assert [(c.keys_pressed, c.ended_by) for n in numbers for c in peer.evidence(n)] == [
        ([str(at % 10)], "callee") for at in range(20)
    ]
    assert all(len(exchange.evidence(number)) == 1 for number in numbers)
