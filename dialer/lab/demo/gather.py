"""Collects what the witnesses have to say: the record through its API, phones and exchange from their own evidence."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from dialer import secrets
from dialer.core.permit import Wire, check
from dialer.documents import load_yaml
from dialer.lab.behaviour import CallSeen
from dialer.lab.demo.acts import announced_s
from dialer.lab.demo.fates import AGENT_TONE_HZ, AGENTS, CALLER_ID, ENTERPRISE, SCRIPT, TRUNK, Deed, Fate
from dialer.lab.demo.site import PROMPTS, Api, Site
from dialer.lab.demo.witnesses import Saw, Told
from dialer.lab.demo.world import World, sound_of
from dialer.lab.evidence import InviteSeen
from dialer.lab.tones import heard_s

# From the dial to the exchange on a busy machine.
LEEWAY = timedelta(seconds=1)


async def told_of(api: Api, fate: Fate, item: Mapping[str, Any]) -> Told:
    """What the record says of one item of the campaign, and every entry of its attempt."""
    entries: tuple[Mapping[str, Any], ...] = ()
    if item["attempt"]:
        attempt = await api.ask("GET", f"/v1/calls/{item['attempt']}")
        entries = tuple(attempt["entries"])
    said = await api.ask("GET", f"/v1/preferences?enterprise={ENTERPRISE}&person={fate.person_id}")
    return Told(
        effect=item["effect"] or "none",
        denials=tuple(item["denials"]) if item["effect"] == "deny" else (),
        next_instant=datetime.fromisoformat(item["next_instant"]) if item["next_instant"] else None,
        outcome=item["outcome"] or "",
        attempt=item["attempt"] or "",
        entries=entries,
        why=item["why"] or "",
        spoken=tuple(item.get("spoken", ())),
        opt_outs=tuple(one["source"] for one in said["preferences"] if one["kind"] == "opt_out"),
    )


def saw_of(
    fate: Fate,
    world: World,
    site: Site,
    attempt: str,
    prior: Collection[str],
    audio: Mapping[str, Path],
    spoken: Sequence[str] = (),
) -> Saw:
    """What was seen of the call of one item. `prior`: attempts of this person before the campaign.

    `audio`: the approved file of each script; `spoken`: prompts that the agent who dialled should have heard.
    """
    invites = world.exchange.evidence(fate.number)
    mine = [one for one in invites if permit_of(one.permit) == attempt] if attempt else []
    others = [one for one in invites if one not in mine and permit_of(one.permit) not in prior]
    calls = world.seen_by(fate)
    rung = {one.call_id for one in calls if permit_of(one.permit) not in prior}
    phone = fate.phone.value
    if not mine:
        return Saw(
            phone,
            invites=len(others),
            by_phone=len(rung),
            other_invites=len(others),
            **_at_dialler(fate, world, spoken),
        )
    first = mine[0]
    call = next((one for one in calls if one.call_id == first.call_id), None)
    script = fate.expect.says or fate.row.get("script", SCRIPT)
    return Saw(
        phone,
        invites=len(mine),
        by_phone=len(rung),
        other_invites=len(others),
        call_id=first.call_id,
        at=site.lab(first.at),
        from_user=first.from_user,
        pai_user=first.pai_user,
        permit=permit_of(first.permit),
        permit_proof=_proof(fate, first, site),
        rang=first.provisional_status >= 180,
        status=first.final_status,
        announcement_s=sound_of(audio[script]),
        agent_heard_s=_at_agents(fate, world) if fate.tone_hz else 0.0,
        agent_pressed=_agent_pressed(fate, world),
        watchdog=_ended_by_watchdog(attempt, site),
        called_back_s=_called_back(fate, world),
        **(_of_call(call) if call else {}),
    )


def _of_call(call: CallSeen) -> dict[str, Any]:
    return {
        "phone_from_user": call.from_user,
        "phone_pai_user": call.pai_user,
        "answered": call.answered_at is not None,
        "announced_s": announced_s(call),
        "heard_agent_s": heard_s(call.tones_heard_s, AGENT_TONE_HZ),
        "person_pressed": "".join(call.keys_pressed),
        "ended_by": call.ended_by,
    }


def permit_of(token: str) -> str:
    """The permit that a token names; empty for what is no token. Whether it is genuine is another question."""
    parts = token.split(".")
    return parts[2] if len(parts) == 5 else ""


def _proof(fate: Fate, seen: InviteSeen, site: Site) -> str:
    """Check the token as a third party would: by the site's keys, against what this INVITE showed on the wire."""
    keys = secrets.load(site.secrets_dir).permit_keys
    wire = Wire(seen.number, seen.from_user, fate.row.get("trunk", TRUNK))
    found = check(seen.permit, keys, wire, site.lab(seen.at), permit_of(seen.permit), LEEWAY)
    return "genuine" if isinstance(found, UUID) else found.reason


def _ended_by_watchdog(attempt: str, site: Site) -> str:
    """Why the watchdog ended this call, from what it says itself; empty where it did not."""
    said = re.search(rf"^ended `{attempt}`: (\w+)", site.watchdog_log.read_text(), re.MULTILINE)
    return said[1] if said else ""


def _at_agents(fate: Fate, world: World) -> float:
    """How long this person's voice was heard at any agent's phone; each person has a pitch of his own."""
    calls = [call for agent in world.agents.values() for call in agent.evidence()]
    calls += [call for dialler in world.diallers.values() for call in dialler.evidence()]
    return round(sum(heard_s(call.tones_heard_s, fate.tone_hz) for call in calls), 3)


def _called_back(fate: Fate, world: World) -> float:
    """How much this person heard when he called back; his own phone's account, backed by the exchange's."""
    if not fate.expect.calls_back:
        return 0.0
    through = {one.call_id for one in world.exchange.evidence(CALLER_ID)}
    calls = [one for one in world.peer.evidence(fate.number) if one.call_id in through]
    return round(sum(one.sound_heard_s for one in calls), 3)


def _at_dialler(fate: Fate, world: World, spoken: Sequence[str]) -> dict[str, Any]:
    """What the agent who dialled by hand heard, beside how much sound is in the prompts that were named."""
    if not fate.dialled_by:
        return {}
    calls = world.diallers[fate.dialled_by].evidence(fate.dialled_by)
    audio = {row["name"]: PROMPTS.parent / row["audio"] for row in load_yaml(PROMPTS).data}
    return {
        "dialler_heard_s": round(sum(one.sound_heard_s for one in calls), 3),
        "dialler_told_s": round(sum(sound_of(audio[name]) for name in spoken), 3),
    }


def _agent_pressed(fate: Fate, world: World) -> str:
    """The keys agents pressed, told at the fate in which an agent has to press one."""
    if not any(act.deed is Deed.SAYS_IT_IS_SAID for act in fate.acts):
        return ""
    return "".join(
        key for name in AGENTS for call in world.agents[name].evidence() for key in call.keys_pressed
    )
