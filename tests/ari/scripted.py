"""A scripted ARI: a real HTTP and websocket server that answers, refuses, hangs and cuts as told."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import WSMsgType, web

from dialer.ari.connection import AriConnection

Connect = Callable[..., AriConnection]

USER, PASSWORD, APP = "dialer", "a-secret-of-the-lab", "gate"
STARTED_AT = "2026-11-21T10:00:00.000+0000"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: Any = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and never answer."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Take the request, then break the connection it came by."""


Script = Answer | Hang | Cut


@dataclass(frozen=True, slots=True)
class Seen:
    transport: str
    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class ScriptedAsterisk:
    """`scripts` maps `METHOD path` (below `/ari`) to what is done; without an entry: an empty 204."""

    takes_commands: bool = True
    """Whether REST over the websocket is understood, as from 22.4 on."""
    password: str = PASSWORD
    started_at: str = STARTED_AT
    handshake_status: int | None = None
    mute: bool = False
    """Accept the websocket and then read nothing at all: no pong, no close."""
    scripts: dict[str, Script] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    handshakes: int = 0
    pongs: list[bytes] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{tail:.*}", self._http)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        await self._runner.cleanup()

    async def listen(self) -> None:
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self._site = site
        self.port = self._runner.addresses[0][1]

    async def stop_listening(self) -> None:
        """New connections are refused; those that stand, stay."""
        await self._site.stop()

    def cut(self) -> None:
        """Break every websocket without a word."""
        for socket in self.sockets:
            self._break(socket._req)
        self.sockets.clear()

    async def say(self, *events: dict[str, Any] | bytes) -> None:
        """Send events (or raw text frames) on the newest websocket."""
        for event in events:
            frame = event if isinstance(event, bytes) else json.dumps(event).encode()
            await self.sockets[-1].send_frame(frame, WSMsgType.TEXT)

    async def until(self, met: Callable[[], Any], timeout_s: float = 5.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not met():
                await asyncio.sleep(0.005)

    def commands(self, operation: str) -> list[Seen]:
        """The requests `METHOD path` that arrived, over either transport."""
        return [each for each in self.seen if f"{each.method} {each.path}" == operation]

    @staticmethod
    def _break(request: Any) -> None:
        if request is not None and request.transport is not None:
            request.transport.abort()

    def _allowed(self, request: web.Request) -> bool:
        expected = b64encode(f"{USER}:{self.password}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {expected}"

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self.handshakes += 1
        if not self._allowed(request):
            return web.json_response({"error": "Unauthorized"}, status=401)
        if self.handshake_status is not None:
            return web.Response(status=self.handshake_status)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        if self.mute:
            await asyncio.sleep(60)
        async for message in socket:
            if message.type is WSMsgType.PING and not self.mute:
                await socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self.pongs.append(bytes(message.data))
            elif message.type is WSMsgType.TEXT and self.takes_commands:
                await self._websocket(request, socket, json.loads(message.data))
            while self.mute:
                await asyncio.sleep(0.01)
        return socket

    async def _websocket(
        self, request: web.Request, socket: web.WebSocketResponse, asked: dict[str, Any]
    ) -> None:
        parts = urlsplit(asked["uri"])
        body = json.loads(asked["message_body"]) if "message_body" in asked else None
        seen = Seen(
            "websocket", asked["method"], f"/{unquote(parts.path)}", dict(parse_qsl(parts.query)), body
        )
        done = self._script(seen)
        if isinstance(done, Cut):
            self._break(request)
        if isinstance(done, Answer):
            reply = {
                "type": "RESTResponse",
                "request_id": asked["request_id"],
                "status_code": done.status,
                "reason_phrase": "as told",
                "message_body": "" if done.body is None else json.dumps(done.body),
            }
            await socket.send_str(json.dumps(reply))

    async def _http(self, request: web.Request) -> web.StreamResponse:
        if not self._allowed(request):
            return web.json_response({"error": "Unauthorized"}, status=401)
        text = await request.text()
        path = request.path.removeprefix("/ari")
        done = self._script(
            Seen("http", request.method, path, dict(request.query), json.loads(text) if text else None)
        )
        if isinstance(done, Cut):
            self._break(request)
        if isinstance(done, Answer):
            if isinstance(done.body, bytes):
                return web.Response(status=done.status, body=done.body)
            if done.body is None:
                return web.Response(status=done.status)
            return web.json_response(done.body, status=done.status)
        await asyncio.sleep(60)
        raise AssertionError("nobody waits a minute for an answer")

    def _script(self, seen: Seen) -> Script:
        self.seen.append(seen)
        if seen.path == "/asterisk/info" and "GET /asterisk/info" not in self.scripts:
            return Answer(200, self._info())
        return self.scripts.get(f"{seen.method} {seen.path}", Answer(204))

    def _info(self) -> dict[str, Any]:
        return {
            "config": {"name": "scripted"},
            "system": {"version": "22.10.1", "entity_id": "00:00"},
            "status": {"startup_time": self.started_at},
        }


def channel(id: str, state: str = "Down") -> dict[str, Any]:  # noqa: A002 - ARI's own word
    return {
        "id": id,
        "name": "PJSIP/trunk-main-00000001",
        "state": state,
        "caller": {"name": "", "number": ""},
        "connected": {"name": "", "number": "95001234"},
        "dialplan": {"context": "default", "exten": "s", "priority": 1},
        "creationtime": "2026-11-21T10:00:01.000+0000",
    }


def event(kind: str, **more: Any) -> dict[str, Any]:
    """An event of Asterisk as JSON object, stamped with the present instant."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {"type": kind, "timestamp": now, "application": APP, "asterisk_id": "00:00", **more}


def of_channel(kind: str, id: str, state: str = "Down", **more: Any) -> dict[str, Any]:  # noqa: A002
    return event(kind, channel=channel(id, state), **more)
