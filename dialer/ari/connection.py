"""The link to one Asterisk under one application name: its events, its commands, and its state.

async with AriConnection(url, user, password, app) as asterisk:
    await asterisk.wait_connected(timeout_s=10)
    with asterisk.events_of(channel_id) as events:
        await asterisk.channels.create(endpoint, app, channel_id=channel_id)
        async for event in events: ...
"""

from __future__ import annotations

import asyncio
import logging
import random
from base64 import b64encode
from collections import Counter
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientSession, TCPConnector

from dialer.ari.errors import AriError, AriNotSent, AriRejected
from dialer.ari.events import LinkLost, LinkRestored
from dialer.ari.link import Link, open_link
from dialer.ari.models import Identity, Raw
from dialer.ari.rest import Applications, Asterisk, Bridges, Channels, Endpoints, Playbacks, Recordings
from dialer.ari.routing import Router, Subscription
from dialer.ari.status import LinkState, Status
from dialer.ari.wire import HttpRest, Request, http_trace, understood

log = logging.getLogger(__name__)

_KEEP_ALIVE_S = 10.0
"""Below Asterisk's own 15 s: a connection that it is about to close must not be picked for a command."""

_CONNECTIONS = 16
_QUIET = (LinkState.CLOSED, LinkState.CONNECTING)


class AriConnection:
    """Events and commands of one Stasis application. `url` is `http[s]://host:port[/prefix]/ari`.

    Reconnects by itself with exponential backoff and jitter; a refusal (wrong password) is tried again
    every `refused_retry_s`. A replaced application is not taken back before `take_over()`. A dead link is
    noticed within 1.5 × `heartbeat_s`. Commands other than create and dial work without the link, over HTTP.
    """

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        app: str,
        *,
        subscribe_all: bool = False,
        rest: Literal["auto", "http"] = "auto",
        heartbeat_s: float = 3.0,
        request_timeout_s: float = 5.0,
        connect_timeout_s: float = 5.0,
        close_timeout_s: float = 1.0,
        backoff_min_s: float = 0.1,
        backoff_max_s: float = 5.0,
        refused_retry_s: float = 10.0,
    ) -> None:
        if urlsplit(url).username is not None:
            raise ValueError("credentials in the url of asterisk; give user and password apart from it")
        bare = url.rstrip("/")
        self.url = bare if bare.endswith("/ari") else f"{bare}/ari"
        self.app = app
        self._authorization = "Basic " + b64encode(f"{user}:{password}".encode()).decode()
        events = {"app": app, "subscribeAll": "true" if subscribe_all else "false"}
        self._events_url = f"{self.url}/events?{urlencode(events)}"
        self._rest_kind = rest
        self._heartbeat_s = heartbeat_s
        self._request_timeout_s = request_timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._close_timeout_s = close_timeout_s
        self._backoff_s = (backoff_min_s, backoff_max_s)
        self._refused_retry_s = refused_retry_s

        self._status = Status()
        self._retake = asyncio.Event()
        self._router = Router()
        self._link: Link | None = None
        self._session: ClientSession | None = None
        self._http: HttpRest | None = None
        self._task: asyncio.Task[None] | None = None

        self.channels = Channels(self._call)
        self.bridges = Bridges(self._call)
        self.playbacks = Playbacks(self._call)
        self.recordings = Recordings(self._call)
        self.asterisk = Asterisk(self._call)
        self.applications = Applications(self._call)
        self.endpoints = Endpoints(self._call)

    def __repr__(self) -> str:
        return f"<AriConnection {self.url} app={self.app!r} {self.state.value}: {self.why}>"

    # -- state --------------------------------------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        return self._status.state

    @property
    def why(self) -> str:
        """The reason of the present state, one line."""
        return self._status.why

    @property
    def connected(self) -> bool:
        """Events are heard and the application is ours; the only state in which anything is dialled."""
        return self._status.connected

    @property
    def identity(self) -> Identity | None:
        """The Asterisk of the newest link."""
        return self._status.identity

    @property
    def generation(self) -> int:
        """How many links came up so far."""
        return self._status.generation

    @property
    def rest_transport(self) -> Literal["websocket", "http"]:
        return "websocket" if self.connected and self._link and self._link.rest else "http"

    @property
    def unknown_events(self) -> Counter[str]:
        """How many of each unknown type were received."""
        return self._router.unknown

    @property
    def malformed_frames(self) -> int:
        return self._router.malformed

    async def wait_connected(self, timeout_s: float | None = None) -> Identity:
        """Wait for the link. Raises `AriRejected` where Asterisk refuses us, `AriNotSent` where the
        application was replaced, the connection is closed, or the time is up."""
        return await self._status.wait_connected(timeout_s)

    def take_over(self) -> None:
        """Connect again although another took the application over: only for the holder of its lease."""
        if self.state is LinkState.REPLACED:
            self._retake.set()

    # -- events -------------------------------------------------------------------------------------------

    def events_of(self, channel_id: str, *more: str) -> Subscription:
        """The events of this channel, and of more channels, bridges, playbacks, recordings, while entered."""
        return self._router.events_of(channel_id, *more)

    def events(self) -> Subscription:
        """Every event, while entered. Its queue is unbounded: read it."""
        return self._router.all_events()

    def strangers(self) -> Subscription:
        """`StasisStart` of channels that nobody here subscribed to, while entered."""
        return self._router.strangers()

    def link_changes(self) -> Subscription:
        """`LinkLost` and `LinkRestored` only, while entered."""
        return self._router.events_of()

    # -- commands -----------------------------------------------------------------------------------------

    async def _call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        subject: str | None = None,
        body: Raw | None = None,
        dialling: bool = False,
        binary: bool = False,
        timeout_s: float | None = None,
    ) -> Any:
        timeout_s = timeout_s or self._request_timeout_s
        request = Request(operation, subject, method, path, timeout_s, body, dialling, binary)
        link = self._link if self.connected else None
        rest = link.rest if link is not None and not binary else None
        if (sender := rest or self._http) is None:
            raise AriNotSent(operation, self.why, subject)
        return understood(request, await sender.send(request))

    def _objection(self, request: Request) -> str | None:
        if request.dialling and not self.connected:
            return f"nothing is dialled while the link is {self.state.value} ({self.why})"
        return None

    # -- life ---------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def start(self) -> None:
        """Begin to connect, in the background. Once."""
        if self._task is not None:
            raise RuntimeError("already started")
        self._session = ClientSession(
            connector=TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_S),
            headers={"Authorization": self._authorization},
            trace_configs=[http_trace()],
        )
        self._http = HttpRest(self._session, self.url, self._objection)
        self._task = asyncio.create_task(self._run(self._session, self._http), name=f"ari {self.app}")

    async def close(self) -> None:
        """End everything; a server that hangs is not waited for longer than `close_timeout_s` (twice)."""
        if self.state is LinkState.CLOSED:
            return
        self._down(LinkState.CLOSED, "closed by us")
        self._router.end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        http, session, self._http = self._http, self._session, None
        if http is not None and session is not None:
            try:
                async with asyncio.timeout(self._close_timeout_s):
                    await session.close()
            except TimeoutError:
                log.warning("asterisk did not let go of its connections within `%g` s", self._close_timeout_s)

    async def _run(self, session: ClientSession, http: HttpRest) -> None:
        attempt = 0
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._live(session, http)
            except AriRejected as refusal:
                self._refused(refusal)
            except AriError as failure:
                self._down(LinkState.LOST, str(failure))
            except Exception as defect:
                # An error of ours must not end reconnecting: live calls need their link.
                log.exception("defect in the ari link")
                self._down(LinkState.LOST, f"defect: {type(defect).__name__}")
            if self.state is LinkState.REPLACED:
                await self._retake.wait()
                self._retake.clear()
                self._down(LinkState.CONNECTING, "taking the application over")
            attempt = 0 if clock() - began > self._backoff_s[1] else attempt + 1
            await self._pause(attempt)

    async def _pause(self, attempt: int) -> None:
        least, most = self._backoff_s
        backoff_s = min(most, least * 2 ** min(attempt, 30))
        wait_s = self._refused_retry_s if self.state is LinkState.REFUSED else backoff_s
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)

    async def _live(self, session: ClientSession, http: HttpRest) -> None:
        """One life of the link, from the handshake to its loss."""
        link = await open_link(
            session,
            self._events_url,
            http,
            probe=self._rest_kind == "auto",
            heartbeat_s=self._heartbeat_s,
            timeout_s=self._connect_timeout_s,
            objection=self._objection,
            report_malformed=self._router.report_malformed,
        )
        try:
            self._up(link)
            while (heard := await link.next()) is not None:
                kind, raw = heard
                self._router.receive(kind, raw)
                if kind == "ApplicationReplaced" and raw.get("application") == self.app:
                    return self._down(LinkState.REPLACED, f"another took application `{self.app}` over")
            self._down(LinkState.LOST, link.why)
        finally:
            if self.connected:
                self._down(LinkState.LOST, "the link was given up")
            self._link = None
            await link.close(self._close_timeout_s)

    def _up(self, link: Link) -> None:
        self._link = link
        restarted = self._status.up(link.identity)
        log.info("ari link up: %s, rest over %s", self.why, self.rest_transport)
        self._router.announce(lambda n, at: LinkRestored(n, at, link.identity, self.generation, restarted))

    def _down(self, state: LinkState, why: str) -> None:
        was_up = self.connected
        if self._status.down(state, why):
            log.log(logging.INFO if state in _QUIET else logging.WARNING, "ari link down: %s", why)
        if self._link is not None and self._link.rest is not None:
            self._link.rest.lost(why)
        if was_up:
            self._router.announce(lambda n, at: LinkLost(n, at, why, self.generation))

    def _refused(self, refusal: AriRejected) -> None:
        # An Asterisk that starts answers 404 until its modules are loaded: only these two are about us.
        if refusal.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            self._down(LinkState.LOST, str(refusal))
        elif self._status.refused(refusal):
            log.error("ari link refused: %s; hint: check user, password, acl and url", refusal)
