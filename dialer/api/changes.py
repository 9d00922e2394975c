"""Changes of the register over HTTP: restrictions by one person, proposals and the second person."""

from __future__ import annotations

from dialer.api.models import Decided, Lifting, NumbersQuery, ProposalQuery, Rejected, RestrictOrder
from dialer.api.operations import Answer, Asked, Operation

BULK = 512 * 1024 * 1024


async def restrict(asked: Asked) -> Answer:
    """Binding, and live calls rechecked, before it is answered."""
    order: RestrictOrder = asked.body
    taken = (frozenset(order.purposes), frozenset(order.products))
    return await asked.house.changes.restrict(
        order.what, (order.kind, order.id), order.reason, asked.actor, taken, order.end
    )


async def take_numbers(asked: Asked) -> Answer:
    """Taken whole or refused whole; what may loosen waits for a second person. Calls go on meanwhile."""
    assert asked.spool is not None
    query: NumbersQuery = asked.query
    return await asked.house.changes.take_numbers(asked.spool, query.name, query.reason, asked.actor)


async def restrictions(asked: Asked) -> Answer:
    """Every one in force."""
    return {"restrictions": list(await asked.house.changes.restrictions())}


async def lift(asked: Asked) -> Answer:
    """It waits for a second person."""
    return await asked.house.changes.lift(asked.names["restriction"], asked.body.reason, asked.actor)


async def proposals(asked: Asked) -> Answer:
    """What waits, or all."""
    return {"proposals": list(await asked.house.changes.proposals(every=asked.query.every))}


async def approve(asked: Asked) -> Answer:
    """All of them, or none."""
    return await asked.house.changes.approve(asked.body.proposals, asked.actor)


async def reject(asked: Asked) -> Answer:
    """All of them, or none."""
    return await asked.house.changes.reject(asked.body.proposals, asked.body.reason, asked.actor)


OPERATIONS = (
    Operation(
        "restrict",
        "POST",
        "/v1/register/restrictions",
        "Suspend, remove, narrow or end something of the register, at once",
        restrict,
        body=RestrictOrder,
    ),
    Operation(
        "take_numbers",
        "PUT",
        "/v1/register/numbers",
        "Put a file of numbers (CSV or XLSX) in the place of the register's numbers",
        take_numbers,
        query=NumbersQuery,
        spool=lambda house: house.changes.spool(),
        body_most=BULK,
    ),
    Operation("restrictions", "GET", "/v1/register/restrictions", "Every restriction in force", restrictions),
    Operation(
        "lift_restriction",
        "POST",
        "/v1/register/restrictions/{restriction}/lift",
        "Put forward that a restriction is lifted",
        lift,
        body=Lifting,
    ),
    Operation(
        "proposals",
        "GET",
        "/v1/register/proposals",
        "What waits for a second person",
        proposals,
        query=ProposalQuery,
    ),
    Operation(
        "approve_proposals",
        "POST",
        "/v1/register/proposals/approve",
        "Approve what another one put forward, all or none",
        approve,
        body=Decided,
    ),
    Operation(
        "reject_proposals",
        "POST",
        "/v1/register/proposals/reject",
        "Refuse what was put forward",
        reject,
        body=Rejected,
    ),
)
