"""The way to a decision and to a call: requests from the API, items from campaigns."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.agents import AgentDesk
from dialer.campaigns.plan import Plan
from dialer.core.admission import Actor, Denied, Permitted, Repeated, Request
from dialer.core.decision import Decision
from dialer.core.entry import plain
from dialer.core.errors import Fault
from dialer.core.policy import Effect, Mode
from dialer.core.shape import decision_json, instant_text
from dialer.numbers import parse_callee
from dialer.place_call import CallResult
from dialer.ports.calls import Clock
from dialer.ports.campaigns import Campaign, Item, Placed
from dialer.record.log import new_id
from dialer.record.store import RecordStore
from dialer.requests import CallRequest, Known, digest_of, to_request
from dialer.supervise import Supervisor
from dialer.wiring.people import People

Json = dict[str, Any]
LOOK_S = 0.02
CAMPAIGNS = Actor(id="campaign", roles=frozenset({"operator"}), authenticated_by="schedule")


class CallGate:
    """What the API asks of calls, and the port `Caller` of campaigns."""

    def __init__(
        self, store: RecordStore, people: People, supervisor: Supervisor, agents: AgentDesk, clock: Clock
    ) -> None:
        self._store = store
        self._people = people
        self._supervisor = supervisor
        self._agents = agents
        self._clock = clock

    # -- for the API ---------------------------------------------------------------------------------------

    async def decide(
        self, call: CallRequest, at: datetime | None, actor: Actor
    ) -> tuple[Json, tuple[str, ...]]:
        """One decision; places nothing."""
        request = await request_of(self._people, call, actor, self._id())
        return decision_json(await self._store.decide_only(request, at)), zones_of(request)

    async def place(self, call: CallRequest, actor: Actor, wait: str) -> tuple[Json, tuple[str, ...]]:
        """Take a call through the gate and wait for its end, or only for the record's answer."""
        request = await self._for_no_agent_twice(await request_of(self._people, call, actor, self._id()))
        task = self._supervisor.start(request)
        if wait == "admitted" and (early := await self._admitted(request, task)) is not None:
            return early, zones_of(request)
        try:
            return told(request, await asyncio.shield(task)), zones_of(request)
        except Fault as fault:
            # Nothing was asked of the record, so there is no decision to show.
            return {"request": str(request.id), "effect": "none", "why": str(fault)}, zones_of(request)

    async def _admitted(self, request: Request, task: asyncio.Task[CallResult]) -> Json | None:
        """The permit of a call that is under way; None where the call is over, or was denied."""
        while not task.done():
            found = await self._store.request(request.idempotency_key)
            # A key used before for another call names that call's attempt, which says nothing about this one.
            own = found is not None and found["id"] == str(request.id)
            if found is not None and own and found["attempt"] is not None:
                return {"request": str(request.id), "effect": "permit", "attempt": found["attempt"]}
            await asyncio.wait([task], timeout=LOOK_S)
        return None

    async def attempt(self, attempt: UUID) -> Json | None:
        """What the record knows of an attempt; people stand in it as surrogates."""
        found = await self._store.attempt(attempt)
        return None if found is None else shown(found)

    # -- for campaigns -------------------------------------------------------------------------------------

    async def place_item(self, campaign: Campaign, item: Item, key: str) -> Placed:
        """Take an item through the gate."""
        could, why = self._supervisor.ready()
        if not could:
            return Placed("none", None, None, None, None, why)
        request = await self._for_no_agent_twice(await self._item_request(campaign, item, key))
        try:
            return placed(await self._supervisor.place(request))
        except Fault as fault:
            return Placed("none", None, None, None, None, str(fault))

    async def decide_item(self, campaign: Campaign, item: Item, at: datetime | None) -> Mapping[str, Any]:
        """What would be decided for an item."""
        request = await self._item_request(campaign, item, f"preview:{item.no}")
        return decision_json(await self._store.decide_only(request, at))

    def agents_free(self, wanted: str) -> int:
        """How many agents could take a call now."""
        return self._agents.free(wanted)

    async def request_of_item(
        self, campaign: Campaign, item: Item, key: str, agent: str, actor: Actor
    ) -> Request:
        """An item asked for by the agent who dialled its number."""
        return replace(await self._item_request(campaign, item, key), agent=agent, actor=actor)

    async def _item_request(self, campaign: Campaign, item: Item, key: str) -> Request:
        plan = Plan.model_validate(campaign.plan)
        chosen = {**plan.model_dump(include={*_OF_PLAN}), **item.overrides}
        callee = await self._people.callee(item.line, campaign.id, CAMPAIGNS)
        zone = chosen.pop("zone")
        return Request(
            id=self._id(),
            idempotency_key=key,
            digest=digest_of(
                {**chosen, "zone": zone, "campaign": campaign.id}, Known(item.person, item.line, item.debt)
            ),
            actor=CAMPAIGNS,
            person=item.person,
            line=item.line,
            debt=item.debt,
            callee=callee,
            campaign=campaign.id,
            zones=(zone,) if zone else (),
            **chosen,
        )

    async def _for_no_agent_twice(self, request: Request) -> Request:
        """A key that the record knows is answered from the record: no agent is kept waiting or rung for it."""
        known = await self._store.request(request.idempotency_key)
        return request if known is None else replace(request, agent=None)

    def _id(self) -> UUID:
        return UUID(new_id(self._clock.now()))


class ItemCaller:
    """The port `Caller` on a gate."""

    def __init__(self, gate: CallGate) -> None:
        self.place = gate.place_item
        self.decide = gate.decide_item
        self.agents_free = gate.agents_free


_OF_PLAN = frozenset(
    (
        "enterprise",
        "agency",
        "platform",
        "purpose",
        "product",
        "script",
        "agent",
        "caller_id",
        "trunk",
        "zone",
    )
)


async def request_of(people: People, call: CallRequest, actor: Actor, request_id: UUID) -> Request:
    """The core Request of a call asked for."""
    return await to_request(call, actor=actor, request_id=request_id, parse=parse_callee, enrol=people.enrol)


def zones_of(request: Request) -> tuple[str, ...]:
    """Where the callee may be."""
    return request.zones or request.callee.zones


def told(request: Request, result: CallResult) -> Json:
    """What came of a request, as the API answers it."""
    found = placed(result, whole=True)
    return {
        "request": str(request.id),
        "effect": found.effect,
        "attempt": str(found.attempt) if found.attempt else None,
        "decision": found.decision,
        "next_instant": instant_text(found.next_instant) if found.next_instant else None,
        "outcome": found.outcome,
        "cause": result.end.cause if result.end else None,
        "left": result.end.left.value if result.end else None,
    }


def placed(result: CallResult, *, whole: bool = False) -> Placed:
    """What came of a request. `whole` keeps every finding of the decision, else those that deny or warn."""
    admission = result.admission
    if isinstance(admission, Permitted):
        outcome = result.end.outcome.value if result.end else None
        return Placed("permit", _json(admission.decision, whole), None, admission.permit.id, outcome)
    if isinstance(admission, Denied):
        return Placed("deny", _json(admission.decision, whole), admission.next_instant, None, None)
    return _repeated(admission, whole)


def _repeated(admission: Repeated, whole: bool) -> Placed:
    decision = admission.decision
    outcome = admission.outcome.value if admission.outcome else None
    effect = "repeated" if whole else ("permit" if admission.attempt else "deny")
    told_decision = None if decision is None else _json(decision, whole)
    next_instant = decision.next_instant if decision is not None and admission.attempt is None else None
    return Placed(effect, told_decision, next_instant, admission.attempt, outcome)


def _json(decision: Decision, whole: bool) -> Json:
    shown_decision = decision_json(decision)
    if not whole:
        deny, observe = Effect.DENY.value, Mode.OBSERVE.value
        shown_decision["findings"] = [
            one for one in shown_decision["findings"] if one["effect"] == deny and one["mode"] != observe
        ]
    return shown_decision


def shown(value: Any) -> Any:
    """`value` in JSON's own types, instants as RFC 3339."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, Mapping):
        return {name: shown(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(one) for one in value]
    return plain(value)
