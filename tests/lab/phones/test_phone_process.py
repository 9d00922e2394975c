"""pyVoIP phones in processes of their own against a real Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest
from ari_caller import AGENT, CALLER_ID, PASSWORD, PERMIT, PERSON, Ari

from dialer.lab.asterisk import LabAsterisk
from dialer.lab.child import ChildFailed, read_lines
from dialer.lab.exchange import Exchange
from dialer.lab.phone_process import PhoneConfig, PhoneProcess, calls_of
from dialer.lab.tones import heard_s


async def test_person_and_agent_hear_each_other_and_press_keys(
    asterisk: LabAsterisk, ari: Ari, exchange: Exchange, tmp_path: Path
) -> None:
    """A pyVoIP person behind the exchange and a pyVoIP agent at Asterisk talk, press keys and hang up."""
    trunk, pbx = f"127.0.0.1:{exchange.port}", f"127.0.0.1:{asterisk.sip_port}"
    person = PhoneProcess(PhoneConfig(PERSON, trunk, tone_hz=620, presses=((0.8, "9"),)), tmp_path)
    agent = PhoneProcess(PhoneConfig(f"agent-{AGENT}", pbx, PASSWORD, tone_hz=440), tmp_path)
    try:
        await person.start()
        await agent.start()
        agent_leg = await ari.dial(f"PJSIP/agent-{AGENT}")
        person_leg = await ari.call()
        await ari.seen("ChannelStateChange", agent_leg, state="Up")
        await ari.seen("ChannelStateChange", person_leg, state="Up")
        await ari.bridge(agent_leg, person_leg)
        await ari.seen("ChannelDtmfReceived", person_leg, digit="9")
        await agent.press("5")
        await ari.seen("ChannelDtmfReceived", agent_leg, digit="5")
        await person.child.wait_for("key", key="5")
        await person.hangup()
        await ari.seen("ChannelDestroyed", person_leg, cause="16")
        await ari.hang_up(agent_leg)
        await agent.child.wait_for("ended", by="caller")
    finally:
        await person.stop()
        await agent.stop()

    [call], [agent_call] = person.evidence(), agent.evidence()
    assert (call.from_user, call.pai_user, call.permit) == (CALLER_ID, CALLER_ID, PERMIT)
    assert (call.keys_pressed, call.keys_heard, call.ended_by) == (["9"], ["5"], "callee")
    assert heard_s(call.tones_heard_s, 440) >= 0.3
    assert heard_s(agent_call.tones_heard_s, 620) >= 0.3
    [seen] = exchange.evidence(PERSON)
    assert (seen.call_id, seen.retransmissions, seen.final_status) == (call.call_id, 0, 200)


async def test_cancelled_ring_is_kept_in_the_evidence_file(
    ari: Ari, exchange: Exchange, tmp_path: Path
) -> None:
    """A pyVoIP phone that rings answers CANCEL with 487 and its evidence file says so."""
    evidence = tmp_path / "person.jsonl"
    config = PhoneConfig(PERSON, f"127.0.0.1:{exchange.port}", answer_after_s=None, evidence=str(evidence))
    person = PhoneProcess(config, tmp_path)
    try:
        await person.start()
        channel = await ari.call()
        await person.child.wait_for("invite")
        await ari.seen("ChannelStateChange", channel, state="Ringing")
        await ari.hang_up(channel)
        await person.child.wait_for("ended", cancelled=True)
    finally:
        await person.stop()
    [call] = calls_of(read_lines(evidence))
    assert (call.status, call.cancelled, call.answered_at) == (487, True, None)
    [seen] = exchange.evidence(PERSON)
    assert seen.final_status == 487


async def test_wrong_password_is_said(asterisk: LabAsterisk, tmp_path: Path) -> None:
    """A phone that Asterisk refuses to register never says ready."""
    config = PhoneConfig(f"agent-{AGENT}", f"127.0.0.1:{asterisk.sip_port}", "wrong")
    phone = PhoneProcess(config, tmp_path)
    with pytest.raises(ChildFailed, match="did not say `ready`"):
        await phone.start()
    await phone.stop()
