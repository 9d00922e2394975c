"""The health of caller IDs, and how they were used, over HTTP."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from dialer.api.models import Closed, Reason
from dialer.api.operations import Answer, Asked, Operation, Typed
from dialer.api.problems import not_found

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0)]


class NumberMark(Closed):
    """Something said of a number. `what`: of a notice `warn` or `suspend`, else words. `since` absent: now.

    `source`: who forwarded the complaint, who marks the number, which carrier. `about`: of an appeal the mark's id.
    """

    kind: Literal["complaint", "label", "notice", "appeal"]
    what: Said
    source: Said
    why: Reason
    since: AwareDatetime | None = None
    reference: Said | None = None
    about: Said | None = None

    @model_validator(mode="after")
    def _fits(self) -> NumberMark:
        if self.kind == "notice" and self.what not in ("warn", "suspend"):
            raise ValueError("what a notice says is `warn` or `suspend`")
        if (self.kind == "appeal") != (self.about is not None):
            raise ValueError("an appeal, and nothing else, is about a mark")
        return self


class WithinQuery(Closed):
    """What ends, or ended, within so many days."""

    within: Annotated[int, Field(ge=0, le=3660)] = 60


class Verdict(Closed):
    """How a mark is closed, and why."""

    verdict: Literal["upheld", "unfounded", "withdrawn", "cleared", "answered", "lifted", "rejected"]
    why: Reason


class DaysQuery(Closed):
    """Civil days in the register's zone, both included."""

    first: date
    last: date


class StockFile(Closed):
    """A file that was looked at."""

    kind: Literal["bill", "cdr", "declaration"]
    name: Said
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class StockTaken(Closed):
    """A stock-taking that was done against the register of this version; `findings`: kind -> how many."""

    version: Said
    files: Annotated[tuple[StockFile, ...], Field(max_length=1000)]
    findings: dict[Said, Count]
    first: date | None = None
    last: date | None = None


async def mark(asked: Asked) -> Answer:
    """Durable, and after a suspension live calls with this number ended, before it is answered."""
    said = asked.body.model_dump()
    return await asked.house.numbers.mark(asked.names["number"], said, asked.actor)


async def close(asked: Asked) -> Answer:
    """A suspension is lifted by two people."""
    body: Verdict = asked.body
    return await asked.house.numbers.close(asked.names["mark"], body.verdict, body.why, asked.actor)


async def every_health(asked: Asked) -> Answer:
    """Numbers of which something is said."""
    return await asked.house.numbers.health(None)


async def health(asked: Asked) -> Answer:
    """Everything that was ever said of it."""
    return await asked.house.numbers.health(asked.names["number"])


async def whole_register(asked: Asked) -> Answer:
    """Whichever way its numbers came in."""
    found = await asked.house.numbers.whole_register()
    if found is None:
        raise not_found("register", "in force")
    return found


async def used(asked: Asked) -> Answer:
    """One row for each number, unit, purpose and day."""
    return await asked.house.numbers.used(asked.query.first, asked.query.last)


async def stock_taken(asked: Asked) -> Answer:
    """An entry says that it was done."""
    return await asked.house.numbers.stock_taken(asked.body.model_dump(mode="json"), asked.actor)


async def deadlines(asked: Asked) -> Answer:
    """Soonest first, with owner and bracket."""
    return {"deadlines": list(await asked.house.deadlines.deadlines(asked.query.within))}


async def calendar(asked: Asked) -> Answer:
    """For the calendar of whoever acts."""
    return Typed(await asked.house.deadlines.calendar(), "text/calendar")


OPERATIONS = (
    Operation("deadlines", "GET", "/v1/register/deadlines", "What ends soon", deadlines, query=WithinQuery),
    Operation("deadline_calendar", "GET", "/v1/register/deadlines.ics", "The same as iCalendar", calendar),
    Operation("health", "GET", "/v1/numbers/health", "Numbers of which something is said", every_health),
    Operation(
        "number_health", "GET", "/v1/numbers/{number}/health", "Everything ever said of a number", health
    ),
    Operation(
        "mark_number",
        "POST",
        "/v1/numbers/{number}/marks",
        "Write down a complaint, label, notice or appeal",
        mark,
        body=NumberMark,
        status=HTTPStatus.CREATED,
    ),
    Operation("close_mark", "POST", "/v1/numbers/marks/{mark}/verdict", "Close a mark", close, body=Verdict),
    Operation(
        "whole_register",
        "GET",
        "/v1/register/whole",
        "The register in force with every number",
        whole_register,
        refusals=(HTTPStatus.NOT_FOUND,),
    ),
    Operation(
        "used_numbers",
        "GET",
        "/v1/register/usage",
        "How our own attempts used their numbers",
        used,
        query=DaysQuery,
    ),
    Operation(
        "stock_taken",
        "POST",
        "/v1/register/stocktakes",
        "Keep that a stock-taking was done",
        stock_taken,
        body=StockTaken,
        status=HTTPStatus.CREATED,
    ),
)
