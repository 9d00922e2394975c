"""Statements of people and lists that others keep, over HTTP: the files themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from dialer.api.models import Closed
from dialer.api.operations import Answer, Asked, Operation

BULK = 512 * 1024 * 1024
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PreferencesQuery(Closed):
    """`name`: of the file, for its faults. `leave_out`: take it without its faulty rows."""

    name: FileName = "preferences"
    leave_out: bool = False


class RegistryQuery(Closed):
    """`name`: of the file. `as_of`: the instant at which its keeper made the list."""

    name: FileName = "registry"
    as_of: AwareDatetime = Field(description="RFC 3339 with an offset")


async def take_preferences(asked: Asked) -> Answer:
    """Calls go on meanwhile; live ones that it forbids are revoked before it is answered."""
    assert asked.spool is not None
    query = asked.query
    return await asked.house.willing.take_preferences(asked.spool, query.name, query.leave_out, asked.actor)


async def take_registry(asked: Asked) -> Answer:
    """It takes the place of the list of the same name."""
    assert asked.spool is not None
    query, registry = asked.query, asked.names["registry"]
    return await asked.house.willing.take_registry(
        asked.spool, query.name, registry, query.as_of, asked.actor
    )


async def imports(asked: Asked) -> Answer:
    """What is being read now, so that whoever waits sees that it goes on."""
    return {"imports": list(asked.house.willing.imports())}


OPERATIONS = (
    Operation("imports", "GET", "/v1/imports", "Files that are being read, and how far", imports),
    Operation(
        "take_preferences",
        "PUT",
        "/v1/preferences/batch",
        "Put a preference file (CSV or XLSX) in force",
        take_preferences,
        query=PreferencesQuery,
        spool=lambda house: house.willing.spool(),
        body_most=BULK,
    ),
    Operation(
        "take_registry",
        "PUT",
        "/v1/registries/{registry}",
        "Put a list that others keep in force",
        take_registry,
        query=RegistryQuery,
        spool=lambda house: house.willing.spool(),
        body_most=BULK,
    ),
)
