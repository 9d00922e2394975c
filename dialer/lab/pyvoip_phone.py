"""pyVoIP as a person's or an agent's phone. For a process of its own: it is threads and prints."""

from __future__ import annotations

import socket
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import pyVoIP.VoIP  # noqa: F401 - first, since pyVoIP.SIP imports it in a circle
from pyVoIP.RTP import PayloadType, RTPClient
from pyVoIP.SIP import SIPClient, SIPMessage, SIPMessageType
from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone
from pyVoIP.VoIP.status import PhoneStatus

from dialer.lab import sip
from dialer.lab.media import KEYS, key_payloads, rtp_packet
from dialer.lab.sip import Address
from dialer.lab.tones import RATE_HZ, ToneMeter, decode_sample, tone_frames

HOST = "127.0.0.1"
_TICK_S = 0.02
_AHEAD_S = 1.0
_TELL_EVERY_S = 0.5
Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Manners:
    """What the phone does by itself. `answer_after_s` is from the INVITE on (at least 1 s); None rings on.

    `presses` are (seconds after the answer, key); `hang_up_after_s` counts from the answer.
    """

    answer_after_s: float | None = 1.0
    tone_hz: int = 0
    presses: tuple[tuple[float, str], ...] = ()
    hang_up_after_s: float | None = None


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class _Client(SIPClient):
    """pyVoIP's SIP with what it lacks: CANCEL ends the call with 487, BYE carries a Via of its own."""

    phone: Phone

    def start(self) -> None:
        """As in pyVoIP, but listening at once: its timer leaves the phone deaf for a second."""
        self.NSD = True
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, self.myPort))
        self.register()
        threading.Thread(target=self.recv_loop, daemon=True).start()

    def parse_message(self, message: SIPMessage) -> None:
        if message.type == SIPMessageType.MESSAGE and message.method == "CANCEL":
            self._send(self.gen_ok(message))
            self.phone.cancelled(message.headers["Call-ID"])
            return
        super().parse_message(message)

    def _send(self, text: str) -> None:
        self.out.sendto(text.encode(), (self.server, self.port))

    def refuse(self, call: VoIPCall, status: int) -> None:
        text = self.gen_busy(call.request)
        own_tag = self.tagLibrary[call.call_id]
        lines = [f"SIP/2.0 {status} {sip.REASONS[status]}", *text.split("\r\n")[1:]]
        tagged = [
            f"{line.partition(';tag=')[0]};tag={own_tag}" if line.startswith("To:") else line
            for line in lines
        ]
        self._send("\r\n".join(tagged))

    def gen_bye(self, request: SIPMessage) -> str:
        first, *rest = super().gen_bye(request).split("\r\n")
        via = f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={self.gen_branch()};rport"
        return "\r\n".join([first, via, *(line for line in rest if not line.startswith("Via:"))])


class Phone(VoIPPhone):
    """One number on one port, registered at the exchange (a person) or at Asterisk (an agent)."""

    sip: _Client

    def __init__(
        self, server: Address, user: str, password: str, manners: Manners, tell: Tell, *, port: int = 0
    ) -> None:
        warnings.simplefilter("ignore")
        port = port or free_udp_port()
        super().__init__(*server, user, password, myIP=HOST, callCallback=self._rang, sipPort=port)
        self.sip = _Client(
            *server, user, password, phone=self, myIP=HOST, myPort=port,
            callCallback=self.callback, fatalCallback=self.fatal,
        )  # fmt: skip
        self.sip.default_expires = 3600
        self.sip_port, self.manners, self.tell = port, manners, tell
        self._ears: dict[str, _Ear] = {}
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        self.current: VoIPCall | None = None

    def registered(self, timeout_s: float = 8.0) -> bool:
        """Start and wait for the registration; False where it was refused."""
        self.start()
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s and self.get_status() == PhoneStatus.REGISTERING:
            time.sleep(_TICK_S)
        return self.get_status() == PhoneStatus.REGISTERED

    def request_port(self, blocking: bool = True) -> int:
        """pyVoIP draws ports without looking whether they are free."""
        return free_udp_port()

    def _create_Call(self, request: SIPMessage, sess_id: int) -> None:
        super()._create_Call(request, sess_id)
        call_id, headers = request.headers["Call-ID"], request.headers
        call = self.calls[call_id]
        [client] = call.RTPClients  # a lab offer has one audio stream
        ear = self._ears[call_id] = _Ear(client, self.tell, call_id)
        client.parse_packet = ear.heard  # type: ignore[method-assign]
        self.current = call
        self.tell(
            "invite",
            call_id=call_id,
            boottime_s=time.clock_gettime(time.CLOCK_BOOTTIME),
            number=sip.user_of(request.heading.decode()),
            from_user=sip.user_of(headers["From"]["raw"]),
            from_display=sip.display_of(headers["From"]["raw"]),
            pai_user=sip.user_of(headers.get("P-Asserted-Identity", "")),
            permit=headers.get("X-Dialer-Permit", ""),
        )

    def cancelled(self, call_id: str) -> None:
        call = self.calls.get(call_id)
        if call is not None and call.state == CallState.RINGING:
            call.state = CallState.ENDED
            self.sip.refuse(call, 487)
            self._end(call_id, "caller", cancelled=True)

    def _rang(self, call: VoIPCall) -> None:
        """pyVoIP calls this one second after the INVITE, in the call's own thread."""
        if self.manners.answer_after_s is None:
            return
        time.sleep(max(0.0, self.manners.answer_after_s - 1.0))
        if call.state != CallState.RINGING:
            return
        call.answer()
        self.tell("answered", call_id=call.call_id)
        self._talk(call)

    def _callback_MSG_Bye(self, request: SIPMessage) -> None:
        super()._callback_MSG_Bye(request)
        if request.headers["Call-ID"] in self._ears:
            self._end(request.headers["Call-ID"], "caller")

    def _talk(self, call: VoIPCall) -> None:
        tone = b"".join(tone_frames(self.manners.tone_hz))
        linear = bytes((decode_sample(code) >> 8) + 128 for code in tone)  # pyVoIP wants unsigned 8 bit
        answered_s, written_s, told_s = time.monotonic(), 0.0, 0.0
        presses = sorted(self.manners.presses)
        while call.state == CallState.ANSWERED:
            at_s = time.monotonic() - answered_s
            if self.manners.tone_hz and written_s < at_s + _AHEAD_S:
                call.write_audio(linear)
                written_s += len(linear) / RATE_HZ
            while presses and presses[0][0] <= at_s:
                self.press(presses.pop(0)[1], call)
            if self.manners.hang_up_after_s is not None and at_s >= self.manners.hang_up_after_s:
                self.hang_up(call)
            if at_s - told_s >= _TELL_EVERY_S:
                told_s = at_s
                self._tell_tones(call.call_id)
            time.sleep(_TICK_S)

    def press(self, key: str, call: VoIPCall | None = None) -> None:
        """Press a key for 100 ms on the given or newest call; ValueError where nobody talks."""
        call = call or self.current
        if call is None or call.state != CallState.ANSWERED:
            raise ValueError("no answered call")
        client = call.RTPClients[0]
        event_type = next(n for n, kind in client.assoc.items() if kind == PayloadType.EVENT)
        started, told, payloads = client.outTimestamp, False, key_payloads(key, 100)
        for at, payload in enumerate(payloads):
            client.outSequence += 1
            packet = rtp_packet(
                event_type, client.outSequence, started, client.outSSRC, payload, marker=at == 0
            )
            try:
                client.sout.sendto(packet, (client.outIP, client.outPort))
            except OSError:
                break  # the far side heard the key and hung up before its end was repeated
            if payload == payloads[-1] and not told:
                told = True
                self.tell("pressed", call_id=call.call_id, key=key)
            time.sleep(_TICK_S)

    def hang_up(self, call: VoIPCall | None = None) -> None:
        """Hang up an answered call; ValueError where nobody talks."""
        call = call or self.current
        if call is None or call.state != CallState.ANSWERED:
            raise ValueError("no answered call")
        self._end(call.call_id, "callee")
        call.hangup()

    def _end(self, call_id: str, by: str, *, cancelled: bool = False) -> None:
        with self._lock:
            if call_id in self._ended:
                return
            self._ended.add(call_id)
        self._tell_tones(call_id)
        self.tell("ended", call_id=call_id, by=by, cancelled=cancelled)

    def _tell_tones(self, call_id: str) -> None:
        ear = self._ears[call_id]
        tones_s = {str(hz): seconds for hz, seconds in ear.meter.seconds.items()}
        self.tell("heard", call_id=call_id, tones_s=tones_s, sound_s=ear.meter.sound_s, packets=ear.packets)


class _Ear:
    """What arrives on one RTP port: tones for the meter, each key once by its timestamp."""

    def __init__(self, client: RTPClient, tell: Tell, call_id: str) -> None:
        self.client, self.tell, self.call_id = client, tell, call_id
        self.meter, self.packets = ToneMeter(), 0
        self._last_event = -1

    def heard(self, packet: bytes) -> None:
        payload_type, timestamp = packet[1] & 0x7F, int.from_bytes(packet[4:8], "big")
        if payload_type == 0:
            self.packets += 1
            self.meter.feed(packet[12:])
        elif self.client.assoc.get(payload_type) == PayloadType.EVENT and timestamp != self._last_event:
            self._last_event = timestamp
            self.tell("key", call_id=self.call_id, key=KEYS[packet[12]])
