"""What Asterisk says about its channels, bridges, playbacks, recordings and itself, as it was at that moment.

Readers take ARI's JSON objects. They raise `KeyError`, `TypeError`, `ValueError` or `AttributeError` where
a required member is missing or misshapen. Numbers and names of people are left out of every `repr`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

Raw = Mapping[str, Any]

MISSHAPEN = (KeyError, TypeError, ValueError, AttributeError)


def _texts(raw: Raw, key: str) -> tuple[str, ...]:
    return tuple(str(each) for each in raw.get(key) or ())


@dataclass(frozen=True, slots=True)
class Channel:
    """One leg. `state` is Asterisk's word: Down, Ring, Ringing, Up, Busy … `name` shows the endpoint."""

    id: str
    name: str
    state: str
    created_at: datetime
    caller_number: str = field(repr=False)
    caller_name: str = field(repr=False)
    connected_number: str = field(repr=False)
    connected_name: str = field(repr=False)
    exten: str = field(repr=False)
    protocol_id: str = field(default="", repr=False)

    @classmethod
    def read(cls, raw: Raw) -> Self:
        caller, connected = raw["caller"], raw["connected"]
        return cls(
            raw["id"],
            raw["name"],
            raw["state"],
            datetime.fromisoformat(raw["creationtime"]),
            caller["number"],
            caller["name"],
            connected["number"],
            connected["name"],
            raw["dialplan"]["exten"],
            raw.get("protocol_id") or "",
        )


@dataclass(frozen=True, slots=True)
class Bridge:
    """`type`: mixing, holding; `technology` is what runs at present and changes with the channels in it."""

    id: str
    type: str
    technology: str
    name: str
    channel_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(
            raw["id"], raw["bridge_type"], raw["technology"], raw.get("name") or "", _texts(raw, "channels")
        )


@dataclass(frozen=True, slots=True)
class Playback:
    """`state`: queued, playing, continuing, done, failed. `target_uri`: `channel:ID` or `bridge:ID`."""

    id: str
    media_uri: str
    target_uri: str
    state: str

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(raw["id"], raw["media_uri"], raw["target_uri"], raw["state"])


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """`state`: queued, recording, paused, done, failed, canceled; `cause` only where it failed."""

    name: str
    format: str
    target_uri: str
    state: str
    duration_s: int | None
    cause: str

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(
            raw["name"],
            raw["format"],
            raw.get("target_uri") or "",
            raw["state"],
            raw.get("duration"),
            raw.get("cause") or "",
        )


@dataclass(frozen=True, slots=True)
class StoredRecording:
    name: str
    format: str

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(raw["name"], raw["format"])


@dataclass(frozen=True, slots=True)
class Application:
    """What a Stasis application is subscribed to at present."""

    name: str
    channel_ids: tuple[str, ...]
    bridge_ids: tuple[str, ...]
    endpoint_ids: tuple[str, ...]
    device_names: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(
            raw["name"],
            _texts(raw, "channel_ids"),
            _texts(raw, "bridge_ids"),
            _texts(raw, "endpoint_ids"),
            _texts(raw, "device_names"),
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`state`: online, offline, unknown."""

    technology: str
    resource: str
    state: str
    channel_ids: tuple[str, ...]

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(
            raw["technology"], raw["resource"], raw.get("state") or "unknown", _texts(raw, "channel_ids")
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Which Asterisk. Another `started_at` or `entity_id` is another process: its channels are gone."""

    system_name: str
    entity_id: str
    version: str
    started_at: datetime

    @classmethod
    def read(cls, raw: Raw) -> Self:
        return cls(
            raw["config"].get("name") or "",
            raw["system"].get("entity_id") or "",
            raw["system"]["version"],
            datetime.fromisoformat(raw["status"]["startup_time"]),
        )
