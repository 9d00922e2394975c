"""place_call on a real Asterisk: what the phone of the person called saw is what counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from placing import AGENTS, Lab, lab_of
from scripted_record import CALLER_ID

from dialer.core.admission import End, Left, Permitted
from dialer.core.call import Event, State
from dialer.core.cause import Outcome
from dialer.core.policy import Moment
from dialer.lab import asterisk_conf
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour, Press
from dialer.place_call import CallResult
from dialer.ports.calls import Revocation

Factory = Callable[..., LabAsterisk]
PERSON = "13800000001"
TONE = Behaviour(tone_hz=500)
# Opening of one second, and what a phone needs to notice.
WITHIN_S = 15.0


async def _result(call: asyncio.Task[CallResult]) -> CallResult:
    async with asyncio.timeout(WITHIN_S):
        return await call


def _events(lab: Lab) -> list[Event]:
    return lab.record.events[lab.attempt(PERSON)]


async def test_a_call_with_an_agent(lab_asterisk: Factory, tmp_path: Path) -> None:
    """One INVITE with the caller ID and permit; opening, then the agent's tone; no INVITE when they are joined."""
    person = Behaviour(tone_hz=500, hang_up_after_s=3.5)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.CONVERSED, 16, Left.YES)
        assert isinstance(result.admission, Permitted)
        [seen] = lab.people.evidence(PERSON)
        assert (seen.from_user, seen.pai_user) == (CALLER_ID, CALLER_ID)
        assert seen.permit == result.admission.permit.token
        # A re-INVITE or UPDATE would have carried the agent's identity.
        assert (seen.retransmissions, seen.renegotiations) == (0, 0)
        assert seen.tones_heard_s.get(900, 0) > 0.5
        [agent] = lab.phones.evidence("agent-1001")
        assert agent.tones_heard_s.get(500, 0) > 0.5
        assert agent.renegotiations == 0
        assert Event.AGENT_JOINED in _events(lab)
        assert lab.now.agents.free() == 1


async def test_a_leak_of_who_joined_would_be_seen(
    lab_asterisk: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `send_connected_line=yes` the join renegotiates: the count above is able to be more than none."""
    written = asterisk_conf.pjsip_conf

    def leaking(*given: Any) -> str:
        return written(*given).replace("send_connected_line = no", "send_connected_line = yes")

    monkeypatch.setattr(asterisk_conf, "pjsip_conf", leaking)
    person = Behaviour(tone_hz=500, hang_up_after_s=3.5)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        await _result(lab.start(PERSON, "1001"))
        [seen] = lab.people.evidence(PERSON)
        [agent] = lab.phones.evidence("agent-1001")
        assert seen.renegotiations + agent.renegotiations > 0


async def test_an_opt_out_key_in_the_announcement(lab_asterisk: Factory, tmp_path: Path) -> None:
    """The key ends the call at once; it is on record, and nobody was joined."""
    person = Behaviour(tone_hz=500, presses=(Press(0.3, "9"),))
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.OPTED_OUT, 16, Left.YES)
        assert lab.record.opt_outs == [lab.attempt(PERSON)]
        assert Event.AGENT_JOINED not in _events(lab)
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).ended_by == "caller"


async def test_an_opt_out_key_while_bridged(lab_asterisk: Factory, tmp_path: Path) -> None:
    """The key is heard in the bridge, too, and ends the call."""
    person = Behaviour(tone_hz=500, presses=(Press(2.5, "9"),))
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.OPTED_OUT, 16, Left.YES)
        assert lab.record.opt_outs == [lab.attempt(PERSON)]
        assert Event.AGENT_JOINED in _events(lab)


async def test_who_hangs_up_in_the_announcement_is_never_joined(
    lab_asterisk: Factory, tmp_path: Path
) -> None:
    """He left early, and the agent heard nothing of him."""
    person = Behaviour(tone_hz=500, hang_up_after_s=0.4)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.LEFT_EARLY, 16, Left.YES)
        assert Event.AGENT_JOINED not in _events(lab)
        [agent] = lab.phones.evidence("agent-1001")
        assert agent.tones_heard_s.get(500, 0) == 0


async def test_a_revocation_while_it_rings(lab_asterisk: Factory, tmp_path: Path) -> None:
    """An opt-out made elsewhere cancels the ring; nobody is joined."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: RINGS}) as lab:
        call = lab.start(PERSON, "1001")
        await lab.until(lambda: lab.state_of(PERSON) is State.RINGING)
        lab.record.revoke(Revocation("opt_out", "the person"))
        result = await _result(call)
        assert result.end is not None
        assert (result.end.outcome, result.end.left) == (Outcome.REVOKED, Left.YES)
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).cancelled


async def test_an_agent_who_drops_while_it_rings(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Without an agent nobody's phone goes on ringing."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: RINGS}) as lab:
        call = lab.start(PERSON, "1001")
        await lab.until(lambda: lab.state_of(PERSON) is State.RINGING)
        lab.phones.hang_up("agent-1001")
        result = await _result(call)
        assert result.end is not None
        assert (result.end.outcome, result.end.left) == (Outcome.AGENT_LOST, Left.YES)
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).cancelled
        assert lab.now.agents.presence() == dict.fromkeys(AGENTS, "signed_out")


async def test_a_denial_on_answer(lab_asterisk: Factory, tmp_path: Path) -> None:
    """What became unlawful while it rang ends with the closing sentence, and with no agent."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: TONE}) as lab:
        lab.record.denies = {Moment.ANSWERED}
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.DENIED_ON_ANSWER, 16, Left.YES)
        seen = await lab.seen(PERSON, lambda seen: seen.ended_at)
        # The closing sentence of half a second, and not the opening of a whole one.
        assert 0.3 < seen.tones_heard_s.get(700, 0) < 0.8
        assert Event.ANNOUNCEMENT_PLAYED not in _events(lab)


async def test_an_agent_who_speaks_the_opening(lab_asterisk: Factory, tmp_path: Path) -> None:
    """His key after he is joined is the tick; the recording is kept."""
    phones = {"agent-1001": Behaviour(tone_hz=900, presses=(Press(3.5, "1"),))}
    person = Behaviour(tone_hz=500, hang_up_after_s=5.5)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}, "agent_spoken", phones) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.CONVERSED, 16, Left.YES)
        assert _events(lab)[-2:] == [Event.AGENT_TICKED, Event.RECORDING_KEPT]


async def test_an_agent_who_never_ticks(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A key before he was joined is no tick: the duty fails and the call ends."""
    phones = {"agent-1001": Behaviour(tone_hz=900, presses=(Press(0.3, "1"),))}
    async with lab_of(lab_asterisk, tmp_path, {PERSON: TONE}, "agent_spoken", phones) as lab:
        result = await _result(lab.start(PERSON, "1001"))
        assert result.end == End(Outcome.DUTY_FAILED, 16, Left.YES)
        assert Event.AGENT_TICKED not in _events(lab)


async def test_a_link_cut_while_it_rings(lab_asterisk: Factory, tmp_path: Path) -> None:
    """The ring is cancelled over HTTP or by Asterisk's own deadline; it stays counted and is not repeated."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: RINGS}) as lab:
        call = lab.start(PERSON)
        await lab.until(lambda: lab.state_of(PERSON) is State.RINGING)
        lab.wire.cut()
        await _result(call)
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).cancelled
        attempt = lab.attempt(PERSON)
        assert attempt not in lab.record.reversals
        assert (attempt in lab.record.abandoned) ^ (attempt in lab.record.ends)
        assert len(lab.people.evidence(PERSON)) == 1


async def test_a_link_lost_for_good_while_it_rings(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Nobody can reach Asterisk: its own deadline ends the ring within `max_deaf_s`."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: RINGS}) as lab:
        call = lab.start(PERSON)
        await lab.until(lambda: lab.state_of(PERSON) is State.RINGING)
        lab.wire.open = False
        lab.wire.cut()
        assert (await _result(call)).end is None
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).cancelled
        assert lab.record.abandoned == {lab.attempt(PERSON)}


async def test_a_link_cut_while_they_talk(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Who talks goes on talking; the person's hangup after that is heard."""
    person = Behaviour(tone_hz=500, hang_up_after_s=6.0)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: person}) as lab:
        call = lab.start(PERSON, "1001")
        await lab.until(lambda: lab.state_of(PERSON) is State.BRIDGED)
        lab.wire.cut()
        result = await _result(call)
        assert result.end == End(Outcome.CONVERSED, 16, Left.YES)
        [seen] = lab.people.evidence(PERSON)
        assert seen.ended_by == "callee"
        assert seen.tones_heard_s.get(900, 0) > 3.0


async def test_asterisk_killed_while_it_rings(lab_asterisk: Factory, tmp_path: Path) -> None:
    """The phone rings on: the attempt stays live and counted, and no second ring comes of it."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: RINGS}) as lab:
        call = lab.start(PERSON)
        await lab.until(lambda: lab.state_of(PERSON) is State.RINGING)
        lab.asterisk.kill()
        assert (await _result(call)).end is None
        assert lab.record.abandoned == {lab.attempt(PERSON)}
        assert lab.state_of(PERSON) is State.RINGING
        [seen] = lab.people.evidence(PERSON)
        assert not seen.cancelled


async def test_draining_ends_a_call(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A controller that stops ends its calls, and their ends are on record."""
    async with lab_of(lab_asterisk, tmp_path, {PERSON: TONE}) as lab:
        lab.start(PERSON, "1001")
        await lab.until(lambda: lab.state_of(PERSON) is State.BRIDGED)
        await lab.now.supervisor.drain(0.1)
        assert lab.state_of(PERSON) is State.ENDED
        assert (await lab.seen(PERSON, lambda seen: seen.ended_at)).ended_by == "caller"


@pytest.mark.parametrize("status", [301, 302])
async def test_a_redirection_is_not_followed(lab_asterisk: Factory, tmp_path: Path, status: int) -> None:
    """A phone that says `elsewhere` is rung once, and elsewhere nothing rings."""
    moved = Behaviour(status=status, delay_s=0.1)
    async with lab_of(lab_asterisk, tmp_path, {PERSON: moved}) as lab:
        result = await _result(lab.start(PERSON))
        assert result.end is not None
        assert result.end.left is Left.YES
        assert len(lab.people.evidence()) == 1
        await asyncio.sleep(0.5)
        assert len(lab.people.evidence()) == 1
