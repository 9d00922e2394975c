"""Events: typed, ordered, counted where unknown or malformed, and heard by whom they concern."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from scripted import Answer, Connect, ScriptedAsterisk, channel, event, of_channel

from dialer.ari import events as types
from dialer.ari.errors import AriRejected
from dialer.ari.events import Event, UnknownEvent
from dialer.ari.routing import Router, Subscription

BRIDGE = {
    "id": "b1",
    "technology": "simple_bridge",
    "bridge_type": "mixing",
    "bridge_class": "stasis",
    "channels": ["c1"],
}
PLAYBACK = {"id": "p1", "media_uri": "sound:x", "target_uri": "channel:c1", "state": "done"}
RECORDING = {"name": "r1", "format": "wav", "target_uri": "bridge:b1", "state": "done", "duration": 3}

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "StasisStart": ({"channel": channel("c1"), "args": ["inbound", "1"]}, {"args": ("inbound", "1")}),
    "StasisEnd": ({"channel": channel("c1")}, {}),
    "ChannelCreated": ({"channel": channel("c1")}, {}),
    "ChannelStateChange": ({"channel": channel("c1", "Up")}, {"channel.state": "Up"}),
    "ChannelHangupRequest": ({"channel": channel("c1"), "cause": 16}, {"cause": 16, "soft": False}),
    "ChannelDestroyed": (
        {"channel": channel("c1"), "cause": 17, "cause_txt": "User busy", "tech_cause": 486},
        {"cause": 17, "cause_txt": "User busy", "tech_cause": 486},
    ),
    "ChannelDtmfReceived": (
        {"channel": channel("c1"), "digit": "9", "duration_ms": 120},
        {"digit": "9", "duration_ms": 120},
    ),
    "Dial": (
        {"peer": channel("c1"), "dialstatus": "RINGING", "dialstring": "1@trunk"},
        {"peer.id": "c1", "dialstatus": "RINGING", "caller": None},
    ),
    "PlaybackStarted": ({"playback": PLAYBACK}, {"playback.id": "p1"}),
    "PlaybackFinished": ({"playback": PLAYBACK}, {"playback.state": "done"}),
    "RecordingStarted": ({"recording": RECORDING}, {"recording.name": "r1"}),
    "RecordingFinished": ({"recording": RECORDING}, {"recording.duration_s": 3}),
    "RecordingFailed": ({"recording": RECORDING | {"cause": "full"}}, {"recording.cause": "full"}),
    "ChannelEnteredBridge": (
        {"channel": channel("c1"), "bridge": BRIDGE},
        {"bridge.id": "b1", "bridge.channel_ids": ("c1",)},
    ),
    "ChannelLeftBridge": ({"channel": channel("c1"), "bridge": BRIDGE}, {"bridge.id": "b1"}),
    "BridgeDestroyed": ({"bridge": BRIDGE}, {"bridge.id": "b1"}),
    "ApplicationReplaced": ({}, {"application": "gate"}),
}


def _value(of: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        of = getattr(of, name)
    return of


def _received(router: Router, subscription: Subscription, kind: str, raw: dict[str, Any]) -> list[Event]:
    with subscription:
        router.receive(kind, raw)
        return subscription.drain()


@pytest.mark.parametrize("kind", sorted(types.KNOWN))
def test_a_used_event_is_typed(kind: str) -> None:
    """Each event the product uses arrives as its own type with its members, Asterisk's time and a number."""
    raw, expected = KINDS[kind]
    router = Router()
    [heard] = _received(router, router.all_events(), kind, event(kind, **raw))
    assert type(heard).__name__ == kind
    assert {name: _value(heard, name) for name in expected} == expected
    assert heard.sequence == 1
    assert abs((datetime.now(UTC) - heard.timestamp).total_seconds()) < 5
    assert (router.malformed, router.unknown.total()) == (0, 0)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"ApplicationReplaced"}))
def test_an_event_reaches_those_it_concerns_once(kind: str) -> None:
    """An event is heard by whoever follows one of its ids, once even where two match, and by nobody else."""
    raw, _ = KINDS[kind]
    router = Router()
    with router.events_of("other") as other:
        both = router.events_of("c1", "b1", "p1", "r1")
        assert len(_received(router, both, kind, event(kind, **raw))) == 1
        assert other.drain() == []


async def test_an_unknown_event_is_counted_and_delivered(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """An unknown type is counted by its name and still delivered, also to the channel it is about."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events_of("c1") as events:
        await asterisk.say(of_channel("ChannelTeleported", "c1", where="moon"))
        heard = await events.next()
    assert isinstance(heard, UnknownEvent)
    assert (heard.type, heard.raw["where"]) == ("ChannelTeleported", "moon")
    assert connection.unknown_events == {"ChannelTeleported": 1}


@pytest.mark.parametrize(
    "frame",
    [
        b"not json",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"type": ["x"]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": "RESTResponse", "request_id": "r1", "status_code": "x"}',
        b"",
    ],
    ids=lambda frame: repr(frame[:24]),
)
async def test_a_malformed_frame_does_not_kill_the_reader(
    asterisk: ScriptedAsterisk, connect: Connect, frame: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A frame that is no event is counted and reported, and the next event is heard on the same link."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events_of("c1") as events:
        await asterisk.say(frame, of_channel("StasisEnd", "c1"))
        assert isinstance(await events.next(), types.StasisEnd)
    late_answer = b"RESTResponse" in frame
    assert connection.malformed_frames == (0 if late_answer else 1)
    assert connection.generation == 1
    assert late_answer or "malformed frame" in caplog.text


async def test_a_misshapen_known_event_is_still_delivered(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """A used type in a shape that cannot be read is counted as malformed and delivered as unknown."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events_of("c1") as events:
        bent = of_channel("ChannelDestroyed", "c1", cause="none")
        await asterisk.say(bent)
        heard = await events.next()
    assert isinstance(heard, UnknownEvent)
    assert (heard.type, connection.malformed_frames) == ("ChannelDestroyed", 1)


async def test_text_that_is_not_utf8_loses_no_event(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A caller's name in another encoding does not cost the event, nor the link."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events_of("c1") as events:
        ended = json.dumps(of_channel("StasisEnd", "c1")).encode()
        await asterisk.say(ended.replace(b'"name": ""', b'"name": "\xd5\xc5"'))
        assert isinstance(await events.next(), types.StasisEnd)
    assert connection.generation == 1


async def test_events_stay_in_order(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Events are heard in the order sent, numbered ascending across subscriptions."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events() as everything, connection.events_of("c1") as of_one:
        sent = [
            of_channel("ChannelDtmfReceived", f"c{n % 2}", digit=str(n % 10), duration_ms=n)
            for n in range(200)
        ]
        await asterisk.say(*sent)
        await asterisk.until(lambda: connection._router.sequence >= 201)
        heard, mine = everything.drain(), of_one.drain()
    assert [each.duration_ms for each in heard if isinstance(each, types.ChannelDtmfReceived)] == [
        *range(200)
    ]
    numbers = [each.sequence for each in heard]
    assert numbers == sorted(set(numbers))
    assert mine == heard[1::2]


async def test_what_comes_before_the_reply_is_not_lost(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A subscription bound before the command hears what Asterisk says before it answers the command."""
    connection = connect()
    await connection.wait_connected(2)
    asterisk.scripts["DELETE /channels/c1"] = Answer(404, {"message": "Channel not found"})
    with connection.events_of("c1") as events:
        await asterisk.say(of_channel("StasisStart", "c1", args=[]))
        with pytest.raises(AriRejected):
            await connection.channels.hangup("c1")
        assert [type(each) for each in events.drain()] == [types.StasisStart]


def test_also_follows_further_ids_from_then_on() -> None:
    """`also` adds ids to a subscription; leaving it ends all of them and leaves nothing bound."""
    router = Router()
    with router.events_of("c1") as events:
        router.receive("BridgeDestroyed", event("BridgeDestroyed", bridge=BRIDGE | {"id": "b9"}))
        events.also("b9")
        router.receive("BridgeDestroyed", event("BridgeDestroyed", bridge=BRIDGE | {"id": "b9"}))
        assert [each.sequence for each in events.drain()] == [2]
    router.receive("BridgeDestroyed", event("BridgeDestroyed", bridge=BRIDGE | {"id": "b9"}))
    assert events.drain() == []
    assert (router._by_id, router._links, router._everything) == ({}, {}, {})


def test_numbers_are_not_in_representations() -> None:
    """Neither the called number nor the caller ID is in an event's `repr`."""
    raw = channel("c1") | {"connected": {"name": "n", "number": "13800138000"}}
    router = Router()
    dial = event("Dial", peer=raw, dialstatus="", dialstring="13800138000@trunk-main")
    odd = event("ChannelTeleported", channel=raw)
    with router.events_of("c1") as events:
        router.receive("Dial", dial)
        router.receive("ChannelTeleported", odd)
        assert "13800138000" not in repr(events.drain())
