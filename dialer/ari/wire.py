"""One request to Asterisk and its answer, over either transport, and what a failure of each proves.

Websocket: `send_str` writes before it first waits, or raises because the transport is closing. It is run to
that point and no further: an error there proves that nothing was written, all later is uncertain. HTTP:
connecting, waiting for a pooled connection and our own objection come before the headers are handed over, and
prove the same; from the headers on it is uncertain, however it fails. (A body follows its headers one step of
the loop later on Python 3.11; `dial` has none.)
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final, Protocol

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    TraceConfig,
    TraceRequestHeadersSentParams,
)

from dialer.ari.errors import AriNotSent, AriRejected, AriUncertain
from dialer.ari.models import Raw

Objection = Callable[["Request"], str | None]
"""Why this request must not be written now, or None. Asked in the same step as the write."""

_BETWEEN_US: Final = {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is relative to `/ari`, quoted, with its query; it may hold numbers, so it is never shown."""

    operation: str
    subject: str | None
    method: str
    path: str = field(repr=False)
    timeout_s: float
    body: Raw | None = field(default=None, repr=False)
    dialling: bool = False
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    reason: str
    content: bytes = field(repr=False)


class Rest(Protocol):
    async def send(self, request: Request) -> Reply:
        """Raises `AriNotSent` or `AriUncertain`."""


def understood(request: Request, reply: Reply) -> Any:
    """The answer's JSON (None: empty), or bytes where asked for. Raises `AriRejected` or `AriUncertain`."""
    if reply.status in _BETWEEN_US:
        raise AriUncertain(request.operation, f"a proxy answered {reply.status}", request.subject)
    if not 200 <= reply.status < 300:
        raise AriRejected(request.operation, reply.status, _words(reply), request.subject)
    if request.binary:
        return reply.content
    if not reply.content:
        return None
    try:
        return json.loads(reply.content)
    except ValueError:
        pass
    raise AriUncertain(request.operation, f"answered {reply.status} with no JSON", request.subject)


def _words(reply: Reply) -> str:
    try:
        told = json.loads(reply.content)
    except ValueError:
        return reply.content.decode("utf-8", "replace") or reply.reason
    if isinstance(told, dict):
        return str(told.get("message") or told.get("error") or reply.reason)
    return reply.reason


class HttpRest:
    """REST over HTTP with keep-alive."""

    def __init__(self, session: ClientSession, base: str, objection: Objection) -> None:
        self._session, self._base, self._objection = session, base, objection

    async def send(self, request: Request) -> Reply:
        progress = SimpleNamespace(request=request, objection=self._objection, written=False)
        try:
            async with self._session.request(
                request.method,
                self._base + request.path,
                json=request.body,
                timeout=ClientTimeout(total=request.timeout_s),
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as response:
                return Reply(response.status, response.reason or "", await response.read())
        except TimeoutError:
            why = f"no answer within `{request.timeout_s:g}` s"
        except (ClientError, OSError) as failure:
            why = f"the connection failed ({type(failure).__name__})"
        except RuntimeError:
            if not self._session.closed:
                raise
            why = "the connection was closed by us"
        proof = AriUncertain if progress.written else AriNotSent
        raise proof(request.operation, why, request.subject)


async def _headers_are_due(
    _session: ClientSession, context: SimpleNamespace, _params: TraceRequestHeadersSentParams
) -> None:
    progress = context.trace_request_ctx
    if progress is None:
        return
    request: Request = progress.request
    if (why := progress.objection(request)) is not None:
        raise AriNotSent(request.operation, why, request.subject)
    progress.written = True


def http_trace() -> TraceConfig:
    """What `HttpRest` needs of its session: a last word before the headers are handed over, and proof."""
    trace = TraceConfig()
    trace.on_request_headers_sent.append(_headers_are_due)
    return trace


class WebsocketRest:
    """REST over the websocket that also brings the events (Asterisk 20.14, 21.9, 22.4 and later)."""

    def __init__(self, socket: ClientWebSocketResponse[Any], objection: Objection) -> None:
        self._socket, self._objection = socket, objection
        self._numbers = itertools.count(1)
        self._pending: dict[str, asyncio.Future[Reply | str]] = {}

    async def send(self, request: Request) -> Reply:
        number = f"r{next(self._numbers)}"
        text = json.dumps(_envelope(number, request))
        outcome: asyncio.Future[Reply | str] = asyncio.get_running_loop().create_future()
        self._pending[number] = outcome
        try:
            async with asyncio.timeout(request.timeout_s):
                self._write(request, text)
                answer = await outcome
        except TimeoutError:
            answer = f"no answer within `{request.timeout_s:g}` s"
        finally:
            del self._pending[number]
        if isinstance(answer, str):
            raise AriUncertain(request.operation, answer, request.subject)
        return answer

    def _write(self, request: Request, text: str) -> None:
        why = self._objection(request)
        if why is None:
            try:
                first_step(self._socket.send_str(text))
                return
            except (ClientError, OSError) as failure:
                why = f"the websocket failed ({type(failure).__name__})"
        raise AriNotSent(request.operation, why, request.subject)

    def answer(self, raw: Raw) -> None:
        """A `RESTResponse` came in. One that is late is dropped: its caller was told `uncertain`."""
        waiting = self._pending.get(raw.get("request_id", ""))
        if waiting is not None and not waiting.done():
            content = (raw.get("message_body") or "").encode()
            waiting.set_result(Reply(int(raw["status_code"]), raw.get("reason_phrase") or "", content))

    def lost(self, why: str) -> None:
        """No answer will come any more."""
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_result(why)


def first_step(sending: Coroutine[Any, Any, None]) -> None:
    """Run it until it is done or first waits, as `send_str` does, having written, for a full buffer to drain.
    Nobody waits for that here: all who did would share one future, and one cancelled would cancel all."""
    try:
        drained = sending.send(None)
    except StopIteration:
        return
    sending.close()
    drained._asyncio_future_blocking = False  # asyncio's own mark of "somebody awaits this"; nobody does now
    drained.add_done_callback(lambda done: done.cancelled() or done.exception())


def _envelope(number: str, request: Request) -> dict[str, str]:
    envelope = {
        "type": "RESTRequest",
        "request_id": number,
        "method": request.method,
        "uri": request.path.lstrip("/"),
    }
    if request.body is not None:
        envelope["content_type"] = "application/json"
        envelope["message_body"] = json.dumps(request.body)
    return envelope
