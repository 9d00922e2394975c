"""The two ways in, standing on the record: what an agent works on, who had called, and what a wrap-up says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dialer.core.admission import Actor, Request
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import PersonalHours
from dialer.core.phone import canonical_caller_id
from dialer.numbers import parse_callee
from dialer.ports.calls import Clock
from dialer.ports.campaigns import CampaignState
from dialer.ports.ways_in import Contact, Hours, Refused
from dialer.record import ways_in
from dialer.record.campaigns import CampaignTables
from dialer.record.log import SELF
from dialer.record.personal_hours import WeeklyWish
from dialer.record.preferences import Statement
from dialer.record.store import RecordStore
from dialer.secrets import Secrets
from dialer.wiring.gate import CallGate

Json = Mapping[str, Any]
MOST_PERSONS = 8
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What the rules leave of the day is more: these say only which half of it.
WINDOWS: Mapping[Hours, tuple[PersonalHours, ...]] = {
    Hours.MORNINGS: (PersonalHours("only", EVERY_DAY, "00:00", "12:00"),),
    Hours.AFTERNOONS: (PersonalHours("only", EVERY_DAY, "12:00", "24:00"),),
    Hours.ANY: (),
}


class Assignments:
    """What each agent works on: one list, from which he may dial by hand. The port `Dialled`."""

    def __init__(
        self, store: RecordStore, secrets: Secrets, tables: CampaignTables, gate: CallGate, clock: Clock
    ) -> None:
        self._store, self._key, self._tables = store, secrets.subject_key, tables
        self._gate, self._clock = gate, clock

    async def all(self) -> Mapping[str, str]:
        """The campaign of each agent who has one."""
        found = await self._store.in_force(ways_in.ASSIGNMENTS)
        return {} if found is None else found[1]["agents"]

    async def assign(self, agent: str, campaign: str | None, actor: Actor) -> None:
        """Let an agent work on a campaign's list, or on none. Raises BadInput for a campaign nobody imported."""
        if campaign is not None and await self._tables.get(campaign) is None:
            hint = "see dialer campaign status"
            fault = InputFault(
                Place("assignment", path="campaign"), "no campaign of this id:", campaign, hint
            )
            raise BadInput([fault])
        agents = {name: of for name, of in (await self.all()).items() if name != agent}
        if campaign is not None:
            agents[agent] = campaign
        await self._store.put_in_force(ways_in.ASSIGNMENTS, {"agents": agents}, actor)

    async def request(self, agent: str, digits: str, key: str) -> Request | Refused:
        """The request of the list's item whose number was dialled."""
        name = (await self.all()).get(agent)
        campaign = await self._tables.get(name) if name is not None else None
        if campaign is None or campaign.state is CampaignState.CANCELLED:
            return Refused("sound.no_assignment", {"agent": agent})
        number = parse_callee(digits)
        if number is None:
            return Refused("sound.number", {})

        def look(connection: Connection) -> Any:
            line = ways_in.line_of(connection, self._key, number.e164)
            return None if line is None else ways_in.item_of_line(connection, campaign.id, line)

        item = await self._store.read(look)
        if item is None:
            return Refused("sound.not_assigned", {"agent": agent, "campaign": campaign.id})
        actor = Actor(agent, frozenset({"agent"}), "phone")
        return await self._gate.request_of_item(campaign, item, key, agent, actor)

    async def refused(self, agent: str, refused: Refused) -> None:
        """An entry that says who dialled and why nobody was asked; the digits are not kept."""
        body = {"agent": agent, "code": refused.code, "values": dict(refused.values)}
        actor = Actor(agent, frozenset({"agent"}), "phone")
        await _tell(self._store, "dial_refused", agent, body, actor, self._clock.now)


class CallBacks:
    """The port `CallBackRecord`."""

    def __init__(self, store: RecordStore, secrets: Secrets, clock: Clock) -> None:
        self._store, self._key, self._clock = store, secrets.subject_key, clock

    async def had_called(self, caller: str, called: str) -> Sequence[Contact]:
        """Who had called this line from the number called back; nobody for a number that cannot be a person's."""
        number, caller_id = parse_callee(caller), canonical_caller_id(called)
        if number is None or caller_id is None:
            return ()

        def look(connection: Connection) -> list[Contact]:
            line = ways_in.line_of(connection, self._key, number.e164)
            return [] if line is None else ways_in.had_called(connection, line, caller_id)

        return await self._store.read(look)

    async def tell(self, inbound: UUID, kind: str, values: Mapping[str, Any]) -> None:
        """An entry about this inbound call."""
        body = {"inbound": inbound, **values}
        await _tell(self._store, kind, inbound, body, SELF, self._clock.now)

    async def opt_out(self, inbound: UUID, contact: Contact, actor: Actor) -> None:
        """The same way as a key in a call of ours: preference, journal, revocations."""
        said = Statement(
            key=f"inbound:{inbound}",
            kind="opt_out",
            # The line stands for whoever else was meant there: a slot of the journal holds no long list.
            subjects=(*contact.persons[:MOST_PERSONS], contact.line),
            enterprise=contact.enterprise,
            purpose=contact.purpose,
            product=None,
            channel=None,
            source="inbound",
            stated_at=self._clock.now(),
            until=None,
            evidence={"inbound": str(inbound)},
            actor=actor,
        )
        await self._store.state_preference(said)

    async def wish(self, inbound: UUID, contact: Contact, hours: Hours, actor: Actor) -> None:
        """The whole week of this line, for this enterprise and purpose."""
        said = WeeklyWish(
            key=f"inbound:{inbound}:{hours}",
            subject=contact.line,
            enterprise=contact.enterprise,
            purpose=contact.purpose,
            windows=WINDOWS[hours],
            source="inbound",
            stated_at=self._clock.now(),
            until=None,
            evidence={"inbound": str(inbound)},
            actor=actor,
        )
        await self._store.state_personal_hours(said)


async def _tell(
    store: RecordStore,
    kind: str,
    about: UUID | str,
    body: Json,
    actor: Actor,
    now: Callable[[], datetime],
) -> None:
    await store.write(lambda one: ways_in.tell(one, kind, about, body, actor, now()))
