"""What simulated people and agents do of their own accord: each waits until he hears something, then does one deed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dialer.lab.behaviour import CallSeen
from dialer.lab.child import ChildFailed
from dialer.lab.demo.fates import AGENT_TONE_HZ, Act, Deed, Fate, Hears
from dialer.lab.demo.world import World
from dialer.lab.phone_process import PhoneProcess
from dialer.lab.tones import heard_s

LOOK_S = 0.1
OptOut = Callable[[Fate], Awaitable[None]]


async def act_out(fate: Fate, world: World, opt_out_elsewhere: OptOut) -> None:
    """Do the acts of one fate in their order; runs until the last is done, or until cancelled."""
    for act in fate.acts:
        while (by := _who_heard(act, fate, world)) is None:
            await asyncio.sleep(LOOK_S)
        try:
            await _do(act, fate, by, opt_out_elsewhere)
        except ChildFailed:
            return  # his call ended before he could; what came of it is for the judge


async def _do(act: Act, fate: Fate, by: PhoneProcess | str, opt_out_elsewhere: OptOut) -> None:
    match act.deed, by:
        case Deed.OPTS_OUT_ELSEWHERE, _:
            await asyncio.sleep(act.for_s)
            await opt_out_elsewhere(fate)
        case Deed.HANGS_UP, PhoneProcess():
            await by.hangup()
        case ((Deed.OPTS_OUT_BY_KEY | Deed.SAYS_IT_IS_SAID), PhoneProcess()):
            await by.press(act.deed.value.removeprefix("press "))


def _who_heard(act: Act, fate: Fate, world: World) -> PhoneProcess | str | None:
    """The phone at which it was heard for long enough; `exchange` for the ringing, which is seen there."""
    if act.hears is Hears.RINGING:
        rings = any(one.provisional_status >= 180 for one in world.exchange.evidence(fate.number))
        return "exchange" if rings else None
    phones = world.agents.values() if act.who == "agent" else [world.people[fate.id]]
    return next((one for one in phones if _heard(act.hears, fate, one) >= act.for_s), None)


def _heard(what: Hears, fate: Fate, phone: PhoneProcess) -> float:
    calls = phone.evidence()
    if not calls:
        return 0.0
    match what:
        case Hears.AGENT:
            return heard_s(calls[-1].tones_heard_s, AGENT_TONE_HZ)
        case Hears.PERSON:
            return heard_s(calls[-1].tones_heard_s, fate.tone_hz)
        case _:
            return announced_s(calls[-1])


def announced_s(call: CallSeen) -> float:
    """Seconds of sound that was not an agent's voice."""
    return round(max(0.0, call.sound_heard_s - heard_s(call.tones_heard_s, AGENT_TONE_HZ)), 3)
