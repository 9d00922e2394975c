"""The link: up, lost, dead, refused, taken over, closed."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest
from scripted import APP, PASSWORD, USER, Connect, Cut, ScriptedAsterisk, event, of_channel

from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriNotSent, AriRejected
from dialer.ari.events import ApplicationReplaced, ChannelDtmfReceived, LinkLost, LinkRestored
from dialer.ari.status import LinkState


async def test_connects_and_knows_who_is_there(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Connecting reads system name and start of the Asterisk at the other end."""
    identity = await connect().wait_connected(2)
    assert (identity.system_name, identity.started_at.year) == ("scripted", 2026)
    assert identity.started_at.tzinfo is not None


async def test_a_cut_link_is_told_and_comes_back(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A broken websocket is a `LinkLost` in every subscription, then a `LinkRestored`, then later events."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events_of("c1") as of_one, connection.link_changes() as links:
        asterisk.cut()
        lost = await of_one.next()
        assert isinstance(lost, LinkLost)
        assert lost.generation == 1
        restored = await of_one.next()
        assert isinstance(restored, LinkRestored)
        assert (restored.generation, restored.restarted) == (2, False)
        assert connection.connected
        await asterisk.say(of_channel("StasisEnd", "c1"))
        assert (await of_one.next()).sequence > restored.sequence
        assert [type(each) for each in links.drain()] == [LinkLost, LinkRestored]


async def test_a_restarted_asterisk_is_noticed(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Another start-up time at reconnecting says that the old channels are gone."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.link_changes() as links:
        asterisk.started_at = "2026-11-21T11:00:00.000+0000"
        asterisk.cut()
        assert isinstance(await links.next(), LinkLost)
        restored = await links.next()
        assert isinstance(restored, LinkRestored)
        assert restored.restarted


async def test_a_silent_peer_is_dead_within_the_heartbeat(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """A peer that keeps the socket open but answers no ping is a lost link within 1.5 heartbeats."""
    connection = connect(heartbeat_s=0.2)
    await connection.wait_connected(2)
    with connection.link_changes() as links:
        asterisk.mute = True
        async with asyncio.timeout(1.0):
            lost = await links.next()
    assert isinstance(lost, LinkLost)
    assert not connection.connected


async def test_an_answered_heartbeat_keeps_an_idle_link(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """An idle link whose pings are answered stays up over many heartbeats."""
    connection = connect(heartbeat_s=0.05)
    await connection.wait_connected(2)
    await asyncio.sleep(0.5)
    assert (connection.connected, connection.generation) == (True, 1)


async def test_what_came_while_we_were_stopped_is_heard(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Stopped past the heartbeat, we first hear what Asterisk said meanwhile: no key that reached us is lost."""
    connection = connect(heartbeat_s=0.2)
    await connection.wait_connected(2)
    asterisk.mute = True
    with connection.events_of("c1") as events:
        await asyncio.sleep(0.25)  # a ping is out and unanswered
        keys = [of_channel("ChannelDtmfReceived", "c1", digit=key, duration_ms=9) for key in "123456789"]
        await asterisk.say(*keys)
        time.sleep(0.6)
        heard = [await events.next() for _ in range(9)]
        assert [each.digit for each in heard if isinstance(each, ChannelDtmfReceived)] == [*"123456789"]
        assert isinstance(await events.next(), LinkLost)


async def test_asterisks_own_ping_is_answered(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A ping from the other side gets its pong with the same payload."""
    connection = connect()
    await connection.wait_connected(2)
    await asterisk.sockets[-1].ping(b"alive?")
    await asterisk.until(lambda: asterisk.pongs)
    assert asterisk.pongs == [b"alive?"]


async def test_a_replaced_application_is_not_taken_back_unasked(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """After `ApplicationReplaced` the link is lost and stays so until `take_over()`."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events() as events:
        await asterisk.say(event("ApplicationReplaced"))
        assert isinstance(await events.next(), ApplicationReplaced)
        assert isinstance(await events.next(), LinkLost)
    await asyncio.sleep(0.3)
    assert (connection.state, asterisk.handshakes) == (LinkState.REPLACED, 1)
    with pytest.raises(AriNotSent, match="took application `gate` over"):
        await connection.wait_connected(2)
    connection.take_over()
    with connection.link_changes() as links:
        assert isinstance(await links.next(), LinkRestored)
    assert connection.connected


async def test_taking_over_survives_a_failed_handshake(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Once asked to take over, a first failed handshake is retried like any other."""
    connection = connect()
    await connection.wait_connected(2)
    await asterisk.say(event("ApplicationReplaced"))
    await asterisk.until(lambda: connection.state is LinkState.REPLACED)
    asterisk.handshake_status = 503
    connection.take_over()
    await asterisk.until(lambda: asterisk.handshakes >= 3)
    asterisk.handshake_status = None
    await connection.wait_connected(2)


async def test_take_over_before_a_replacement_promises_nothing(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """A `take_over()` while the application is ours does not take it back from a later owner."""
    connection = connect()
    await connection.wait_connected(2)
    connection.take_over()
    await asterisk.say(event("ApplicationReplaced"))
    await asterisk.until(lambda: connection.state is LinkState.REPLACED)
    await asyncio.sleep(0.3)
    assert (connection.state, asterisk.handshakes) == (LinkState.REPLACED, 1)


async def test_another_application_may_be_replaced(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """`ApplicationReplaced` of an application that is not ours leaves the link alone."""
    connection = connect()
    await connection.wait_connected(2)
    with connection.events() as events:
        await asterisk.say(event("ApplicationReplaced") | {"application": "other"})
        assert isinstance(await events.next(), ApplicationReplaced)
    assert connection.connected


async def test_a_wrong_password_is_refused_without_a_hot_loop(
    asterisk: ScriptedAsterisk, connect: Connect
) -> None:
    """A wrong password is a 401 for whoever waits, the state says so, and it is not hammered."""
    connection = connect(password="wrong", refused_retry_s=5.0)
    with pytest.raises(AriRejected) as refused:
        await connection.wait_connected(2)
    assert refused.value.status == 401
    await asyncio.sleep(0.3)
    assert (connection.state, asterisk.handshakes) == (LinkState.REFUSED, 1)
    assert "401: Unauthorized" in connection.why


async def test_a_mended_password_is_taken_by_itself(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """When Asterisk begins to accept us, a refused connection recovers without a restart."""
    asterisk.password = "not yet ours"
    connection = connect(refused_retry_s=0.1)
    with pytest.raises(AriRejected):
        await connection.wait_connected(2)
    asterisk.password = PASSWORD
    await asterisk.until(lambda: connection.connected)


async def test_an_asterisk_that_comes_later_is_found(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """Nobody listening is no refusal: the connection waits, says why, and is up once Asterisk is."""
    await asterisk.stop_listening()
    connection = connect()
    with pytest.raises(AriNotSent, match="not reached"):
        await connection.wait_connected(0.2)
    assert connection.state is LinkState.LOST
    await asterisk.listen()
    await connection.wait_connected(2)


async def test_a_flapping_server_is_not_hammered(asterisk: ScriptedAsterisk, connect: Connect) -> None:
    """A link that breaks as soon as it is opened is retried ever more slowly."""
    asterisk.scripts["GET /asterisk/info"] = Cut()
    connection = connect(backoff_min_s=0.05, backoff_max_s=10.0)
    await asyncio.sleep(1.0)
    assert 2 <= asterisk.handshakes <= 5
    assert not connection.connected


async def test_close_ends_everything(asterisk: ScriptedAsterisk) -> None:
    """After close no task of the connection lives and its subscriptions end after what they had received."""
    before = asyncio.all_tasks()
    async with AriConnection(asterisk.url, USER, PASSWORD, APP) as connection:
        await connection.wait_connected(2)
        with connection.events_of("c1") as events:
            await connection.close()
            heard = [each async for each in events]
    assert [type(each) for each in heard] == [LinkLost]
    assert connection.state is LinkState.CLOSED
    ours = {task for task in asyncio.all_tasks() - before if task.get_name().startswith("ari ")}
    assert ours == set()


@pytest.mark.parametrize("mute", [False, True], ids=["connected", "never greeted"])
async def test_a_hung_server_cannot_block_close(asterisk: ScriptedAsterisk, mute: bool) -> None:
    """Close returns within its time though the server neither reads nor answers."""
    asterisk.mute, asterisk.takes_commands = mute, not mute
    connection = AriConnection(asterisk.url, USER, PASSWORD, APP, close_timeout_s=0.3)
    connection.start()
    await asterisk.until(lambda: asterisk.sockets)
    if not mute:
        await connection.wait_connected(2)
        asterisk.mute = True
    async with asyncio.timeout(1.5):
        await connection.close()
    assert connection.state is LinkState.CLOSED


async def test_the_password_is_nowhere(
    asterisk: ScriptedAsterisk, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither logs, representations nor exceptions with their causes hold password or authorisation."""
    caplog.set_level(logging.DEBUG)
    wrong = "another-secret"
    connection = connect(password=wrong)
    with pytest.raises(AriRejected) as refused:
        await connection.wait_connected(2)
    with pytest.raises(AriRejected) as unauthorised:
        await connection.asterisk.info()
    await asterisk.stop_listening()
    texts = [caplog.text, repr(connection), connection.why, connection.url]
    for error in (refused.value, unauthorised.value):
        cause: BaseException | None = error
        while cause is not None:
            texts += [str(cause), repr(cause), repr(vars(cause))]
            cause = cause.__cause__ or cause.__context__
    assert "refused" in caplog.text
    assert not [text for text in texts if wrong in text or "Basic" in text]


def test_credentials_in_the_url_are_refused_unseen() -> None:
    """A url with credentials is refused, and the refusal does not repeat it."""
    with pytest.raises(ValueError, match="credentials") as refused:
        AriConnection("http://u:hidden@127.0.0.1:1/ari", "u", "p", APP)
    assert "hidden" not in str(refused.value)
