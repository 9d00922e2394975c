"""RTP of the lab's phones: u-law tones and RFC 4733 keys, both ways, many calls on one pacer."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from dialer.lab.sip import Address
from dialer.lab.tones import FRAME_SAMPLES, ToneMeter, tone_frames

FRAME_S = 0.02
KEYS = "0123456789*#ABCD"
_END_PACKETS = 3  # RFC 4733 section 2.5.1.4: the end is sent three times
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Offer:
    """The audio of an SDP body: where to send, and the payload type of telephone-event (0: none)."""

    address: Address
    event_type: int


def read_sdp(body: bytes) -> Offer | None:
    """Audio address and telephone-event type of an SDP body; None where it offers no audio."""
    text = body.decode("utf-8", "replace")
    host = re.search(r"^c=IN IP4 (\S+)", text, re.M)
    audio = re.search(r"^m=audio (\d+)", text, re.M)
    if host is None or audio is None:
        return None
    event = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.M)
    return Offer((host.group(1), int(audio.group(1))), int(event.group(1)) if event else 0)


def write_sdp(host: str, port: int, event_type: int) -> bytes:
    """An SDP body for u-law and telephone-event on one port."""
    lines = ["v=0", f"o=lab 1 1 IN IP4 {host}", "s=lab", f"c=IN IP4 {host}", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP 0 {event_type or ''}".rstrip(), "a=rtpmap:0 PCMU/8000", "a=ptime:20"]
    if event_type:
        lines += [f"a=rtpmap:{event_type} telephone-event/8000", f"a=fmtp:{event_type} 0-15"]
    return "\r\n".join([*lines, "a=sendrecv", ""]).encode()


def rtp_packet(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool = False
) -> bytes:
    kind = payload_type | (0x80 if marker else 0)
    return _HEADER.pack(0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def key_payloads(key: str, hold_ms: int) -> list[bytes]:
    """The RFC 4733 payloads of one key, 20 ms apart: growing duration, then the end packet three times."""
    code, frames = KEYS.index(key), max(1, hold_ms // 20)
    down = [_EVENT.pack(code, 10, n * FRAME_SAMPLES) for n in range(1, frames + 1)]
    return down + [_EVENT.pack(code, 0x80 | 10, frames * FRAME_SAMPLES)] * _END_PACKETS


@dataclass(slots=True, eq=False)
class Media:
    """Audio of one call: sends a tone (0 Hz: silence) once `open`, hears tones and keys from the start."""

    host: str
    offer: Offer
    tone_hz: int
    on_key_heard: Callable[[str], None]
    on_key_pressed: Callable[[str], None]
    meter: ToneMeter = field(default_factory=ToneMeter)
    open: bool = False
    packets_heard: int = 0
    _udp: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    _ssrc: int = field(default_factory=lambda: random.getrandbits(32))
    _sequence: int = 0
    _timestamp: int = 0
    _frame: int = 0
    _keys: deque[tuple[str, int]] = field(default_factory=deque)
    _pressing: deque[bytes] = field(default_factory=deque)
    _key_started: int = 0
    _last_event: int = -1

    def __post_init__(self) -> None:
        self._udp.setblocking(False)
        self._udp.bind((self.host, 0))
        asyncio.get_running_loop().add_reader(self._udp, self._readable)

    @property
    def sdp(self) -> bytes:
        return write_sdp(self.host, self._udp.getsockname()[1], self.offer.event_type)

    def press(self, key: str, hold_ms: int = 100) -> None:
        """Queue one key; it starts with the next frame and is reported when its first end packet is out."""
        self._keys.append((key, hold_ms))

    def close(self) -> None:
        """Hear what has arrived already, then stop."""
        if self._udp.fileno() >= 0:
            self._readable()
            asyncio.get_running_loop().remove_reader(self._udp)
            self._udp.close()

    def send_frame(self) -> None:
        """Send what is due in this 20 ms: the next packet of a key being pressed, else of the tone."""
        if not self._pressing and self._keys:
            self._pressing.extend(key_payloads(*self._keys[0]))
            self._key_started = self._timestamp
            marker = True
        else:
            marker = False
        if self._pressing:
            self._send_key(marker)
        else:
            frames = tone_frames(self.tone_hz)
            self._send(0, self._timestamp, frames[self._frame % len(frames)], marker=False)
            self._frame += 1
        self._timestamp += FRAME_SAMPLES

    def _send_key(self, marker: bool) -> None:
        payload = self._pressing.popleft()
        self._send(self.offer.event_type, self._key_started, payload, marker=marker)
        if len(self._pressing) == _END_PACKETS - 1:
            self.on_key_pressed(self._keys[0][0])
        if not self._pressing:
            self._keys.popleft()

    def _send(self, payload_type: int, timestamp: int, payload: bytes, *, marker: bool) -> None:
        self._sequence += 1
        packet = rtp_packet(payload_type, self._sequence, timestamp, self._ssrc, payload, marker=marker)
        try:
            self._udp.sendto(packet, self.offer.address)
        except OSError:  # a peer that is gone is no fault of the phone: RTP has no delivery
            return

    def _readable(self) -> None:
        while True:
            try:
                packet = self._udp.recv(2048)
            except OSError:
                return
            if len(packet) > 12 and packet[0] & 0xC0 == 0x80:
                self._heard(packet)

    def _heard(self, packet: bytes) -> None:
        _, kind, _, timestamp, _ = _HEADER.unpack_from(packet)
        payload_type = kind & 0x7F
        if payload_type == 0:
            self.packets_heard += 1
            self.meter.feed(packet[12:])
        elif (
            payload_type == self.offer.event_type and timestamp != self._last_event and packet[12] < len(KEYS)
        ):
            self._last_event = timestamp
            self.on_key_heard(KEYS[packet[12]])


class Pacer:
    """One task that sends every open call's frame each 20 ms; a late turn skips frames and sends no burst."""

    def __init__(self) -> None:
        self.media: set[Media] = set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for media in [m for m in self.media if m.open]:
                media.send_frame()
            due = max(due + FRAME_S, loop.time())
            await asyncio.sleep(due - loop.time())
