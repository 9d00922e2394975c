"""Persons over HTTP: shown masked, or in clear for a purpose that is recorded."""

from __future__ import annotations

from http import HTTPStatus

from dialer.api.models import Closed
from dialer.api.operations import Answer, Asked, Operation
from dialer.api.problems import not_found
from dialer.ports.people import ReadFor
from dialer.requests import Name


class PersonRead(Closed):
    """Whom to show. `purpose`: why name and numbers are read in clear; absent, they are masked."""

    enterprise: Name
    person: Name
    purpose: ReadFor | None = None


class PersonSeen(Closed):
    """`clear`: whether name and numbers stand in clear; the numbers are those called or tried, newest first."""

    clear: bool
    name: str | None
    numbers: list[str]


async def show(asked: Asked) -> Answer:
    """What is read in clear is recorded first: who, why, whose surrogate, which field; never the value."""
    wanted = asked.body
    found = await asked.house.lists.shown(wanted.enterprise, wanted.person, wanted.purpose, asked.actor)
    if found is None:
        # The id is not repeated: it is a person's.
        raise not_found("person", "of this id")
    return {"clear": found.clear, "name": found.name, "numbers": list(found.numbers)}


OPERATIONS = (
    # No GET: what is asked about a person stands in no log of addresses, and an entry is written.
    Operation(
        "show_person",
        "POST",
        "/v1/people/show",
        "A person's name and numbers",
        show,
        body=PersonRead,
        answer=PersonSeen,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
)
