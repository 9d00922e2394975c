"""Enrolling whoever is asked about: what leads from a number to surrogates is the record's alone."""

from __future__ import annotations

from uuid import UUID

from dialer.campaigns.lists import ListedCampaign, taken
from dialer.core.admission import Actor
from dialer.core.errors import Fault
from dialer.core.phone import Line
from dialer.numbers import parse_callee
from dialer.ports.campaigns import Item, RejectedRow
from dialer.ports.people import PersonShown, ReadFor
from dialer.record.given import Enrolment
from dialer.record.store import RecordStore
from dialer.requests import Known, PersonAsked


class People:
    """The record's people, for requests and lists."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    async def enrol(self, enterprise: str, person: PersonAsked, number: Line, debt: str | None) -> Known:
        """Surrogates of one person, line and debt; their keys are durable."""
        one = Enrolment(person.id, person.name, number, debt)
        found = (await self._store.enrol(enterprise, [one]))[0]
        return Known(found.person, found.line, found.debt)

    async def take(self, listed: ListedCampaign) -> tuple[list[Item], list[RejectedRow]]:
        """Enrol everybody on a list; the items, and the rows set aside."""
        parsed = {row.row: parse_callee(row.number) for row in listed.rows}
        asked = [
            (row.row, Enrolment(row.person_id, row.name, callee, row.debt))
            for row in listed.rows
            if (callee := parsed[row.row]) is not None
        ]
        found = await self._store.enrol(listed.plan.enterprise, [one for _, one in asked])
        known = {no: Known(one.person, one.line, one.debt) for (no, _), one in zip(asked, found, strict=True)}
        return taken(listed, parsed, known)

    async def shown(
        self, enterprise: str, person_id: str, purpose: ReadFor | None, actor: Actor
    ) -> PersonShown | None:
        """Name and numbers of a person, masked unless there is a purpose, which is recorded."""
        return await self._store.personal.shown(enterprise, person_id, purpose, actor)

    async def callee(self, line: UUID, campaign: str, actor: Actor) -> Line:
        """The number of an enrolled line, for a call of a campaign. Raises Fault `sound.not_enrolled` once erased."""
        number = await self._store.personal.number_to_call(line, f"{self._store.run}:{campaign}", actor)
        parsed = parse_callee(number) if number else None
        if parsed is None:
            raise Fault("sound.not_enrolled", "the number of this item was erased")
        return parsed
