"""A simulated phone that dials as well: a person who calls back, an agent who dials by hand.

`async with DiallingPeer() as phone:` then `await phone.dial(asterisk, "13800000001", "95000001")`; what it saw of that
call stands in `phone.evidence(CALLER)`, under the number that dialled, and `press` and `hang_up` take that number.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from dialer.lab import sip
from dialer.lab.behaviour import Behaviour, CallSeen
from dialer.lab.media import Media, Offer, read_sdp
from dialer.lab.peer import Call, Peer
from dialer.lab.sip import Address, Message

EVENT_TYPE = 101
DIALS = Behaviour(tone_hz=500)
_DISCARD = 9  # until the answer says where to


class DiallingPeer(Peer):
    """A `Peer` whose numbers also place calls, from its own SIP port."""

    async def dial(
        self,
        to: Address,
        caller: str,
        called: str,
        behaviour: Behaviour = DIALS,
        through: Address | None = None,
    ) -> CallSeen:
        """Call `called` at `to`, showing `caller` (empty: withheld), and talk until somebody hangs up.

        `through`: a proxy that the INVITE is sent to. Returns once answered or refused, `status` says which.
        """
        number = caller or "anonymous"
        seen = CallSeen(
            number=number, call_id=sip.new_token(), invited_at=datetime.now(UTC),
            invited_boottime_s=time.clock_gettime(time.CLOCK_BOOTTIME),
            from_user=number, from_display="", pai_user="", permit="",
        )  # fmt: skip
        tag = sip.new_token()
        nowhere = Offer((self.host, _DISCARD), EVENT_TYPE)
        media = Media(self.host, nowhere, behaviour.tone_hz, seen.keys_heard.append, seen.keys_pressed.append)
        uri = f"sip:{called}@{to[0]}:{to[1]}"
        headers = [
            ("From", f"<sip:{number}@{self.host}:{self.port}>;tag={tag}"),
            ("To", f"<{uri}>"),
            ("Call-ID", seen.call_id),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:{number}@{self.host}:{self.port}>"),
            ("Content-Type", "application/sdp"),
        ]
        invite = Message(f"INVITE {uri} SIP/2.0", headers, media.sdp)
        call = Call(invite, through or to, behaviour, seen, tag=tag, media=media)
        self._calls[seen.call_id] = call
        self._pacer.media.add(media)
        answer = await self.ask(invite, through or to)
        seen.status = answer.status
        contact = sip.uri_of(answer.get("contact")) or uri
        self.send(_within(call, answer, contact, "1 ACK", self._via()), sip.address_of(contact))
        if answer.status != 200 or not (offer := read_sdp(answer.body)):
            self._close_media(call)
            seen.ended_at, seen.ended_by = datetime.now(UTC), "callee"
            return seen
        media.offer, media.open = offer, True
        seen.answered_at = datetime.now(UTC)
        # From here on `_bye` speaks to whoever answered.
        call.invite = _turned(call, answer, contact)
        call.tasks.append(asyncio.get_running_loop().create_task(self._talk(call)))
        return seen

    def _via(self) -> tuple[str, str]:
        return ("Via", f"SIP/2.0/UDP {self.host}:{self.port};rport;branch=z9hG4bK{sip.new_token()}")


def _within(call: Call, answer: Message, uri: str, cseq: str, via: tuple[str, str]) -> Message:
    """An ACK, whose CSeq is that of the INVITE."""
    same = [(name, call.invite.get(name.lower())) for name in ("From", "Call-ID")]
    headers = [via, ("Max-Forwards", "70"), *same, ("To", answer.get("to")), ("CSeq", cseq)]
    return Message(f"{cseq.split()[1]} {uri} SIP/2.0", headers)


def _turned(call: Call, answer: Message, contact: str) -> Message:
    """The dialog as if they had called us: `Peer` speaks of its calls from that side."""
    own = call.invite.get("from").partition(";tag=")[0]
    headers = [
        ("From", answer.get("to")),
        ("To", own),
        ("Call-ID", call.seen.call_id),
        ("CSeq", "1 INVITE"),
        ("Contact", f"<{contact}>"),
    ]
    return Message(call.invite.start, headers)
