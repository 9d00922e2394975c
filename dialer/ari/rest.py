"""ARI's operations in use, thin and typed, under ARI's own names.

Every method may raise `AriRejected`, `AriUncertain` or `AriNotSent` (see `dialer.ari.errors`).
`channels.create` and `channels.dial` are refused (`AriNotSent`) unless the link is up and the application is
ours, judged in the same step as the write. Ids are chosen by the caller, so that a subscription can be bound
before the command.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

from dialer.ari.errors import AriUncertain
from dialer.ari.models import (
    MISSHAPEN,
    Application,
    Bridge,
    Channel,
    Endpoint,
    Identity,
    LiveRecording,
    Playback,
    Raw,
    StoredRecording,
)

_T = TypeVar("_T")

_NEVER_FILTERED: Final = ("RESTResponse", "ApplicationReplaced")


class Call(Protocol):
    def __call__(
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
    ) -> Awaitable[Any]: ...


def _path(*parts: str, **query: str | int | None) -> str:
    """`/channels/ID?reason=busy`, quoted; parameters that are None are left out."""
    path = "".join("/" + quote(part, safe="") for part in parts)
    given = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(given, quote_via=quote)}" if given else path


def _read(operation: str, read: Callable[[Any], _T], raw: Any, subject: str | None = None) -> _T:
    try:
        return read(raw)
    except MISSHAPEN as misshapen:
        why = f"answered in a shape this client cannot read ({type(misshapen).__name__})"
    raise AriUncertain(operation, why, subject)


def _read_all(operation: str, read: Callable[[Raw], _T], raw: Any) -> tuple[_T, ...]:
    return _read(operation, lambda rows: tuple(read(row) for row in rows), raw)


@dataclass(frozen=True, slots=True)
class Channels:
    call: Call

    async def create(
        self,
        endpoint: str,
        app: str,
        app_args: str = "",
        *,
        channel_id: str,
        variables: Mapping[str, str] | None = None,
        formats: str | None = None,
        originator: str | None = None,
    ) -> Channel:
        path = _path(
            "channels",
            "create",
            endpoint=endpoint,
            app=app,
            appArgs=app_args or None,
            channelId=channel_id,
            formats=formats,
            originator=originator,
        )
        body = {"variables": dict(variables)} if variables else None
        raw = await self.call("channels.create", "POST", path, subject=channel_id, body=body, dialling=True)
        return _read("channels.create", Channel.read, raw, channel_id)

    async def dial(self, channel_id: str, timeout_s: int, caller: str | None = None) -> None:
        """204 means queued; the `Dial` event means sent. Send it once in a channel's life."""
        path = _path("channels", channel_id, "dial", timeout=timeout_s, caller=caller)
        await self.call("channels.dial", "POST", path, subject=channel_id, dialling=True)

    async def hangup(
        self, channel_id: str, *, reason: str | None = None, reason_code: int | None = None
    ) -> None:
        """`reason`: ARI's word (normal, busy, congestion, no_answer …); `reason_code`: Q.850. Not both."""
        path = _path("channels", channel_id, reason=reason, reason_code=reason_code)
        await self.call("channels.hangup", "DELETE", path, subject=channel_id)

    async def answer(self, channel_id: str) -> None:
        await self.call(
            "channels.answer", "POST", _path("channels", channel_id, "answer"), subject=channel_id
        )

    async def ring(self, channel_id: str) -> None:
        await self.call("channels.ring", "POST", _path("channels", channel_id, "ring"), subject=channel_id)

    async def stop_ring(self, channel_id: str) -> None:
        path = _path("channels", channel_id, "ring")
        await self.call("channels.ringStop", "DELETE", path, subject=channel_id)

    async def send_dtmf(self, channel_id: str, dtmf: str) -> None:
        path = _path("channels", channel_id, "dtmf", dtmf=dtmf)
        await self.call("channels.sendDTMF", "POST", path, subject=channel_id)

    async def get(self, channel_id: str) -> Channel:
        raw = await self.call("channels.get", "GET", _path("channels", channel_id), subject=channel_id)
        return _read("channels.get", Channel.read, raw, channel_id)

    async def list(self) -> tuple[Channel, ...]:
        return _read_all("channels.list", Channel.read, await self.call("channels.list", "GET", "/channels"))

    async def get_variable(self, channel_id: str, variable: str) -> str:
        """The value of a variable or dialplan function; `AriRejected` 404 where either is unknown."""
        path = _path("channels", channel_id, "variable", variable=variable)
        raw = await self.call("channels.getChannelVar", "GET", path, subject=channel_id)
        return _read("channels.getChannelVar", lambda found: str(found["value"]), raw, channel_id)

    async def set_variable(self, channel_id: str, variable: str, value: str) -> None:
        path = _path("channels", channel_id, "variable", variable=variable, value=value)
        await self.call("channels.setChannelVar", "POST", path, subject=channel_id)

    async def play(self, channel_id: str, media: str, playback_id: str) -> Playback:
        """`media` is a URI (`sound:…`, `recording:…`, `tone:…`) or several, separated by commas."""
        path = _path("channels", channel_id, "play", playback_id, media=media)
        raw = await self.call("channels.play", "POST", path, subject=channel_id)
        return _read("channels.play", Playback.read, raw, channel_id)


@dataclass(frozen=True, slots=True)
class Playbacks:
    call: Call

    async def get(self, playback_id: str) -> Playback:
        raw = await self.call("playbacks.get", "GET", _path("playbacks", playback_id), subject=playback_id)
        return _read("playbacks.get", Playback.read, raw, playback_id)

    async def stop(self, playback_id: str) -> None:
        await self.call("playbacks.stop", "DELETE", _path("playbacks", playback_id), subject=playback_id)


@dataclass(frozen=True, slots=True)
class Bridges:
    call: Call

    async def create(self, bridge_type: str, bridge_id: str, name: str | None = None) -> Bridge:
        """`bridge_type`: `mixing,dtmf_events` where keys must be heard; plain `mixing` swallows them."""
        path = _path("bridges", type=bridge_type, bridgeId=bridge_id, name=name)
        raw = await self.call("bridges.create", "POST", path, subject=bridge_id)
        return _read("bridges.create", Bridge.read, raw, bridge_id)

    async def add_channel(self, bridge_id: str, *channel_ids: str) -> None:
        path = _path("bridges", bridge_id, "addChannel", channel=",".join(channel_ids))
        await self.call("bridges.addChannel", "POST", path, subject=bridge_id)

    async def remove_channel(self, bridge_id: str, *channel_ids: str) -> None:
        path = _path("bridges", bridge_id, "removeChannel", channel=",".join(channel_ids))
        await self.call("bridges.removeChannel", "POST", path, subject=bridge_id)

    async def destroy(self, bridge_id: str) -> None:
        await self.call("bridges.destroy", "DELETE", _path("bridges", bridge_id), subject=bridge_id)

    async def get(self, bridge_id: str) -> Bridge:
        raw = await self.call("bridges.get", "GET", _path("bridges", bridge_id), subject=bridge_id)
        return _read("bridges.get", Bridge.read, raw, bridge_id)

    async def list(self) -> tuple[Bridge, ...]:
        return _read_all("bridges.list", Bridge.read, await self.call("bridges.list", "GET", "/bridges"))

    async def record(
        self,
        bridge_id: str,
        name: str,
        file_format: str,
        *,
        max_duration_s: int = 0,
        max_silence_s: int = 0,
        if_exists: str = "fail",
    ) -> LiveRecording:
        """Record the mix under `name`; 0 is no limit. The recording's events are heard under its name."""
        path = _path(
            "bridges",
            bridge_id,
            "record",
            name=name,
            format=file_format,
            maxDurationSeconds=max_duration_s,
            maxSilenceSeconds=max_silence_s,
            ifExists=if_exists,
        )
        raw = await self.call("bridges.record", "POST", path, subject=bridge_id)
        return _read("bridges.record", LiveRecording.read, raw, bridge_id)


@dataclass(frozen=True, slots=True)
class Recordings:
    call: Call

    async def stop(self, name: str) -> None:
        """End a live recording and keep it."""
        path = _path("recordings", "live", name, "stop")
        await self.call("recordings.stop", "POST", path, subject=name)

    async def get_stored(self, name: str) -> StoredRecording:
        path = _path("recordings", "stored", name)
        raw = await self.call("recordings.getStored", "GET", path, subject=name)
        return _read("recordings.getStored", StoredRecording.read, raw, name)

    async def list_stored(self) -> tuple[StoredRecording, ...]:
        raw = await self.call("recordings.listStored", "GET", "/recordings/stored")
        return _read_all("recordings.listStored", StoredRecording.read, raw)

    async def file(self, name: str, timeout_s: float = 60.0) -> bytes:
        """The whole file of a stored recording; always over HTTP."""
        path = _path("recordings", "stored", name, "file")
        content: bytes = await self.call(
            "recordings.getStoredFile", "GET", path, subject=name, binary=True, timeout_s=timeout_s
        )
        return content

    async def delete_stored(self, name: str) -> None:
        path = _path("recordings", "stored", name)
        await self.call("recordings.deleteStored", "DELETE", path, subject=name)


@dataclass(frozen=True, slots=True)
class Asterisk:
    call: Call

    async def info(self) -> Identity:
        raw = await self.call("asterisk.getInfo", "GET", "/asterisk/info")
        return _read("asterisk.getInfo", Identity.read, raw)


@dataclass(frozen=True, slots=True)
class Applications:
    call: Call

    async def get(self, app: str) -> Application:
        raw = await self.call("applications.get", "GET", _path("applications", app), subject=app)
        return _read("applications.get", Application.read, raw, app)

    async def subscribe(self, app: str, *event_sources: str) -> Application:
        """`event_sources`: `channel:ID`, `bridge:ID`, `endpoint:TECH/RESOURCE`, `deviceState:NAME`."""
        path = _path("applications", app, "subscription", eventSource=",".join(event_sources))
        raw = await self.call("applications.subscribe", "POST", path, subject=app)
        return _read("applications.subscribe", Application.read, raw, app)

    async def unsubscribe(self, app: str, *event_sources: str) -> Application:
        path = _path("applications", app, "subscription", eventSource=",".join(event_sources))
        raw = await self.call("applications.unsubscribe", "DELETE", path, subject=app)
        return _read("applications.unsubscribe", Application.read, raw, app)

    async def filter(
        self, app: str, *, allowed: Iterable[str] = (), disallowed: Iterable[str] = ()
    ) -> Application:
        """Only these event types (none given: all), less the disallowed. Answers to requests always pass,
        without which REST over the websocket would hang."""
        only = [*allowed]
        body = {
            "allowed": [{"type": each} for each in (*only, *_NEVER_FILTERED)] if only else [],
            "disallowed": [{"type": each} for each in disallowed if each not in _NEVER_FILTERED],
        }
        path = _path("applications", app, "eventFilter")
        raw = await self.call("applications.filter", "PUT", path, subject=app, body=body)
        return _read("applications.filter", Application.read, raw, app)


@dataclass(frozen=True, slots=True)
class Endpoints:
    call: Call

    async def list(self) -> tuple[Endpoint, ...]:
        raw = await self.call("endpoints.list", "GET", "/endpoints")
        return _read_all("endpoints.list", Endpoint.read, raw)

    async def get(self, technology: str, resource: str) -> Endpoint:
        raw = await self.call("endpoints.get", "GET", _path("endpoints", technology, resource))
        return _read("endpoints.get", Endpoint.read, raw)
