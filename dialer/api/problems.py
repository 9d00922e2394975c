"""Answers that say no to a malformed or impossible request: RFC 9457 problems."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from dialer.core.errors import BadInput, Defect, Fault, InputFault, Place
from dialer.core.phone import masked_in

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer of kind `urn:dialer:problem:<kind>`. `detail` is one line; `hint` says what to do."""

    def __init__(
        self, status: HTTPStatus, kind: str, detail: str, hint: str = "", faults: tuple[InputFault, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.faults = faults

    def document(self) -> dict[str, Any]:
        """The problem as JSON; numbers are masked."""
        shown: dict[str, Any] = {
            "type": f"urn:dialer:problem:{self.kind}",
            "title": self.kind.replace("-", " "),
            "status": int(self.status),
            "detail": masked_in(self.detail),
        }
        if self.hint:
            shown["hint"] = self.hint
        if self.faults:
            shown["faults"] = [_fault(one) for one in self.faults]
        return shown


def _fault(one: InputFault) -> dict[str, Any]:
    return {
        "file": one.place.file,
        "line": one.place.line,
        "path": one.place.path,
        "reason": one.reason,
        "value": masked_in(one.value),
        "hint": one.hint,
    }


def not_found(what: str, name: str) -> Problem:
    """404 for a thing of this kind and name."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"no {what} `{name}`")


def from_validation(error: ValidationError, place: str) -> Problem:
    """422 with one fault for each thing that does not fit the model; values are not repeated, they may be personal."""
    faults = tuple(
        InputFault(
            Place(place, 0, ".".join(str(step) for step in one["loc"])),
            one["msg"].removeprefix("Value error, ").lower(),
            hint="see docs/schema and /v1/openapi.json" if one["type"] == "extra_forbidden" else "",
        )
        for one in error.errors(include_url=False, include_input=False)
    )
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, "bad-input", f"{place} does not fit: {faults[0]}", faults=faults
    )


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, BadInput):
        return Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "bad-input",
            error.faults[0].reason if error.faults else "bad input",
            error.faults[0].hint if error.faults else "",
            error.faults,
        )
    if isinstance(error, Fault):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "fault", str(error), "nothing was done; it can be sent again"
        )
    if isinstance(error, web.HTTPException):
        status = HTTPStatus(error.status)
        return Problem(status, status.phrase.lower().replace(" ", "-"), error.reason.lower())
    if not isinstance(error, Defect):
        log.exception("defect while answering")
    detail = str(error) if isinstance(error, Defect) else f"a defect of ours: {type(error).__name__}"
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "defect", detail, "the log of the controller tells more")


def answer_of(problem: Problem) -> web.Response:
    """The HTTP answer of a problem."""
    body = json.dumps(problem.document(), ensure_ascii=False).encode()
    answer = web.Response(status=problem.status, body=body, content_type=MEDIA_TYPE)
    if problem.status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


@web.middleware
async def problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn every exception into a problem."""
    try:
        return await handler(request)
    except Exception as error:
        # The boundary of the process: nobody above could answer.
        return answer_of(_problem_of(error))
