"""Register, scripts and preferences over HTTP."""

from __future__ import annotations

from http import HTTPStatus

from dialer.api.models import Approval, OptOut, PersonQuery, Preferences, RegisterFile, Scripts
from dialer.api.operations import LARGE, Answer, Asked, Operation
from dialer.api.problems import not_found


async def put_register(asked: Asked) -> Answer:
    """Taken whole or refused whole; what may loosen waits for a second person."""
    body = asked.body
    return await asked.house.registers.put_register(body.document, asked.actor, body.reason)


async def register(asked: Asked) -> Answer:
    """The register in force."""
    found = await asked.house.registers.register()
    if found is None:
        raise not_found("register", "in force")
    return found


async def put_scripts(asked: Asked) -> Answer:
    """Each becomes a submitted version; somebody else approves it."""
    return await asked.house.registers.put_scripts(asked.body.scripts, asked.actor)


async def scripts(asked: Asked) -> Answer:
    """Every version."""
    return {"scripts": list(await asked.house.registers.scripts())}


async def script(asked: Asked) -> Answer:
    """Every version of one script, with its words."""
    found = await asked.house.registers.script(asked.names["script"])
    if not found:
        raise not_found("script", asked.names["script"])
    return {"versions": list(found)}


async def approve(asked: Asked) -> Answer:
    """One version is approved."""
    return await asked.house.registers.approve_script(asked.names["script"], asked.body.version, asked.actor)


async def opt_out(asked: Asked) -> Answer:
    """Durable, and live calls revoked, before it is answered."""
    return await asked.house.registers.opt_out(asked.body.model_dump(), asked.actor)


async def put_preferences(asked: Asked) -> Answer:
    """A statement that was sent before is the same statement."""
    rows = [row.model_dump() for row in asked.body.rows]
    return await asked.house.registers.put_preferences(rows, asked.actor)


async def preferences(asked: Asked) -> Answer:
    """What this person said."""
    found = await asked.house.registers.preferences(asked.query.enterprise, asked.query.person)
    return {"preferences": list(found)}


OPERATIONS = (
    Operation(
        "put_register",
        "PUT",
        "/v1/register",
        "Put a register in force",
        put_register,
        body=RegisterFile,
        body_most=LARGE,
    ),
    Operation(
        "register",
        "GET",
        "/v1/register",
        "The register in force",
        register,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
    Operation(
        "put_scripts", "PUT", "/v1/scripts", "Submit scripts", put_scripts, body=Scripts, body_most=LARGE
    ),
    Operation("scripts", "GET", "/v1/scripts", "Every version of every script", scripts),
    Operation(
        "script",
        "GET",
        "/v1/scripts/{script}",
        "The versions of one script, with words and findings",
        script,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
    Operation(
        "approve_script",
        "POST",
        "/v1/scripts/{script}/approve",
        "Approve one version of a script",
        approve,
        body=Approval,
    ),
    Operation("opt_out", "POST", "/v1/preferences/opt-out", "Register an opt-out", opt_out, body=OptOut),
    Operation(
        "put_preferences",
        "POST",
        "/v1/preferences",
        "Register statements of preference",
        put_preferences,
        body=Preferences,
        body_most=LARGE,
    ),
    Operation(
        "preferences",
        "GET",
        "/v1/preferences",
        "What a person registered with an enterprise",
        preferences,
        query=PersonQuery,
    ),
)
