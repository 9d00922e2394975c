"""What simulated people and agents do of their own accord: each waits until he hears something, then does one deed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from dialer.lab.behaviour import Behaviour, CallSeen, Press
from dialer.lab.child import ChildFailed
from dialer.lab.demo.fates import AGENT_TONE_HZ, CALLER_ID, Act, Deed, Fate, Hears
from dialer.lab.demo.world import World
from dialer.lab.phone_process import PhoneProcess
from dialer.lab.tones import heard_s

LOOK_S = 0.1
# He listens to who it was, then refuses, and hears that it is kept.
BACK_PRESSES_S, BACK_LASTS_S = 11.0, 15.0
# What happens to somebody away from his phone.
Elsewhere = Callable[[Fate, Deed], Awaitable[None]]


async def act_out(fate: Fate, world: World, elsewhere: Elsewhere) -> None:
    """Do the acts of one fate in their order; runs until the last is done, or until cancelled."""
    for act in fate.acts:
        while (by := _who_heard(act, fate, world)) is None:
            await asyncio.sleep(LOOK_S)
        try:
            await _do(act, fate, by, elsewhere, world)
        except ChildFailed:
            return  # his call ended before he could; what came of it is for the judge


async def _do(act: Act, fate: Fate, by: PhoneProcess | str, elsewhere: Elsewhere, world: World) -> None:
    match act.deed, by:
        case Deed.CALLS_BACK, _:
            await asyncio.sleep(act.for_s)
            await call_back(fate, world)
        case ((Deed.OPTS_OUT_ELSEWHERE | Deed.CASE_IS_HELD), _):
            await asyncio.sleep(act.for_s)
            await elsewhere(fate, act.deed)
        case Deed.HANGS_UP, PhoneProcess():
            await by.hangup()
        case ((Deed.OPTS_OUT_BY_KEY | Deed.SAYS_IT_IS_SAID | Deed.IS_SOMEBODY_ELSE), PhoneProcess()):
            await by.press(act.deed.value.removeprefix("press "))


async def call_back(fate: Fate, world: World) -> None:
    """Call the number back that was shown, through the exchange; hear it out, press 9, hear the answer."""
    asterisk = ("127.0.0.1", world.asterisk.sip_port)
    behaviour = Behaviour(presses=(Press(BACK_PRESSES_S, "9"),), hang_up_after_s=BACK_LASTS_S)
    exchange = ("127.0.0.1", world.exchange.port)
    seen = await world.peer.dial(asterisk, fate.number, CALLER_ID, behaviour, through=exchange)
    while seen.ended_at is None:
        await asyncio.sleep(LOOK_S)


def _who_heard(act: Act, fate: Fate, world: World) -> PhoneProcess | str | None:
    """The phone at which it was heard for long enough; `exchange` for the ringing, which is seen there."""
    if act.hears is Hears.RINGING:
        rings = any(one.provisional_status >= 180 for one in world.exchange.evidence(fate.number))
        return "exchange" if rings else None
    if act.hears is Hears.MISSED:
        missed = any(one.final_status >= 400 for one in world.exchange.evidence(fate.number))
        return "exchange" if missed else None
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
