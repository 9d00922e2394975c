"""Contacts on other channels, from the API into the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.contacts import ContactMade, MessageAsked
from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import Line
from dialer.core.shape import decision_json, instant_text
from dialer.numbers import parse_callee
from dialer.ports.calls import Clock
from dialer.record import contacts
from dialer.record.contacts import Contact, Decided, Outgoing
from dialer.record.hashing import key_hash
from dialer.record.log import new_id
from dialer.record.store import RecordStore
from dialer.requests import UNREADABLE, Known, PersonAsked, digest_of
from dialer.screening.messages import text_read
from dialer.screening.screen import screen
from dialer.screening.shapes import Screened, Severity, Subject
from dialer.screening.telling import screened_json
from dialer.secrets import Secrets
from dialer.wiring.people import People

Json = Mapping[str, Any]


class RecordContacts:
    """`api.house.Contacts` on the record."""

    def __init__(self, store: RecordStore, people: People, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._secrets = secrets
        self._clock = clock

    async def made(self, contact: ContactMade, actor: Actor) -> Json:
        """Write down that somebody was contacted; its id, and whether that was news."""
        callee = parse_callee(contact.number) if contact.number is not None else UNREADABLE
        if callee is None:
            raise BadInput([InputFault(Place("contact", path="number"), "cannot be read as a number")])
        told = contact.model_dump(mode="json", exclude={"idempotency_key", "person_id", "number", "debt"})
        given = await self._contact(contact, callee, told, contact.at, actor)
        news = await self._store.write(lambda one: contacts.made(self._store.gate, one, given))
        return {"counted": news, "channel": contact.channel, "at": instant_text(contact.at)}

    async def decide(self, asked: MessageAsked, actor: Actor) -> tuple[Json, tuple[str, ...]]:
        """One decision on a message; where it is counted, in the same transaction."""
        callee = parse_callee(asked.number) or UNREADABLE
        # The first screening reads its tables, beside calls that must go on being heard.
        screened = await asyncio.to_thread(_screened, asked)
        stops = [one.rule for one in screened.findings if one.severity is Severity.STOP]
        read = text_read(asked.text, stops)
        left_out = {"idempotency_key", "person_id", "number", "debt", "text", "count"}
        told = asked.model_dump(mode="json", exclude=left_out)
        # Keyed: a plain hash of a message with a name in it could be guessed back.
        told["text"] = key_hash(self._secrets.subject_key, asked.text).hex()
        outgoing = Outgoing(
            contact=await self._contact(asked, callee, told, self._clock.now(), actor),
            callee=callee,
            port=asked.port,
            message_of=read.as_message,
            platform=asked.platform,
            carrier=asked.carrier,
            zones=(asked.zone,) if asked.zone else (),
            overdue_days=asked.overdue_days,
            callee_party=asked.callee_party or "unknown",
        )
        gate = self._store.gate
        if asked.count:
            found = await self._store.write(lambda one: contacts.admitted(gate, one, outgoing))
        else:
            found = Decided(await self._store.read(lambda one: contacts.decided(gate, one, outgoing)))
        return _answer(found, screened), outgoing.zones or callee.zones

    async def _contact(
        self, asked: ContactMade | MessageAsked, callee: Line, told: Json, at: datetime, actor: Actor
    ) -> Contact:
        person = PersonAsked(id=asked.person_id)
        known: Known = await self._people.enrol(asked.enterprise, person, callee, asked.debt)
        return Contact(
            id=UUID(new_id(self._clock.now())),
            key=asked.idempotency_key,
            digest=digest_of({"kind": type(asked).__name__, **told}, known),
            actor=actor,
            enterprise=asked.enterprise,
            agency=asked.agency,
            purpose=asked.purpose,
            product=asked.product,
            channel=asked.channel,
            person=known.person,
            line=known.line,
            debt=known.debt,
            at=at,
        )


def _screened(asked: MessageAsked) -> Screened:
    subject = Subject(
        purposes=frozenset({asked.purpose.value}), products=frozenset({asked.product}), role="line"
    )
    return screen(asked.text, subject)


def _answer(found: Decided, screened: Screened) -> Json:
    decision = {} if found.decision is None else decision_json(found.decision)
    effect = "permit" if found.touch else "deny"
    return {
        "effect": decision.get("effect", effect),
        "repeated": found.repeated,
        "counted": str(found.touch) if found.touch else None,
        "decision": decision or None,
        "screening": screened_json(screened),
    }
