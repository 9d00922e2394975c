"""What an agent's phone dials: a request like any other, decided, counted and placed by `place_call` alone.

The digits name somebody on the list that the agent is assigned to, or nobody: there is no dialling of strangers. A
denial is spoken to the agent with its reason and the next permitted instant, and can be looked up.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer.agents import AgentDesk
from dialer.core.admission import Denied, Permitted, Request
from dialer.core.decision import Decision
from dialer.core.errors import Fault
from dialer.core.policy import Text
from dialer.core.reasons import explain
from dialer.core.shape import decision_json
from dialer.place_call import CallResult
from dialer.ports.calls import Clock
from dialer.ports.ways_in import Arrival, Dialled, Prompts, Refused
from dialer.speaking import Gone, Speaking, instant_prompts
from dialer.supervise import Supervisor

log = logging.getLogger(__name__)

DENIED, OTHER = "denied", "reason.other"
TONE, TONE_S = "congestion", 3.0


@dataclass(frozen=True, slots=True)
class LastDial:
    """What came of what an agent dialled last. `effect`: `permit`, `deny`, or `none` where nothing was decided.

    `why` names the reasons, `decision` is the whole of it as `core.shape.decision_json` gives it; `spoken` are the
    prompts that he heard.
    """

    at: datetime
    effect: str
    attempt: str | None = None
    outcome: str | None = None
    codes: tuple[str, ...] = ()
    why: Text | None = None
    decision: Mapping[str, Any] | None = None
    next_instant: datetime | None = None
    spoken: tuple[str, ...] = ()


class ManualDial:
    """Agents who dial. `zone`: the site's, in which an instant is spoken."""

    def __init__(
        self,
        supervisor: Supervisor,
        agents: AgentDesk,
        dialled: Dialled,
        prompts: Prompts,
        clock: Clock,
        zone: str,
    ) -> None:
        self._supervisor, self._agents, self._dialled = supervisor, agents, dialled
        self._prompts, self._clock, self._zone = prompts, clock, zone
        self.last: dict[str, LastDial] = {}

    async def serve(self, arrival: Arrival) -> None:
        """Answer the agent, ask for the call, and say no where it is denied. Raises Gone and Fault."""
        await arrival.leg.answer()
        agent = arrival.by
        try:
            asked = await self._dialled.request(agent, arrival.called, f"dial:{arrival.leg.id}")
        except Fault as fault:
            asked = Refused(fault.code, {"fault": fault.detail})
        if isinstance(asked, Refused):
            told = await self._refused(agent, asked)
        else:
            told = await self._placed(asked, arrival)
        self.last[agent] = told
        if told.effect != "permit":
            await self._say_no(arrival, told)

    async def _placed(self, asked: Request, arrival: Arrival) -> LastDial:
        try:
            with self._agents.bringing(asked.id, arrival.by, arrival.leg):
                result = await self._supervisor.place(asked)
        except Fault as fault:
            return await self._refused(arrival.by, Refused(fault.code, {"fault": fault.detail}))
        return self._told(result)

    def _told(self, result: CallResult) -> LastDial:
        admission, now = result.admission, self._clock.now()
        if isinstance(admission, Permitted):
            outcome = result.end.outcome.value if result.end else None
            return LastDial(now, "permit", str(admission.permit.id), outcome)
        decision = admission.decision
        if not isinstance(admission, Denied) or decision is None:
            return LastDial(now, "none")
        codes = tuple(one.code for one in decision.denials)
        spoken = self._spoken(codes, admission.next_instant)
        return LastDial(
            now,
            "deny",
            codes=codes,
            why=_why(decision),
            decision=decision_json(decision),
            next_instant=admission.next_instant,
            spoken=spoken,
        )

    async def _refused(self, agent: str, refused: Refused) -> LastDial:
        try:
            await self._dialled.refused(agent, refused)
        except Fault as fault:
            # He is told why all the same.
            log.error("that agent `%s` was refused is not on record: %s", agent, fault)
        text, _ = explain(refused.code, refused.values)
        spoken = self._spoken((refused.code,), None)
        return LastDial(self._clock.now(), "none", codes=(refused.code,), why=text, spoken=spoken)

    def _spoken(self, codes: tuple[str, ...], next_instant: datetime | None) -> tuple[str, ...]:
        """The prompts of a denial: no, why (by the kind of the first reason that has one), and when."""
        kinds = [f"reason.{code.partition('.')[0]}" for code in codes]
        names = [code for code in (*(f"reason.{one}" for one in codes), *kinds) if code in self._prompts]
        wanted = (DENIED, (names or [OTHER])[0], *instant_prompts(next_instant, self._zone))
        return tuple(one for one in wanted if one in self._prompts)

    async def _say_no(self, arrival: Arrival, told: LastDial) -> None:
        speaking = Speaking(arrival.leg, self._prompts)
        try:
            if DENIED in self._prompts:
                await speaking.say(*told.spoken)
            else:
                await speaking.tone(TONE, TONE_S)
        except Gone:
            log.info("agent `%s` did not wait for the reason", arrival.by)


def _why(decision: Decision) -> Text:
    texts = [one.text for one in decision.denials]
    return Text("；".join(one.zh for one in texts), "; ".join(one.en for one in texts))
