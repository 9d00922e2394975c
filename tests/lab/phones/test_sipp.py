"""SIPp phones against a real Asterisk: their own log agrees with the exchange."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from ari_caller import AGENT, CALLER_ID, PASSWORD, PERMIT, PERSON, Ari

from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import Behaviour
from dialer.lab.exchange import Exchange
from dialer.lab.peer import Peer
from dialer.lab.sipp import SippPhone
from dialer.lab.tones import heard_s


@pytest.mark.parametrize(("scenario", "status", "cause"), [("busy", 486, "17"), ("reject", 603, "21")])
async def test_refusals(
    ari: Ari, exchange: Exchange, tmp_path: Path, scenario: str, status: int, cause: str
) -> None:
    """A SIPp phone refuses with its scenario's status and logs who called."""
    phone = SippPhone(scenario, PERSON, tmp_path)
    await phone.start()
    exchange.route(PERSON, phone.address)
    channel = await ari.call()
    await ari.seen("ChannelDestroyed", channel, cause=cause)
    await logged(phone, status)
    await phone.stop()
    [call], [seen] = phone.evidence(), exchange.evidence(PERSON)
    assert (call.number, call.from_user, call.pai_user, call.permit) == (PERSON, CALLER_ID, CALLER_ID, PERMIT)
    assert (call.call_id, call.status, call.ended_by) == (seen.call_id, seen.final_status, "callee")


async def test_ring_until_cancelled(ari: Ari, exchange: Exchange, tmp_path: Path) -> None:
    """A SIPp phone rings until Asterisk gives up, then ends with 487."""
    phone = SippPhone("rings", PERSON, tmp_path)
    await phone.start()
    exchange.route(PERSON, phone.address)
    channel = await ari.call()
    await ari.seen("ChannelStateChange", channel, state="Ringing")
    await ari.hang_up(channel)
    await logged(phone, 487)
    await phone.stop()
    [call], [seen] = phone.evidence(), exchange.evidence(PERSON)
    assert (call.cancelled, call.ended_by, call.answered_at) == (True, "caller", None)
    assert (seen.final_status, seen.cancelled_at is not None) == (487, True)


async def test_answers_many_calls_at_once(ari: Ari, exchange: Exchange, tmp_path: Path) -> None:
    """One SIPp process answers ten concurrent calls and logs each of them to its end."""
    phone = SippPhone("answers", PERSON, tmp_path, calls=10)
    await phone.start()
    exchange.route(PERSON, phone.address)
    channels = await asyncio.gather(*(ari.call() for _ in range(10)))
    for channel in channels:
        await ari.seen("ChannelStateChange", channel, state="Up")
    await asyncio.gather(*(ari.hang_up(channel) for channel in channels))
    for channel in channels:
        await ari.seen("ChannelDestroyed", channel, cause="16")
    await logged(phone, 200, calls=10)
    await phone.stop()
    assert {c.call_id for c in phone.evidence()} == {s.call_id for s in exchange.evidence(PERSON)}
    assert {c.ended_by for c in phone.evidence()} == {"caller"}


async def test_the_echo_is_heard(
    asterisk: LabAsterisk, ari: Ari, peer: Peer, exchange: Exchange, tmp_path: Path
) -> None:
    """An agent bridged with an answering SIPp phone hears its own tone come back."""
    phone = SippPhone("answers", PERSON, tmp_path)
    await phone.start()
    exchange.route(PERSON, phone.address)
    peer.behaviours[f"agent-{AGENT}"] = Behaviour(tone_hz=440)
    await peer.register(("127.0.0.1", asterisk.sip_port), f"agent-{AGENT}", PASSWORD)
    legs = [await ari.dial(f"PJSIP/agent-{AGENT}"), await ari.call()]
    for leg in legs:
        await ari.seen("ChannelStateChange", leg, state="Up")
    await ari.bridge(*legs)
    await peer.wait_for(f"agent-{AGENT}", lambda call: heard_s(call.tones_heard_s, 440) >= 0.3)
    for leg in legs:
        await ari.hang_up(leg)
    await logged(phone, 200)
    await phone.stop()


async def logged(phone: SippPhone, status: int, *, calls: int = 1) -> None:
    """Until SIPp has written that many ended calls of that status."""
    async with asyncio.timeout(5):
        while sum(c.status == status and c.ended_at is not None for c in phone.evidence()) < calls:
            await asyncio.sleep(0.02)
