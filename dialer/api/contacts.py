"""Contacts on other channels over HTTP: told of afterwards, or asked for before."""

from __future__ import annotations

from dialer.api.operations import Answer, Asked, Operation, Told
from dialer.contacts import ContactMade, MessageAsked


async def made(asked: Asked) -> Answer:
    """Told twice with one key it is one contact."""
    return await asked.house.contacts.made(asked.body, asked.actor)


async def decide(asked: Asked) -> Answer:
    """A denial is an answer like any other: 200, `effect` says `deny`."""
    return Told(*await asked.house.contacts.decide(asked.body, asked.actor))


OPERATIONS = (
    Operation(
        "contact_made", "POST", "/v1/contacts", "A contact that another system made", made, body=ContactMade
    ),
    Operation(
        "decide_contact",
        "POST",
        "/v1/contacts/decisions",
        "One decision on a message before it is sent; counted if asked",
        decide,
        body=MessageAsked,
        answer_schema="contact-decision.json",
    ),
)
