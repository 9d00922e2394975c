"""The line for who calls back: who had called, for whom, how to reach them, and keys to refuse.

It dials nobody, works at any hour and while everything is stopped. What it tells, it tells only to the line that was
called; of a debt it says nothing. Keys: the site's opt-out key; 1 mornings only, 2 afternoons only, 3 at any time;
0 an agent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dialer.agents import AgentDesk
from dialer.core.admission import Actor
from dialer.core.errors import Fault
from dialer.ports.calls import Agent, Talk, Timing
from dialer.ports.ways_in import Arrival, ArrivalPbx, CallBackRecord, Contact, Hours, Prompts
from dialer.speaking import Speaking
from dialer.unbroken import unbroken

log = logging.getLogger(__name__)

LINE, MENU, GOODBYE, NO_AGENT = "line", "menu", "goodbye", "no_agent"
OPTED_OUT, HOURS_KEPT, NOT_KEPT = "opted_out", "hours_kept", "not_kept"
HOURS = {"1": Hours.MORNINGS, "2": Hours.AFTERNOONS, "3": Hours.ANY}
AGENT_KEY = "0"
KEY_WITHIN_S = 6.0


@dataclass(frozen=True, slots=True)
class Means:
    """What the line is made of. `timing`: the site's keys, and how long a call may last."""

    record: CallBackRecord
    pbx: ArrivalPbx
    agents: AgentDesk
    prompts: Prompts
    timing: Timing


class CallBackLine:
    """People who call back. Without an approved prompt `line` nobody is answered."""

    def __init__(self, means: Means, new_id: Callable[[], UUID]) -> None:
        self._means, self._new_id = means, new_id

    async def serve(self, arrival: Arrival) -> None:
        """Answer somebody, and do what his keys ask for. Raises Gone and Fault."""
        means = self._means
        if LINE not in means.prompts:
            log.info("nobody answers on trunk `%s`: there is no approved prompt `%s`", arrival.by, LINE)
            return
        inbound = Inbound(means, arrival, self._new_id(), await self._had_called(arrival))
        await inbound.tell("inbound_called", {"trunk": arrival.by, "called": arrival.called})
        # Asterisk ends a call that this process no longer hears.
        await arrival.leg.renew(means.timing.max_call_s)
        await arrival.leg.answer()
        try:
            async with asyncio.timeout(means.timing.max_call_s):
                await inbound.serve()
        except TimeoutError:
            log.info("inbound call %s is over: it lasted too long", inbound.id)
        finally:
            await unbroken(inbound.leave())

    async def _had_called(self, arrival: Arrival) -> Sequence[Contact]:
        """Whom this line may be told of; where the record cannot be asked, nobody."""
        try:
            return await self._means.record.had_called(arrival.caller, arrival.called)
        except Fault as fault:
            log.error("who had called is not known: %s", fault)
            return ()


class Inbound:
    """One person who called back, while he is on the line."""

    def __init__(self, means: Means, arrival: Arrival, ident: UUID, contacts: Sequence[Contact]) -> None:
        self.id = ident
        self._means, self._arrival, self._contacts = means, arrival, contacts
        self._speaking = Speaking(arrival.leg, means.prompts)
        who = str(contacts[0].line) if contacts else "anybody"
        self._actor = Actor(who, frozenset({"person"}), "inbound")

    async def serve(self) -> None:
        """Say who had called, then answer keys until none comes."""
        told = [f"caller.{one}" for one in dict.fromkeys(one.enterprise for one in self._contacts)]
        told = [one for one in told if one in self._means.prompts]
        # Who shows no number, or one that was not called, hears who runs the line and nothing else.
        digit = await self._speaking.say(*(told or [LINE]), *([MENU] if self._contacts else []))
        while self._contacts:
            digit = digit or await self._speaking.key(KEY_WITHIN_S)
            if digit is None:
                break
            answer = await self._do(digit)
            digit = await self._speaking.say(answer) if answer else None
        await self._speaking.say(GOODBYE)

    async def leave(self) -> None:
        """A key that was heard counts, though its channel is gone."""
        for digit in self._speaking.missed():
            if digit == self._means.timing.opt_out_key or digit in HOURS:
                await self._do(digit)
        await self.tell("inbound_ended", {})

    async def tell(self, kind: str, values: Mapping[str, Any]) -> None:
        """Write it down. Where that cannot be, the person is served all the same: his opt-out has its journal."""
        about = [
            {"enterprise": one.enterprise, "purpose": one.purpose, "line": one.line} for one in self._contacts
        ]
        try:
            await self._means.record.tell(self.id, kind, {**values, "contacts": about})
        except Fault as fault:
            log.error("inbound call %s is not on record: %s", self.id, fault)

    async def _do(self, digit: str) -> str | None:
        """What a key asks for; the prompt that answers it."""
        if digit == self._means.timing.opt_out_key:
            return await unbroken(self._opt_out())
        if digit in HOURS:
            return await unbroken(self._wish(HOURS[digit]))
        if digit == AGENT_KEY:
            with self._means.agents.take() as agent:
                if agent is None:
                    return NO_AGENT
                await self._talk(agent)
        return None

    async def _opt_out(self) -> str:
        try:
            for contact in self._contacts:
                await self._means.record.opt_out(self.id, contact, self._actor)
        except Fault as fault:
            log.error("an opt-out of inbound call %s is not on record: %s", self.id, fault)
            return NOT_KEPT
        return OPTED_OUT

    async def _wish(self, hours: Hours) -> str:
        try:
            for contact in self._contacts:
                await self._means.record.wish(self.id, contact, hours, self._actor)
        except Fault as fault:
            log.error("a wish of inbound call %s is not on record: %s", self.id, fault)
            return NOT_KEPT
        return HOURS_KEPT

    async def _talk(self, agent: Agent) -> None:
        """Join him with the agent until either leaves; the opt-out key is heard there, too."""
        talk = await self._means.pbx.join(str(self.id), self._arrival.leg, agent)
        await self.tell("inbound_joined", {"agent": agent.name, "recording": talk.recording})
        gone = asyncio.ensure_future(agent.gone())
        try:
            while not gone.done():
                if await self._key_before(gone) == self._means.timing.opt_out_key:
                    await unbroken(self._opt_out())
                    break
        finally:
            gone.cancel()
            await unbroken(self._close(talk))

    async def _key_before(self, gone: asyncio.Future[None]) -> str | None:
        heard = asyncio.ensure_future(self._speaking.key(None))
        try:
            both: set[asyncio.Future[Any]] = {heard, gone}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return heard.result() if heard.done() else None
        finally:
            heard.cancel()
            await asyncio.gather(heard, return_exceptions=True)

    async def _close(self, talk: Talk) -> None:
        try:
            kept = await talk.close()
        except Fault as fault:
            log.error("the recording of inbound call %s is lost: %s", self.id, fault)
            return
        if kept is not None:
            await self.tell("inbound_recording_kept", kept)
