"""ARI's events as frozen types. `read_event` knows the ones in use; every other becomes an `UnknownEvent`.

Each carries `sequence`, growing by one with each event of this connection in order of reception, and
`timestamp`, Asterisk's own (aware). An event of the link (`LinkLost`, `LinkRestored`) has ours, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dialer.ari.models import Bridge, Channel, Identity, LiveRecording, Playback, Raw


@dataclass(frozen=True, slots=True)
class Event:
    sequence: int
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class UnknownEvent(Event):
    """A type this product does not use, or a used one in a shape it cannot read (counted as malformed)."""

    type: str
    raw: Raw = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChannelEvent(Event):
    channel: Channel


@dataclass(frozen=True, slots=True)
class StasisStart(ChannelEvent):
    """The channel entered the application. After `channels.create` this is NOT an answer."""

    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StasisEnd(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True)
class ChannelCreated(ChannelEvent):
    pass


@dataclass(frozen=True, slots=True)
class ChannelStateChange(ChannelEvent):
    """`channel.state == "Up"` is the answer."""


@dataclass(frozen=True, slots=True)
class ChannelHangupRequest(ChannelEvent):
    cause: int | None
    soft: bool


@dataclass(frozen=True, slots=True)
class ChannelDestroyed(ChannelEvent):
    """The end. `cause` is Q.850; `tech_cause` the SIP status where this Asterisk tells it."""

    cause: int
    cause_txt: str
    tech_cause: int | None


@dataclass(frozen=True, slots=True)
class ChannelDtmfReceived(ChannelEvent):
    """Sent when the key is let go."""

    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Dial(Event):
    """`dialstatus`: "" (sent), PROGRESS, RINGING, ANSWER, BUSY … The end is `ChannelDestroyed`, not this."""

    peer: Channel
    caller: Channel | None
    dialstatus: str
    dialstring: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlaybackEvent(Event):
    playback: Playback


@dataclass(frozen=True, slots=True)
class PlaybackStarted(PlaybackEvent):
    pass


@dataclass(frozen=True, slots=True)
class PlaybackFinished(PlaybackEvent):
    """`playback.state` is done or failed; done is also said of a playback that was stopped."""


@dataclass(frozen=True, slots=True)
class RecordingEvent(Event):
    recording: LiveRecording


@dataclass(frozen=True, slots=True)
class RecordingStarted(RecordingEvent):
    pass


@dataclass(frozen=True, slots=True)
class RecordingFinished(RecordingEvent):
    pass


@dataclass(frozen=True, slots=True)
class RecordingFailed(RecordingEvent):
    pass


@dataclass(frozen=True, slots=True)
class ChannelEnteredBridge(ChannelEvent):
    bridge: Bridge


@dataclass(frozen=True, slots=True)
class ChannelLeftBridge(ChannelEvent):
    bridge: Bridge


@dataclass(frozen=True, slots=True)
class BridgeDestroyed(Event):
    bridge: Bridge


@dataclass(frozen=True, slots=True)
class ApplicationReplaced(Event):
    """Another websocket took this application over; ours stays open and silent."""

    application: str


@dataclass(frozen=True, slots=True)
class LinkLost(Event):
    """Events from here on are not heard and never will be. `generation` is the one that ended."""

    why: str
    generation: int


@dataclass(frozen=True, slots=True)
class LinkRestored(Event):
    """Events are heard again. `restarted`: it is another Asterisk process, the old channels are gone."""

    identity: Identity
    generation: int
    restarted: bool


_Build = Callable[[int, datetime, Raw], Event]


def _of_channel(kind: Callable[[int, datetime, Channel], Event]) -> _Build:
    return lambda n, at, raw: kind(n, at, Channel.read(raw["channel"]))


def _of_playback(kind: Callable[[int, datetime, Playback], Event]) -> _Build:
    return lambda n, at, raw: kind(n, at, Playback.read(raw["playback"]))


def _of_recording(kind: Callable[[int, datetime, LiveRecording], Event]) -> _Build:
    return lambda n, at, raw: kind(n, at, LiveRecording.read(raw["recording"]))


def _of_bridged(kind: Callable[[int, datetime, Channel, Bridge], Event]) -> _Build:
    return lambda n, at, raw: kind(n, at, Channel.read(raw["channel"]), Bridge.read(raw["bridge"]))


def _dial(sequence: int, timestamp: datetime, raw: Raw) -> Event:
    caller = raw.get("caller")
    return Dial(
        sequence,
        timestamp,
        Channel.read(raw["peer"]),
        Channel.read(caller) if caller else None,
        raw["dialstatus"],
        raw.get("dialstring") or "",
    )


def _destroyed(sequence: int, timestamp: datetime, raw: Raw) -> Event:
    return ChannelDestroyed(
        sequence,
        timestamp,
        Channel.read(raw["channel"]),
        int(raw["cause"]),
        raw.get("cause_txt") or "",
        raw.get("tech_cause"),
    )


KNOWN: Final[dict[str, _Build]] = {
    "StasisStart": lambda n, at, raw: StasisStart(n, at, Channel.read(raw["channel"]), tuple(raw["args"])),
    "StasisEnd": _of_channel(StasisEnd),
    "ChannelCreated": _of_channel(ChannelCreated),
    "ChannelStateChange": _of_channel(ChannelStateChange),
    "ChannelHangupRequest": lambda n, at, raw: ChannelHangupRequest(
        n, at, Channel.read(raw["channel"]), raw.get("cause"), bool(raw.get("soft"))
    ),
    "ChannelDestroyed": _destroyed,
    "ChannelDtmfReceived": lambda n, at, raw: ChannelDtmfReceived(
        n, at, Channel.read(raw["channel"]), raw["digit"], int(raw["duration_ms"])
    ),
    "Dial": _dial,
    "PlaybackStarted": _of_playback(PlaybackStarted),
    "PlaybackFinished": _of_playback(PlaybackFinished),
    "RecordingStarted": _of_recording(RecordingStarted),
    "RecordingFinished": _of_recording(RecordingFinished),
    "RecordingFailed": _of_recording(RecordingFailed),
    "ChannelEnteredBridge": _of_bridged(ChannelEnteredBridge),
    "ChannelLeftBridge": _of_bridged(ChannelLeftBridge),
    "BridgeDestroyed": lambda n, at, raw: BridgeDestroyed(n, at, Bridge.read(raw["bridge"])),
    "ApplicationReplaced": lambda n, at, raw: ApplicationReplaced(n, at, raw["application"]),
}


def _target(uri: Any) -> str:
    return uri.partition(":")[2] if isinstance(uri, str) else ""


def ids_of(raw: Raw) -> list[str]:
    """The ids an event concerns: channels, bridge, playback, recording (by name), and these two's target."""
    ids = []
    for key in ("channel", "peer", "caller", "bridge"):
        part = raw.get(key)
        if isinstance(part, dict) and isinstance(found := part.get("id"), str):
            ids.append(found)
    for key, naming in (("playback", "id"), ("recording", "name")):
        part = raw.get(key)
        if isinstance(part, dict):
            ids += [
                each for each in (part.get(naming), _target(part.get("target_uri"))) if isinstance(each, str)
            ]
    return ids
