"""Decisions and calls over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from dialer.api.models import CallQuery, DecideQuery
from dialer.api.operations import Answer, Asked, Operation, Told
from dialer.api.problems import Problem, not_found
from dialer.core.entry import canonical
from dialer.requests import CallRequest


async def decide(asked: Asked) -> Answer:
    """Canonical bytes: the same facts give the same answer, byte for byte."""
    decision, zones = await asked.house.gate.decide(asked.body, asked.query.at, asked.actor)
    return Told(canonical(decision), zones)


async def place(asked: Asked) -> Answer:
    """A denial is an answer like any other: 200, `effect` says `deny`."""
    return Told(*await asked.house.gate.place(asked.body, asked.actor, asked.query.wait))


async def attempt(asked: Asked) -> Answer:
    """What the record knows of an attempt."""
    try:
        wanted = UUID(asked.names["attempt"])
    except ValueError:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "bad-input",
            f"`{asked.names['attempt']}` is not the id of an attempt",
        ) from None
    found = await asked.house.gate.attempt(wanted)
    if found is None:
        raise not_found("attempt", str(wanted))
    return found


OPERATIONS = (
    Operation(
        "decide",
        "POST",
        "/v1/decisions",
        "One decision, explained; places nothing",
        decide,
        query=DecideQuery,
        body=CallRequest,
        answer_schema="decision.json",
    ),
    Operation(
        "place_call",
        "POST",
        "/v1/calls",
        "One call through the gate",
        place,
        query=CallQuery,
        body=CallRequest,
    ),
    Operation(
        "attempt",
        "GET",
        "/v1/calls/{attempt}",
        "What the record knows of an attempt",
        attempt,
        refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
)
