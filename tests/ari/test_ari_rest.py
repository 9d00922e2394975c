"""Commands over both transports: done, refused, uncertain and not sent are told apart, and by proof."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from scripted import Answer, Connect, Cut, Hang, ScriptedAsterisk, channel, event

from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriNotSent, AriRejected, AriUncertain
from dialer.ari.status import LinkState

BOTH = pytest.mark.parametrize("transport", ["websocket", "http"])
CREATE, DIAL, HANGUP = "POST /channels/create", "POST /channels/c1/dial", "DELETE /channels/c1"
NUMBER = "13800138000"


async def _up(asterisk: ScriptedAsterisk, connect: Connect, transport: str, **options: Any) -> AriConnection:
    connection = connect(rest="auto" if transport == "websocket" else "http", **options)
    await connection.wait_connected(2)
    assert connection.rest_transport == transport
    return connection


def _create(connection: AriConnection) -> Awaitable[Any]:
    return connection.channels.create(
        f"PJSIP/{NUMBER}@trunk-main", "gate", channel_id="c1", variables={"CONNECTEDLINE(num)": "95001234"}
    )


@BOTH
async def test_a_command_arrives_as_meant(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str
) -> None:
    """Ids, parameters and variables arrive unchanged, whatever characters they hold."""
    connection = await _up(asterisk, connect, transport)
    odd = "a b/c?d=e&f+g%2B@h#i;j=汉"
    asterisk.scripts[CREATE] = Answer(200, channel("c1"))
    asterisk.scripts["GET /channels/c1/variable"] = Answer(200, {"value": odd})
    created = await connection.channels.create(
        odd, "gate", odd, channel_id="c1", variables={"PJSIP_HEADER(add,X)": odd}
    )
    assert created.connected_number == "95001234"
    [seen] = asterisk.commands(CREATE)
    assert seen.query == {"endpoint": odd, "app": "gate", "appArgs": odd, "channelId": "c1"}
    assert (seen.body, seen.transport) == ({"variables": {"PJSIP_HEADER(add,X)": odd}}, transport)
    assert await connection.channels.get_variable("c1", odd) == odd
    assert asterisk.commands("GET /channels/c1/variable")[0].query == {"variable": odd}


@BOTH
@pytest.mark.parametrize("status", [302, 404, 409, 412, 500, 503])
async def test_a_refusal_keeps_asterisks_words(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str, status: int
) -> None:
    """An answer that is not 2xx is `AriRejected` with status, words, operation and channel."""
    connection = await _up(asterisk, connect, transport)
    asterisk.scripts[DIAL] = Answer(status, {"message": "Channel not in Stasis application"})
    with pytest.raises(AriRejected) as refused:
        await connection.channels.dial("c1", 30)
    assert (refused.value.status, refused.value.operation, refused.value.subject) == (
        status,
        "channels.dial",
        "c1",
    )
    assert refused.value.asterisk_words == "Channel not in Stasis application"


@BOTH
@pytest.mark.parametrize("status", [502, 504])
async def test_a_proxys_failure_proves_nothing(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str, status: int
) -> None:
    """What a gateway between us answers of its own is uncertain, not refused."""
    connection = await _up(asterisk, connect, transport)
    asterisk.scripts[DIAL] = Answer(status)
    with pytest.raises(AriUncertain):
        await connection.channels.dial("c1", 30)


@BOTH
async def test_no_answer_is_uncertain(asterisk: ScriptedAsterisk, connect: Connect, transport: str) -> None:
    """A command that arrived and is never answered ends as uncertain after the timeout."""
    connection = await _up(asterisk, connect, transport)
    asterisk.scripts[DIAL] = Hang()
    began = time.monotonic()
    with pytest.raises(AriUncertain, match=r"no answer within `0\.3` s"):
        await connection.channels.dial("c1", 30)
    assert 0.25 < time.monotonic() - began < 1.0
    assert len(asterisk.commands(DIAL)) == 1


@BOTH
async def test_a_connection_cut_after_the_command_is_uncertain(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str
) -> None:
    """A dial whose connection breaks before the answer may have been done, and is written once."""
    connection = await _up(asterisk, connect, transport, request_timeout_s=5.0)
    asterisk.scripts[DIAL] = Cut()
    async with asyncio.timeout(1):
        with pytest.raises(AriUncertain):
            await connection.channels.dial("c1", 30)
    assert len(asterisk.commands(DIAL)) == 1


@BOTH
async def test_an_unreadable_success_is_uncertain(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str
) -> None:
    """A 200 whose body is not what was promised was done, but what was done is not known."""
    connection = await _up(asterisk, connect, transport)
    asterisk.scripts[CREATE] = Answer(200, {"surprise": True})
    with pytest.raises(AriUncertain, match="shape"):
        await _create(connection)


@BOTH
@pytest.mark.parametrize("cause", ["lost", "replaced"])
async def test_nothing_is_dialled_without_the_link(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str, cause: str
) -> None:
    """Link down or application replaced: create and dial are not sent, while hangup and list still work."""
    connection = await _up(asterisk, connect, transport)
    if cause == "lost":
        asterisk.handshake_status = 503
        asterisk.cut()
    else:
        await asterisk.say(event("ApplicationReplaced"))
    await asterisk.until(lambda: not connection.connected)
    for command in (_create(connection), connection.channels.dial("c1", 30)):
        with pytest.raises(AriNotSent, match="nothing is dialled"):
            await command
    asterisk.scripts["GET /channels"] = Answer(200, [channel("c1")])
    assert [each.id for each in await connection.channels.list()] == ["c1"]
    await connection.channels.hangup("c1", reason_code=16)
    assert asterisk.commands(CREATE) + asterisk.commands(DIAL) == []
    assert asterisk.commands(HANGUP)[0].query == {"reason_code": "16"}


async def test_a_dial_waiting_for_a_connection_is_stopped_by_a_lost_link(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """Over HTTP the link is judged when the request is written, not when it began to wait for its turn."""
    connection = await _up(asterisk, connect, "http", request_timeout_s=2.0)
    asterisk.scripts["GET /bridges"] = Hang()
    fill = [asyncio.create_task(connection.bridges.list()) for _ in range(15)]
    await asterisk.until(lambda: len(asterisk.commands("GET /bridges")) == 15)
    dial = asyncio.create_task(connection.channels.dial("c1", 30))
    await asyncio.sleep(0.05)
    assert not dial.done()
    asterisk.handshake_status = 503
    asterisk.cut()
    with pytest.raises(AriNotSent, match="nothing is dialled"):
        await dial
    assert asterisk.commands(DIAL) == []
    await _cancelled(fill)


async def test_a_timeout_before_a_connection_was_free_is_not_sent(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """Over HTTP a request that never got a connection was never written, and says so."""
    connection = await _up(asterisk, connect, "http")
    connection._request_timeout_s = 5.0
    asterisk.scripts["GET /bridges"] = Hang()
    fill = [asyncio.create_task(connection.bridges.list()) for _ in range(15)]
    await asterisk.until(lambda: len(asterisk.commands("GET /bridges")) == 15)
    connection._request_timeout_s = 0.2
    with pytest.raises(AriNotSent, match="no answer within"):
        await connection.channels.dial("c1", 30)
    assert asterisk.commands(DIAL) == []
    await _cancelled(fill)


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nobody_listening_is_not_sent(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A refused TCP connection proves that nothing was written."""
    await asterisk.stop_listening()
    connection = connect()
    with pytest.raises(AriNotSent, match="the connection failed"):
        await connection.channels.hangup("c1")


async def test_a_closed_connection_sends_nothing(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """After close every command is `AriNotSent`."""
    connection = await _up(asterisk, connect, "websocket")
    await connection.close()
    with pytest.raises(AriNotSent, match="closed by us"):
        await connection.channels.hangup("c1")
    assert connection.state is LinkState.CLOSED


async def test_a_write_on_a_closing_websocket_is_not_sent(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """Between the break of the socket and its notice, the refused write proves that nothing left."""
    connection = await _up(asterisk, connect, "websocket")
    link = connection._link
    assert link is not None
    transport = link._socket._conn.transport  # type: ignore[union-attr]
    assert transport is not None
    transport.abort()
    assert connection.connected
    with pytest.raises(AriNotSent, match="websocket failed"):
        await connection.channels.dial("c1", 30)
    assert asterisk.commands(DIAL) == []


async def test_a_blocked_websocket_is_uncertain(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Bytes in our own buffer, since the peer reads nothing, may still leave: uncertain, each in time."""
    connection = await _up(asterisk, connect, "websocket", heartbeat_s=30.0)
    asterisk.mute = True
    huge = {"X": "x" * 4_000_000}

    async def create() -> None:
        await connection.channels.create("PJSIP/1@t", "gate", channel_id="c1", variables=huge)

    outcomes = await asyncio.gather(*(create() for _ in range(5)), return_exceptions=True)
    assert {type(each) for each in outcomes} == {AriUncertain}
    asterisk.mute = False


async def test_a_late_answer_goes_to_nobody(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """An answer that comes after the timeout is not taken for the answer to the next command."""
    connection = await _up(asterisk, connect, "websocket")
    asterisk.scripts[DIAL] = Hang()
    with pytest.raises(AriUncertain):
        await connection.channels.dial("c1", 30)
    late = {"type": "RESTResponse", "request_id": "r2", "status_code": 204, "message_body": ""}
    asterisk.scripts[HANGUP] = Answer(404, {"message": "Channel not found"})
    await asterisk.say(json.dumps(late).encode())
    with pytest.raises(AriRejected):
        await connection.channels.hangup("c1")
    assert connection.malformed_frames == 0


async def test_concurrent_answers_find_their_askers(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A hundred commands in flight over one websocket each get their own answer."""
    connection = await _up(asterisk, connect, "websocket")
    for n in range(100):
        asterisk.scripts[f"GET /channels/c{n}/variable"] = Answer(200, {"value": str(n)})
    values = await asyncio.gather(*(connection.channels.get_variable(f"c{n}", "X") for n in range(100)))
    assert values == [str(n) for n in range(100)]


async def test_a_cancelled_command_leaves_nothing_behind(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """A caller that gives up does not disturb the link or later commands."""
    connection = await _up(asterisk, connect, "websocket")
    asterisk.scripts[DIAL] = Hang()
    dial = asyncio.create_task(connection.channels.dial("c1", 30))
    await asterisk.until(lambda: asterisk.commands(DIAL))
    dial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dial
    link = connection._link
    assert link is not None
    assert link._answering._pending == {}
    await connection.channels.hangup("c1")


async def test_an_old_asterisk_gets_http(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Where the websocket takes no commands, HTTP is used, and no event heard meanwhile is lost."""
    asterisk.takes_commands = False
    connection = connect()
    with connection.events() as events:
        await asterisk.until(lambda: asterisk.sockets)
        await asterisk.say(event("BridgeTeleported"))
        await connection.wait_connected(3)
        assert connection.rest_transport == "http"
        heard = [type(await events.next()).__name__, type(await events.next()).__name__]
    assert heard == ["LinkRestored", "UnknownEvent"]
    await connection.channels.hangup("c1")
    assert asterisk.commands(HANGUP)[0].transport == "http"


@BOTH
async def test_a_file_comes_whole_over_http(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str
) -> None:
    """A recording's file is fetched over HTTP, since the websocket cannot carry it."""
    connection = await _up(asterisk, connect, transport)
    sound = bytes(range(256)) * 5000
    asterisk.scripts["GET /recordings/stored/r1/file"] = Answer(200, sound)
    assert await connection.recordings.file("r1") == sound
    assert asterisk.seen[-1].transport == "http"


@BOTH
async def test_a_filter_never_silences_answers(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str
) -> None:
    """An event filter keeps answers to commands and the notice of a take-over, whatever it shall drop."""
    connection = await _up(asterisk, connect, transport)
    told = {"name": "gate", "channel_ids": [], "bridge_ids": [], "endpoint_ids": [], "device_names": []}
    asterisk.scripts["PUT /applications/gate/eventFilter"] = Answer(200, told)
    await connection.applications.filter("gate", allowed=["Dial"], disallowed=["RESTResponse", "Dial"])
    await connection.applications.filter("gate")
    first, second = asterisk.commands("PUT /applications/gate/eventFilter")
    assert first.body == {
        "allowed": [{"type": "Dial"}, {"type": "RESTResponse"}, {"type": "ApplicationReplaced"}],
        "disallowed": [{"type": "Dial"}],
    }
    assert second.body == {"allowed": [], "disallowed": []}


Command = Callable[[AriConnection], Awaitable[Any]]
_FAILING: dict[str, tuple[dict[str, Any], type[AriError]]] = {
    "rejected": ({CREATE: Answer(400, {"message": f"no endpoint PJSIP/{NUMBER}@trunk-main"})}, AriRejected),
    "uncertain": ({CREATE: Hang()}, AriUncertain),
    "cut": ({CREATE: Cut()}, AriUncertain),
}


@BOTH
@pytest.mark.parametrize("failing", sorted(_FAILING))
async def test_numbers_are_not_in_errors(
    asterisk: ScriptedAsterisk, connect: Connect, transport: str, failing: str
) -> None:
    """Whatever went wrong, the error names operation and channel, not the number, even if Asterisk did."""
    connection = await _up(asterisk, connect, transport)
    scripts, kind = _FAILING[failing]
    asterisk.scripts |= scripts
    with pytest.raises(kind) as failed:
        await _create(connection)
    texts = [str(failed.value), repr(failed.value), repr(vars(failed.value))]
    assert not [text for text in texts if NUMBER in text or "95001234" in text]
    assert "`channels.create` of `c1`" in texts[0]


def test_a_channel_id_in_asterisks_words_stays_readable() -> None:
    """Masking numbers leaves channel ids alone, even where their digits look like a number."""
    channel_id = "01934567-1234-7890-8123-138001380001"
    error = AriRejected("channels.get", 404, f"channel {channel_id} of +8613800138000 not found")
    assert channel_id in error.asterisk_words
    assert "of +861****00 not found" in error.asterisk_words
