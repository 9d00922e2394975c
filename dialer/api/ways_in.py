"""What agents work on and say, over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from dialer.api.models import Closed, Reason
from dialer.api.operations import Answer, Asked, Operation
from dialer.api.problems import Problem, not_found
from dialer.requests import Name


class Assignment(Closed):
    """The campaign from whose list an agent may dial by hand; none: he dials nobody."""

    campaign: Name | None = None


class WrapUp(Closed):
    """What an agent says of a call."""

    said: Literal["reached", "opted_out", "wrong_person", "third_person_stop", "deceased"]


class Correction(Closed):
    """A line that is this person's after all."""

    enterprise: Name
    person_id: Name
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(repr=False)
    reason: Reason


async def assign(asked: Asked) -> Answer:
    """It binds the next number that he dials."""
    order: Assignment = asked.body
    return await asked.house.agents.assign(asked.names["agent"], order.campaign, asked.actor)


async def wrap_up(asked: Asked) -> Answer:
    """What it forbids is in force when this is answered."""
    order: WrapUp = asked.body
    try:
        attempt = UUID(asked.names["attempt"])
    except ValueError:
        said = f"`{asked.names['attempt']}` is not the id of an attempt"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input", said) from None
    told = await asked.house.wrap_ups.wrap_up(attempt, order.said, asked.actor)
    if told is None:
        raise not_found("attempt", str(attempt))
    return told


async def correct(asked: Asked) -> Answer:
    """Calls to him on this line are decided as before."""
    order: Correction = asked.body
    return await asked.house.wrap_ups.correct(
        order.enterprise, order.person_id, order.number, order.reason, asked.actor
    )


OPERATIONS = (
    Operation(
        "assign_agent",
        "POST",
        "/v1/agents/{agent}/assignment",
        "What an agent works on",
        assign,
        body=Assignment,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
    Operation(
        "wrap_up",
        "POST",
        "/v1/calls/{attempt}/wrap-up",
        "What an agent says of a call",
        wrap_up,
        body=WrapUp,
        refusals=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Operation(
        "correct_wrong_person",
        "POST",
        "/v1/preferences/right-person",
        "A line is this person's after all",
        correct,
        body=Correction,
    ),
)
