"""A fast simulated phone on asyncio: one SIP port serves many numbers, each with its own behaviour.

`async with Peer({"13800000001": ANSWERS}) as peer:` then `peer.port`, `peer.evidence(number)`,
`peer.press(number, "9")`, `peer.hang_up(number)`; `await peer.register(server, user, password)` makes it an
agent's phone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dialer.core.phone import masked
from dialer.lab import sip
from dialer.lab.behaviour import ANSWERS, Behaviour, CallSeen
from dialer.lab.media import Media, Pacer, read_sdp
from dialer.lab.sip import Address, Message
from dialer.lab.user_agent import T1_S, UserAgent

_T2_S, _GIVE_UP_S = 4.0, 32.0  # RFC 3261 section 17.2.1


@dataclass(slots=True, eq=False)
class Call:
    invite: Message
    source: Address
    behaviour: Behaviour
    seen: CallSeen
    tag: str = field(default_factory=sip.new_token)
    media: Media | None = None
    last: bytes = b""
    acknowledged: bool = False
    renegotiated: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Peer(UserAgent):
    """Numbers (as on the wire) and their behaviours; a number it does not know behaves as `default`."""

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour] | None = None,
        *,
        default: Behaviour = ANSWERS,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host, port)
        self.behaviours = dict(behaviours or {})
        self.default = default
        self._calls: dict[str, Call] = {}
        self._pacer = Pacer()

    async def __aenter__(self) -> Peer:
        await self.open()
        self.run(self._pacer.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self._calls.values():
            self._close_media(call)
        await self.close(task for call in self._calls.values() for task in call.tasks)

    def evidence(self, number: str | None = None) -> list[CallSeen]:
        """Every call seen for a number (for all without one), oldest first, audio so far included."""
        calls = [c for c in self._calls.values() if number is None or c.seen.number == number]
        for call in calls:
            self._read_meter(call)
        return [call.seen for call in calls]

    def press(self, number: str, key: str, hold_ms: int = 100) -> None:
        """Press a key on the newest live call of a number; LookupError where there is none."""
        media = self._live(number).media
        if media is not None:
            media.press(key, hold_ms)

    def hang_up(self, number: str) -> None:
        """Hang up the newest live answered call of a number; LookupError where there is none."""
        self._bye(self._live(number))

    async def wait_for(
        self, number: str, seen: Callable[[CallSeen], Any], timeout_s: float = 5.0
    ) -> CallSeen:
        """The first call of a number that satisfies `seen`, waited for; TimeoutError where none does."""
        async with asyncio.timeout(timeout_s):
            while True:
                for call in self.evidence(number):
                    if seen(call):
                        return call
                await asyncio.sleep(0.02)

    def requested(self, message: Message, addr: Address) -> None:
        call = self._calls.get(message.call_id)
        match message.method:
            case "INVITE" if call is None:
                self._invited(message, addr)
            case "INVITE" if call is not None:
                self._invited_again(call, message, addr)
            case "ACK" if call is not None:
                call.acknowledged = True
            case "ACK":
                return
            case "CANCEL" | "BYE" if call is None:
                self.send(sip.reply(message, 481), addr)
            case "CANCEL" if call is not None:
                self._cancelled(call, message, addr)
            case "BYE" if call is not None:
                self.send(sip.reply(message, 200, tag=call.tag), addr)
                self._ended(call, "caller")
            case "UPDATE" if call is not None:
                self._renegotiated(call, message)
                self.send(sip.reply(message, 200, tag=call.tag), addr)
            case "OPTIONS" | "INFO" | "UPDATE" | "NOTIFY":
                self.send(sip.reply(message, 200, tag=sip.new_token()), addr)
            case _:
                self.send(sip.reply(message, 501, tag=sip.new_token()), addr)

    def _invited(self, invite: Message, source: Address) -> None:
        number, sender = sip.user_of(invite.uri), invite.get("from")
        seen = CallSeen(
            number=number,
            call_id=invite.call_id,
            invited_at=datetime.now(UTC),
            invited_boottime_s=time.clock_gettime(time.CLOCK_BOOTTIME),
            from_user=sip.user_of(sender),
            from_display=sip.display_of(sender),
            pai_user=sip.user_of(invite.get("p-asserted-identity")),
            permit=invite.get("x-dialer-permit"),
        )
        call = Call(invite, source, self.behaviours.get(number, self.default), seen)
        self._calls[invite.call_id] = call
        if offer := read_sdp(invite.body):
            pressed, heard = seen.keys_pressed.append, seen.keys_heard.append
            call.media = Media(self.host, offer, call.behaviour.tone_hz, heard, pressed)
            self._pacer.media.add(call.media)
        call.last = self.send(sip.reply(invite, 100), source)
        call.tasks.append(asyncio.get_running_loop().create_task(self._live_through(call)))

    def _invited_again(self, call: Call, message: Message, source: Address) -> None:
        if message.get("cseq") == call.invite.get("cseq"):
            call.seen.retransmissions += 1
            self.resend(call.last, call.source)
            return
        self._renegotiated(call, message)
        if call.media is not None and (offer := read_sdp(message.body)):
            call.media.offer = offer
        call.invite.headers = [
            (k, message.get("contact") if k.lower() == "contact" else v) for k, v in call.invite.headers
        ]
        self.send(self._with_sdp(call, message, 200), source)

    @staticmethod
    def _renegotiated(call: Call, message: Message) -> None:
        if (number := message.get("cseq")) not in call.renegotiated:
            call.renegotiated.add(number)
            call.seen.renegotiations += 1

    def _with_sdp(self, call: Call, request: Message, status: int) -> Message:
        contact = ("Contact", f"<sip:{call.seen.number}@{self.host}:{self.port}>")
        if call.media is None or status not in (183, 200):
            return sip.reply(request, status, tag=call.tag, extra=(contact,))
        extra = (contact, ("Content-Type", "application/sdp"))
        return sip.reply(request, status, tag=call.tag, extra=extra, body=call.media.sdp)

    def _respond(self, call: Call, status: int) -> None:
        call.last = self.send(self._with_sdp(call, call.invite, status), call.source)

    async def _live_through(self, call: Call) -> None:
        """The behaviour from ringing to hanging up."""
        behaviour = call.behaviour
        if behaviour.early_media and call.media is not None:
            call.media.open = True
            self._respond(call, 183)
        elif behaviour.ring:
            self._respond(call, 180)
        if not behaviour.status:
            return
        await asyncio.sleep(behaviour.delay_s)
        call.tasks.append(asyncio.create_task(self._final(call, behaviour.status)))
        if behaviour.status != 200:
            self._ended(call, "callee")
            return
        call.seen.answered_at = datetime.now(UTC)
        if call.media is not None:
            call.media.open = True
        await self._talk(call)

    async def _talk(self, call: Call) -> None:
        answered_s = asyncio.get_running_loop().time()

        async def until(at_s: float) -> None:
            await asyncio.sleep(answered_s + at_s - asyncio.get_running_loop().time())

        for press in sorted(call.behaviour.presses, key=lambda p: p.at_s):
            await until(press.at_s)
            if call.media is not None:
                call.media.press(press.key, press.hold_ms)
        if call.behaviour.hang_up_after_s is not None:
            await until(call.behaviour.hang_up_after_s)
            self._bye(call)

    async def _final(self, call: Call, status: int) -> None:
        """Send a final answer until it is acknowledged."""
        call.seen.status = status
        self._respond(call, status)
        wait_s, waited_s = T1_S, 0.0
        while waited_s < _GIVE_UP_S:
            await asyncio.sleep(wait_s)
            if call.acknowledged:
                return
            self.resend(call.last, call.source)
            waited_s, wait_s = waited_s + wait_s, min(2 * wait_s, _T2_S)

    def _cancelled(self, call: Call, cancel: Message, source: Address) -> None:
        self.send(sip.reply(cancel, 200, tag=call.tag), source)
        if call.seen.status or call.seen.ended_at:
            return
        call.seen.cancelled = True
        self._ended(call, "caller")
        call.tasks.append(asyncio.create_task(self._final(call, 487)))

    def _bye(self, call: Call) -> None:
        if call.seen.answered_at is None or call.seen.ended_at:
            return
        contact = sip.uri_of(call.invite.get("contact"))
        headers = [
            ("From", f"{call.invite.get('to')};tag={call.tag}"),
            ("To", call.invite.get("from")),
            ("Call-ID", call.seen.call_id),
            ("CSeq", "2 BYE"),
        ]
        self._ended(call, "callee")
        bye = Message(f"BYE {contact} SIP/2.0", headers)
        self.run(self._say_bye(bye, sip.address_of(contact)))

    async def _say_bye(self, bye: Message, to: Address) -> None:
        try:
            await self.ask(bye, to)
        except TimeoutError:  # the other side is gone, which ends the call as well
            return

    def _ended(self, call: Call, by: str) -> None:
        if call.seen.ended_at is None:
            call.seen.ended_at, call.seen.ended_by = datetime.now(UTC), by
            self._close_media(call)
        # the task that drives the behaviour may be the one that ends it: it then returns by itself
        driver = call.tasks[0]
        if driver is not asyncio.current_task():
            driver.cancel()

    def _close_media(self, call: Call) -> None:
        if call.media is not None:
            self._read_meter(call)
            self._pacer.media.discard(call.media)
            call.media.close()

    @staticmethod
    def _read_meter(call: Call) -> None:
        if call.media is not None:
            call.seen.tones_heard_s = dict(call.media.meter.seconds)
            call.seen.sound_heard_s = call.media.meter.sound_s
            call.seen.packets_heard = call.media.packets_heard

    def _live(self, number: str) -> Call:
        live = [c for c in self._calls.values() if c.seen.number == number and c.seen.ended_at is None]
        if not live:
            raise LookupError(f"no live call of `{masked(number)}`")
        return live[-1]
