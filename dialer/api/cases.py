"""Cases over HTTP: single changes as JSON, bulk as the file itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from dialer.api.models import Closed
from dialer.api.operations import Answer, Asked, Operation
from dialer.api.problems import not_found
from dialer.requests import Name

BULK = 512 * 1024 * 1024
Debt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class CaseChange(Closed):
    """One change of one case. `at` absent: now. `agency`: of `assigned` and `told`; none is the enterprise itself.

    `until` and `reason` belong to `held`, `lifts` to `lifted` (absent: the holds), `how` to `told`.
    """

    enterprise: Name
    debt: Debt = Field(repr=False)
    change: Literal[
        "assigned",
        "withdrawn",
        "settled",
        "paid",
        "instalment",
        "disputed",
        "ill",
        "deceased",
        "litigated",
        "insolvent",
        "held",
        "lifted",
        "told",
        "overdue",
    ]
    at: AwareDatetime | None = None
    agency: Name | None = None
    reason: Words | None = None
    until: AwareDatetime | None = None
    lifts: Literal["held", "settled", "disputed", "ill", "deceased", "litigated", "insolvent"] | None = None
    how: Literal["sms", "call", "letter", "app", "contract", "other"] | None = None
    overdue_days: int | None = Field(default=None, ge=0, le=99_999)


class CaseChanges(Closed):
    """Changes that are taken together or not at all."""

    changes: list[CaseChange] = Field(min_length=1, max_length=1000)


class CaseQuery(Closed):
    """A case, as the enterprise writes its id."""

    enterprise: Name
    debt: Debt


class FileQuery(Closed):
    """`name`: of the file, for its faults."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = "cases"


async def change(asked: Asked) -> Answer:
    """Durable, and live calls that it forbids revoked, before it is answered."""
    rows = [one.model_dump() for one in asked.body.changes]
    return await asked.house.cases.change(rows, asked.actor)


async def case(asked: Asked) -> Answer:
    """The case as it stands, and every change of it."""
    found = await asked.house.cases.case(asked.query.enterprise, asked.query.debt)
    if found is None:
        # The id is not repeated: it is a person's.
        raise not_found("case", "of this id")
    return found


async def take(asked: Asked) -> Answer:
    """Taken whole or refused whole; calls go on meanwhile."""
    assert asked.spool is not None
    return await asked.house.cases.take(asked.spool, asked.query.name, asked.actor)


OPERATIONS = (
    Operation(
        "change_cases",
        "POST",
        "/v1/cases/changes",
        "Write changes of cases",
        change,
        body=CaseChanges,
        body_most=2 * 1024 * 1024,
    ),
    Operation(
        "take_cases",
        "PUT",
        "/v1/cases/batch",
        "Put a case file (CSV or XLSX) in force",
        take,
        query=FileQuery,
        spool=lambda house: house.cases.spool(),
        body_most=BULK,
    ),
    Operation(
        "case",
        "GET",
        "/v1/cases",
        "A case and its changes",
        case,
        query=CaseQuery,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
)
