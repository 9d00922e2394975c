"""One websocket from its handshake to its loss: who is at the other end, what it can do, what it says."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)

from dialer.ari.errors import AriError, AriNotSent, AriRejected, AriUncertain
from dialer.ari.models import MISSHAPEN, Identity, Raw
from dialer.ari.wire import HttpRest, Objection, Request, Rest, WebsocketRest, first_step, understood

_LARGEST_FRAME: Final = 64 * 1024 * 1024
_PROBE_S: Final = 1.0
_CLOSE_S: Final = 0.5
_DATA: Final = (WSMsgType.TEXT, WSMsgType.BINARY)
_ENDED: Final = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class Link:
    """`rest` is None where Asterisk takes no commands over its websocket; `why` says how the link ended."""

    def __init__(
        self,
        socket: ClientWebSocketResponse[Any],
        objection: Objection,
        report_malformed: Callable[[str], None],
    ) -> None:
        self._socket = socket
        self._report_malformed = report_malformed
        self._held: deque[tuple[str, Raw]] = deque()
        self._answering = WebsocketRest(socket, objection)
        self.rest: WebsocketRest | None = None
        self.identity: Identity
        self.why = ""
        self._clock = asyncio.get_running_loop().time
        self._heard_at = self._clock()
        self._watching: asyncio.Task[None] | None = None

    async def greet(self, http: HttpRest, *, probe: bool, timeout_s: float) -> None:
        """Learn who is there, over the websocket where it takes commands. Events meanwhile are held."""
        if probe and (identity := await self._probed(min(_PROBE_S, timeout_s))) is not None:
            self.identity, self.rest = identity, self._answering
        else:
            self.identity = await _identity(http, timeout_s)

    async def _probed(self, timeout_s: float) -> Identity | None:
        asking = asyncio.create_task(_identity(self._answering, timeout_s))
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(timeout_s):
                while (heard := await self._receive(answers_too=True)) is not None:
                    if heard[0] == "RESTResponse":
                        return await asking
                    self._held.append(heard)
        except (TimeoutError, AriRejected, AriUncertain):
            return None
        finally:
            asking.cancel()
        raise AriUncertain("connect", self.why)

    async def next(self) -> tuple[str, Raw] | None:
        """The next event as type and JSON object; None once the link is lost."""
        return self._held.popleft() if self._held else await self._receive()

    async def _receive(self, *, answers_too: bool = False) -> tuple[str, Raw] | None:
        while True:
            message = await self._socket.receive()
            self._heard_at = self._clock()
            if message.type in _ENDED:
                self._explain()
                return None
            if message.type is WSMsgType.PING:
                first_step(self._socket.pong(message.data))
            if message.type not in _DATA:
                continue
            try:
                raw = json.loads(message.data.decode("utf-8", "replace"))
                kind = raw["type"]
                if not isinstance(kind, str):
                    raise TypeError("type")
                if kind != "RESTResponse":
                    return kind, raw
                self._answering.answer(raw)
                if answers_too:
                    return kind, raw
            except (*MISSHAPEN, RecursionError) as misshapen:
                self._report_malformed(f"{len(message.data)} bytes, {type(misshapen).__name__}")

    def _explain(self) -> None:
        if self.why:
            return
        failure = self._socket.exception()
        if failure is not None:
            self.why = f"the websocket failed ({type(failure).__name__})"
        else:
            self.why = f"the websocket was closed (code {self._socket.close_code})"

    def watch(self, heartbeat_s: float) -> None:
        """Begin to look for signs of life."""
        self._watching = asyncio.create_task(self._watch(heartbeat_s), name="ari heartbeat")

    async def _watch(self, heartbeat_s: float) -> None:
        """Ping an idle link; half a heartbeat without any frame after that, it is dead. If we ourselves were stopped
        meanwhile, what came must be read first: the heartbeat of aiohttp would discard it unread."""
        while True:
            idle_s = self._clock() - self._heard_at
            if idle_s < heartbeat_s:
                await asyncio.sleep(heartbeat_s - idle_s)
                continue
            asked_at = self._clock()
            with suppress(ClientError, OSError):  # the reader is about to notice
                first_step(self._socket.ping())
            await asyncio.sleep(heartbeat_s / 2)
            stopped = self._clock() - asked_at > heartbeat_s
            if self._heard_at < asked_at and not stopped:
                self.why = f"no sign of life for `{1.5 * heartbeat_s:g}` s"
                await self._socket.close()
                return

    async def close(self, timeout_s: float) -> None:
        """Let go of the socket; a peer that hangs is not waited for longer than `timeout_s`."""
        if self._watching is not None:
            self._watching.cancel()
        self._answering.lost(self.why or "the link was given up")
        try:
            async with asyncio.timeout(timeout_s):
                await self._socket.close()
        except (TimeoutError, ClientError, OSError):
            return


async def open_link(
    session: ClientSession,
    events_url: str,
    http: HttpRest,
    *,
    probe: bool,
    heartbeat_s: float,
    timeout_s: float,
    objection: Objection,
    report_malformed: Callable[[str], None],
) -> Link:
    """Handshake and greeting. Raises `AriRejected` (refused), `AriNotSent`, `AriUncertain` (not reached)."""
    socket = await _handshake(session, events_url, timeout_s)
    link = Link(socket, objection, report_malformed)
    try:
        await link.greet(http, probe=probe, timeout_s=timeout_s)
    except BaseException:
        await link.close(_CLOSE_S)
        raise
    link.watch(heartbeat_s)
    return link


async def _handshake(
    session: ClientSession, events_url: str, timeout_s: float
) -> ClientWebSocketResponse[Any]:
    failure: AriError
    try:
        async with asyncio.timeout(timeout_s):
            return await session.ws_connect(
                events_url,
                autoping=False,
                max_msg_size=_LARGEST_FRAME,
                timeout=ClientWSTimeout(ws_close=_CLOSE_S),
                decode_text=False,
            )
    except WSServerHandshakeError as refused:
        failure = AriRejected("connect", refused.status, _phrase(refused.status))
    except TimeoutError:
        failure = AriNotSent("connect", f"no handshake within `{timeout_s:g}` s")
    except (ClientError, OSError) as unreached:
        failure = AriNotSent("connect", f"asterisk was not reached ({type(unreached).__name__})")
    raise failure  # outside the handlers: what was caught holds the request's headers, and they the password


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no websocket"


async def _identity(rest: Rest, timeout_s: float) -> Identity:
    request = Request("asterisk.getInfo", None, "GET", "/asterisk/info", timeout_s)
    told = understood(request, await rest.send(request))
    try:
        return Identity.read(told)
    except MISSHAPEN as misshapen:
        why = f"answered in a shape this client cannot read ({type(misshapen).__name__})"
    raise AriUncertain(request.operation, why)
