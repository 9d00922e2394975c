"""The one exit of a call: say goodbye, hang up, hear the end, then settle or reverse.

Nothing here waits for anybody longer than a bounded time, and nothing that fails keeps what follows from being done.
"""

from __future__ import annotations

import asyncio
import logging

from dialer.core.admission import End, Left, NeverDialled
from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.core.errors import Fault
from dialer.one_call import Call, Over
from dialer.ports.calls import LegEvent, PlayedOut, StagedLeg, Talk

log = logging.getLogger(__name__)

RETRY_FIRST_S, RETRY_AT_MOST_S = 0.5, 10.0


async def leave(call: Call, over: Over) -> None:
    """Everything between the end of the last step and the end of the attempt."""
    try:
        await _let_go(call, over)
    except Exception:
        # Whatever is wrong here, the books are closed: the attempt must not stay open by our own mistake.
        log.exception("attempt %s was not left as it should be", call.permit.id)
    try:
        await close_books(call, over)
    except Fault as fault:
        log.error("the end of attempt %s waits for the record: %s", call.permit.id, fault)
        call.desk.later(_close_books_later(call, over))


async def _let_go(call: Call, over: Over) -> None:
    if over.close and call.up and call.hung_up is None and not call.bridged:
        await _say_closing(call)
    if call.leg is not None and call.hung_up is None:
        await call.leg.hang_up()
    if call.talk is not None:
        await _keep_recording(call, call.talk)
    if call.leg is not None:
        await _hear_end(call, call.leg)


async def close_books(call: Call, over: Over) -> None:
    """Register what is owed, settle or reverse, durably. Raises Fault where the record cannot; then again."""
    await call.said.register()
    await call.notes.make_good()
    record, permit = call.desk.record, call.permit
    if _never_dialled(call):
        await record.reverse(permit, over.never or NeverDialled.CALLED_OFF)
        call.end = End(Outcome.NEVER_DIALLED, None, Left.NO)
    elif call.leg is None or call.hung_up is not None or not call.dial_written:
        end = _how_it_ended(call, over)
        await record.settle(permit, end)
        call.end = end
    else:
        # Nobody told us that the channel ended: its phone may still ring. It stays live, and counted.
        record.abandon(permit)
    if call.kept is not None and (call.end is not None or call.bridged):
        await record.note(permit, Event.RECORDING_KEPT, call.kept)


async def _close_books_later(call: Call, over: Over) -> None:
    """The record cannot take the end now: the attempt stays live, and counted, until it can."""
    wait_s = RETRY_FIRST_S
    while True:
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, RETRY_AT_MOST_S)
        try:
            return await close_books(call, over)
        except Fault:
            continue


def _never_dialled(call: Call) -> bool:
    """Whether no dial was ever written by anybody, or Asterisk said that it took none. An adopted call: unknown."""
    return not (call.dial_written or call.sent or call.up or call.adopted)


def _how_it_ended(call: Call, over: Over) -> End:
    said = Outcome.WRONG_PERSON if call.said.wrong_person else over.outcome
    outcome = Outcome.OPTED_OUT if call.said.opted_out else said
    left = Left.YES if call.sent or call.up else (Left.UNKNOWN if call.dial_written else Left.NO)
    return End(outcome, call.hung_up.cause if call.hung_up is not None else None, left)


async def _say_closing(call: Call) -> None:
    opening = call.permit.announcement
    if opening.closing_sha256 is None or call.leg is None:
        return
    lasts_s = opening.closing_duration_ms / 1000 + 1.0
    try:
        async with asyncio.timeout(lasts_s):
            # What still plays would be heard first: Asterisk queues playbacks.
            for playback, finished in call.playing.items():
                if not finished.done():
                    await call.leg.stop_playing(playback)
            await call.leg.renew(lasts_s + call.desk.timing.hangup_heard_s)
            closing = await call.leg.play(opening.closing_sha256)
            while call.hung_up is None:
                event = await call.leg.event()
                await _take(call, event)
                if isinstance(event, PlayedOut) and event.playback == closing:
                    return
    except (TimeoutError, Fault) as trouble:
        log.warning("attempt %s got no closing sentence: %r", call.permit.id, trouble)


async def _keep_recording(call: Call, talk: Talk) -> None:
    try:
        call.kept = await talk.close()
    except Fault as fault:
        log.error("recording of attempt %s is lost: %s", call.permit.id, fault)


async def _hear_end(call: Call, leg: StagedLeg) -> None:
    """Events already received count, in order; then wait a little for the channel's own end."""
    for event in leg.drained():
        await _take(call, event)
    try:
        async with asyncio.timeout(call.desk.timing.hangup_heard_s):
            while call.hung_up is None:
                await _take(call, await leg.event())
    except TimeoutError:
        await call.miss()
    if call.hung_up is None:
        log.warning("the end of attempt %s was not heard", call.permit.id)


async def _take(call: Call, event: LegEvent) -> None:
    """An event that the record cannot take now keeps nobody from hearing the next, which may be the key."""
    try:
        await call.take(event)
    except Fault as fault:
        log.error("an event of attempt %s is not on record: %s", call.permit.id, fault)
