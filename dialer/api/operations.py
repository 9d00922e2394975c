"""What the API can do, as data: an operation is a method, a path, its models and a handler.

The routes and the OpenAPI document are both made from the same operations, so neither can say what the other does not.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from dialer.api.house import House
from dialer.api.peer import actor_of
from dialer.api.problems import Problem, from_validation
from dialer.core.admission import Actor
from dialer.core.errors import Fault

SMALL = 64 * 1024
LARGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, understood: who asks, the names in its path, its query and its body as models.

    `spool`: the file that holds the body where an operation spools it; it is removed once that is answered.
    """

    house: House
    actor: Actor
    names: Mapping[str, str]
    query: Any = None
    body: Any = None
    spool: Path | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer about somebody: `zones` are those he may be in (IANA names)."""

    body: Mapping[str, Any] | bytes
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with its `ETag`: who names it in `If-None-Match` is told only that nothing is new (304)."""

    body: Mapping[str, Any] | bytes | str
    tag: str


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer that is no JSON: its bytes and their media type."""

    content: bytes
    media_type: str


Answer = Mapping[str, Any] | bytes | str | Told | Tagged | Typed
Handler = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """`query`, `body`, `answer` are models; an `answer` of None is an object that a schema of `docs` describes.

    An answer of bytes is JSON already (canonical); of text is `text/plain`. `body_most` is in bytes. `spool` names the
    file that takes a body which is no JSON and may be too large for memory.
    """

    id: str
    method: str
    path: str
    summary: str
    handler: Handler
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    answer_schema: str | None = None
    status: HTTPStatus = HTTPStatus.OK
    body_most: int = SMALL
    open: bool = False
    refusals: tuple[HTTPStatus, ...] = field(default=())
    spool: Callable[[House], Path] | None = None


def bind(operation: Operation, house: House) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The aiohttp handler of an operation."""

    async def handle(request: web.Request) -> web.Response:
        actor = _ANYBODY if operation.open else actor_of(request)
        asked = Asked(
            house=house,
            actor=actor,
            names=dict(request.match_info),
            query=_query(operation, request),
            body=await _body(operation, request),
        )
        answer = await _answered(operation, asked, request)
        zones = answer.zones if isinstance(answer, Told) else ()
        response = _response(operation, answer.body if isinstance(answer, Told | Tagged) else answer)
        if isinstance(answer, Tagged):
            response = _unless_known(request, response, answer.tag)
        # Who reads an instant wants it where the callee is and where the site is; the last zone is the site's.
        response.headers["Dialer-Zones"] = ",".join((*zones, house.site_zone))
        if house.lab_clock_s:
            response.headers["Dialer-Lab-Clock"] = f"{house.lab_clock_s:+.0f}"
        return response

    return handle


async def _answered(operation: Operation, asked: Asked, request: web.Request) -> Answer:
    if operation.spool is None:
        return await operation.handler(asked)
    path = operation.spool(asked.house)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            async for part in _parts(request, operation.body_most):
                file.write(part)
        return await operation.handler(replace(asked, spool=path))
    except OSError as trouble:
        raise Fault("sound.record", f"the upload cannot be kept: {trouble.strerror}") from trouble
    finally:
        path.unlink(missing_ok=True)


_ANYBODY = Actor(id="anybody", roles=frozenset(), authenticated_by="none")


def _unless_known(request: web.Request, response: web.Response, tag: str) -> web.Response:
    if any(one.value in (tag, "*") for one in request.if_none_match or ()):
        response = web.Response(status=HTTPStatus.NOT_MODIFIED)
    response.etag = tag
    return response


def _query(operation: Operation, request: web.Request) -> BaseModel | None:
    if operation.query is None:
        return None
    try:
        return operation.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise from_validation(error, "query") from None


async def _body(operation: Operation, request: web.Request) -> BaseModel | None:
    if operation.body is None:
        return None
    raw = await _read(request, operation.body_most)
    model = operation.body
    try:
        if len(raw) <= SMALL:
            return model.model_validate(_json(raw))
        # Seconds of reading would be seconds in which no key is heard and no deadline renewed.
        return await asyncio.to_thread(lambda: model.model_validate(_json(raw)))
    except ValidationError as error:
        raise from_validation(error, "body") from None


async def _read(request: web.Request, most: int) -> bytes:
    return b"".join([part async for part in _parts(request, most)])


async def _parts(request: web.Request, most: int) -> AsyncIterator[bytes]:
    size = 0
    async for part in request.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > most:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too-large",
                f"body is larger than `{most}` bytes",
                "send it in parts",
            )
        yield part


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw, object_pairs_hook=_no_double_keys, parse_float=_no_float)
    except RecursionError:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "bad-json", "body is nested too deeply", "send it flat"
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "bad-json", f"body is not JSON: {error}", "send UTF-8 JSON"
        ) from None


def _no_double_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        double = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"key `{double}` stands twice in one object")
    return found


def _no_float(text: str) -> float:
    raise ValueError(f"`{text}` is not an integer")


def _response(operation: Operation, answer: Mapping[str, Any] | bytes | str | Typed) -> web.Response:
    if isinstance(answer, Typed):
        return web.Response(status=operation.status, body=answer.content, content_type=answer.media_type)
    if isinstance(answer, str):
        return web.Response(status=operation.status, text=answer, content_type="text/plain")
    if isinstance(answer, bytes):
        body = answer
    else:
        body = json.dumps(answer, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return web.Response(status=operation.status, body=body, content_type="application/json")
