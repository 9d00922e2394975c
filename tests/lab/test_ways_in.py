"""The two ways in on a real Asterisk: what the agent and the person hear, what rings, what is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from ways_kit import AGENT, CALLER_ID, OPERATOR, SAMPLE, Ways, ways_in

from dialer.campaigns.lists import ListedCampaign
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import Behaviour, Press
from dialer.prompt_files import load_prompts
from dialer.requests import CallRequest

Factory = Callable[..., LabAsterisk]
PERSON, STRANGER = "13800000001", "13800000002"
CAMPAIGN = "by-hand"


def _listed(**row: Any) -> ListedCampaign:
    plan = {
        "id": CAMPAIGN, "enterprise": "jiangsu-example", "purpose": "collection", "product": "credit",
        "script": "collection-recorded", "window_s": 3600, "at_most": 1,
    }  # fmt: skip
    item = {"row": 2, "person_id": "P001", "number": PERSON, "caller_id": CALLER_ID, **row}
    return ListedCampaign.model_validate({"plan": plan, "rows": [item]})


async def _assigned(ways: Ways, **row: Any) -> None:
    listed = _listed(**row)
    house = ways.controller.house
    items, rejected = await house.lists.take(listed)
    await house.campaigns.bring(listed.plan, items, rejected, OPERATOR)
    await house.agents.assign(AGENT, CAMPAIGN, OPERATOR)


async def _last_dial(ways: Ways) -> dict[str, Any]:
    async with asyncio.timeout(25):
        while True:
            [agent] = await ways.controller.house.agents.all()
            if agent["last_dial"] is not None:
                last: dict[str, Any] = agent["last_dial"]
                return last
            await asyncio.sleep(0.05)


async def _called(ways: Ways, behaviour: Behaviour) -> str:
    """A call to the person that ends by itself; its attempt."""
    ways.people.behaviours[PERSON] = behaviour
    call = {
        "idempotency_key": "first", "enterprise": "jiangsu-example", "purpose": "collection",
        "product": "credit", "person": {"id": "P001"}, "number": PERSON, "caller_id": CALLER_ID,
        "script": "collection-recorded",
    }  # fmt: skip
    gate = ways.controller.house.gate
    told, _ = await gate.place(CallRequest.model_validate(call), OPERATOR, "end")
    return str(told["attempt"])


async def _effect(ways: Ways, key: str) -> tuple[str, set[str]]:
    """What would be decided for that person now, and the codes that deny."""
    call = {
        "idempotency_key": key, "enterprise": "jiangsu-example", "purpose": "collection",
        "product": "credit", "person": {"id": "P001"}, "number": PERSON, "caller_id": CALLER_ID,
        "script": "collection-recorded",
    }  # fmt: skip
    decision, _ = await ways.controller.house.gate.decide(CallRequest.model_validate(call), None, OPERATOR)
    return decision["effect"], {one["code"] for one in decision["findings"] if one["effect"] == "deny"}


async def test_an_agent_dials_by_hand_and_talks(lab_asterisk: Factory, tmp_path: Path) -> None:
    """His phone dials, the gate permits: the person hears the opening, then both hear each other; once counted."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        await _assigned(ways)
        ways.people.behaviours[PERSON] = Behaviour(tone_hz=500, hang_up_after_s=8.0)
        await ways.agents.dial(ways.sip, AGENT, PERSON, Behaviour(tone_hz=900))
        person = await ways.people.wait_for(PERSON, lambda seen: seen.ended_at, 25)
        agent = await ways.ended(ways.agents, AGENT)
        assert person.tones_heard_s.get(900, 0) > 0.5
        assert agent.tones_heard_s.get(500, 0) > 0.5
        last = await _last_dial(ways)
        assert (last["effect"], last["outcome"]) == ("permit", "conversed")
        assert len(ways.people.evidence(PERSON)) == 1
        [admitted] = await ways.entries("admitted")
        assert f'"agent":"{AGENT}"' in admitted
        assert ways.controller.agents.presence() == {AGENT: "signed_out"}


async def test_an_agent_who_may_not_hears_why(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A denial is played to him with reason and next instant; nothing rings; it is shown and on record."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        # In Brazil it is eleven in the evening.
        await _assigned(ways, zone="America/Sao_Paulo")
        began = await ways.agents.dial(ways.sip, AGENT, PERSON, Behaviour())
        assert began.status == 200
        seen = await ways.agents.wait_for(AGENT, lambda call: call.ended_at, 25)
        last = await _last_dial(ways)
        prompts = load_prompts(SAMPLE / "prompts/prompts.yaml", tmp_path / "sounds")
        assert last["effect"] == "deny"
        assert "hours.shut" in last["codes"]
        assert last["spoken"][:3] == ["denied", "reason.hours", "next"]
        assert last["next_instant"] is not None
        heard_s = sum(prompts[name].duration_ms for name in last["spoken"]) / 1000
        assert seen.sound_heard_s > heard_s * 0.6
        assert seen.ended_by == "caller"
        assert ways.people.evidence(PERSON) == []
        assert len(await ways.entries("denied")) == 1


async def test_nobody_dials_strangers(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A number that is not on the agent's list, and an agent without one: no request, an entry, a reason."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        for expected in ("sound.no_assignment", "sound.not_assigned"):
            ways.agents.behaviours.clear()
            await ways.agents.dial(ways.sip, AGENT, STRANGER, Behaviour(hang_up_after_s=0.4))
            last = await _last_dial(ways)
            assert last["codes"] == [expected]
            await ways.until(lambda: not any(one.ended_at is None for one in ways.agents.evidence(AGENT)))
            refused = await ways.entries("dial_refused")
            assert expected in refused[-1]
            assert STRANGER not in "".join(refused)
            await _assigned(ways)
            ways.controller.house.agents._last.clear()  # type: ignore[attr-defined]
        assert ways.people.evidence(STRANGER) == []


async def test_who_calls_back_hears_who_had_called_and_refuses(lab_asterisk: Factory, tmp_path: Path) -> None:
    """By key 9 on the call-back line: heard who it was, opted out at once, evidence the inbound call."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        await _called(ways, Behaviour(hang_up_after_s=0.5))
        await ways.people.dial(
            ways.sip, PERSON, CALLER_ID, Behaviour(presses=(Press(1.5, "9"),), hang_up_after_s=4.0)
        )
        await ways.people.wait_for(PERSON, lambda seen: "9" in seen.keys_pressed and seen.ended_at, 20)
        await ways.until(lambda: not ways.controller.reception._here)
        stated = [one for one in await ways.entries("preference_stated") if '"source":"inbound"' in one]
        assert len(stated) == 1
        assert '"inbound":' in stated[0]
        effect, codes = await _effect(ways, "after")
        assert (effect, "preference.opted_out" in codes) == ("deny", True)
        [called] = await ways.entries("inbound_called")
        assert PERSON not in called
        assert "jiangsu-example" in called


async def test_who_was_not_called_hears_no_history(lab_asterisk: Factory, tmp_path: Path) -> None:
    """A withheld number, and one that was not called, are told who runs the line, and asked for no key."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        await _called(ways, Behaviour(hang_up_after_s=0.5))
        for caller in ("", STRANGER):
            await ways.people.dial(ways.sip, caller, CALLER_ID, Behaviour(presses=(Press(0.5, "9"),)))
            number = caller or "anonymous"
            seen = await ways.people.wait_for(number, lambda call: call.ended_at, 20)
            assert seen.ended_by == "caller"
        assert await ways.entries("preference_stated") == []
        assert ['"contacts":[]' in one for one in await ways.entries("inbound_called")] == [True, True]


async def test_hours_and_an_agent_on_the_call_back_line(lab_asterisk: Factory, tmp_path: Path) -> None:
    """Key 2 keeps the afternoons; key 0 joins an agent, recorded; the line works while everything is stopped."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        await _called(ways, Behaviour(hang_up_after_s=0.5))
        ways.agents.behaviours[f"agent-{AGENT}"] = Behaviour(tone_hz=900)
        await ways.controller.agents.sign_in(AGENT)
        await ways.controller.store.stop("all", "a trial", OPERATOR)
        presses = (Press(1.0, "2"), Press(2.5, "0"))
        await ways.people.dial(
            ways.sip, PERSON, CALLER_ID, Behaviour(tone_hz=500, presses=presses, hang_up_after_s=6.0)
        )
        seen = await ways.people.wait_for(
            PERSON, lambda call: call.tones_heard_s.get(900, 0) > 0.5 and call.ended_at, 20
        )
        assert seen.ended_by == "callee"
        await ways.until(lambda: not ways.controller.reception._here)
        assert len(await ways.entries("personal_hours_stated")) == 1
        assert len(await ways.entries("inbound_joined")) == 1
        assert len(await ways.entries("inbound_recording_kept")) == 1
        assert len(await ways.entries("inbound_ended")) == 1
        assert ways.controller.agents.presence() == {AGENT: "available"}


async def test_a_wrong_person_is_not_called_there_again(lab_asterisk: Factory, tmp_path: Path) -> None:
    """His key 8 ends the call; the person is denied on this line until somebody else corrects it."""
    async with ways_in(lab_asterisk, tmp_path) as ways:
        attempt = await _called(ways, Behaviour(presses=(Press(0.5, "8"),)))
        found = await ways.controller.house.gate.attempt(UUID(attempt))
        assert found is not None
        assert found["outcome"] == "wrong_person"
        assert (await ways.ended(ways.people, PERSON)).ended_by == "caller"
        effect, codes = await _effect(ways, "again")
        assert (effect, "sound.wrong_person" in codes) == ("deny", True)
        wrap_ups = ways.controller.house.wrap_ups
        await wrap_ups.correct("jiangsu-example", "P001", PERSON, "asked again", OPERATOR)
        assert "sound.wrong_person" not in (await _effect(ways, "corrected"))[1]
