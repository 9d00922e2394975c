"""G.711 u-law tones: make them, and tell which tone is heard. 8000 samples a second throughout."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

RATE_HZ = 8000
FRAME_SAMPLES = 160  # 20 ms
WINDOW_SAMPLES = 800
WINDOW_S = WINDOW_SAMPLES / RATE_HZ
_CONFIRMED_SAMPLES = 400  # Goertzel on half a window keeps a hundred calls within a few per cent of a core
_QUIET = 500.0  # amplitude (of 32768) under which a window counts as silence
_PURE = 0.6  # share of a window's energy that one tone must hold
_BIAS, _CLIP = 0x84, 32635


def encode_sample(sample: int) -> int:
    """One linear 16-bit sample as u-law (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def decode_sample(code: int) -> int:
    """One u-law byte as a linear 16-bit sample (ITU-T G.711)."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 0x07)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


_LINEAR = [decode_sample(code) for code in range(256)]
_SQUARES = [sample * sample for sample in _LINEAR]
_SIGNS = bytes(1 if code & 0x80 else 0 for code in range(256))  # 1: not negative
SILENCE = bytes([encode_sample(0)]) * FRAME_SAMPLES


@lru_cache(maxsize=256)
def tone_frames(frequency_hz: int, amplitude: int = 8000) -> tuple[bytes, ...]:
    """One second of a tone as 50 frames of 20 ms that repeat without a seam; 0 Hz is silence."""
    if not frequency_hz:
        return (SILENCE,)
    step = 2 * math.pi * frequency_hz / RATE_HZ
    whole = bytes(encode_sample(round(amplitude * math.sin(step * n))) for n in range(RATE_HZ))
    return tuple(whole[at : at + FRAME_SAMPLES] for at in range(0, RATE_HZ, FRAME_SAMPLES))


def goertzel(samples: list[int], frequency_hz: float) -> float:
    """Share of the samples' energy (0 to about 1) that lies at one frequency."""
    energy = sum(s * s for s in samples)
    if not energy:
        return 0.0
    coefficient = 2 * math.cos(2 * math.pi * frequency_hz / RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    power = before * before + last * last - coefficient * before * last
    return 2 * power / (len(samples) * energy)


def is_loud(window: bytes) -> bool:
    """Whether a u-law window holds any sound: speech, music or a tone."""
    samples = window[:_CONFIRMED_SAMPLES]
    return sum(_SQUARES[code] for code in samples) >= _QUIET * _QUIET * len(samples) / 2


def dominant_hz(window: bytes) -> int:
    """Frequency of a pure tone in a u-law window, to 10 Hz; 0 for silence, speech and noise.

    Rising zero crossings name the candidate, Goertzel confirms it: no list of expected tones is needed.
    """
    if not is_loud(window):
        return 0
    signs = window.translate(_SIGNS)
    rises = signs.count(b"\x00\x01")
    if rises < 3:
        return 0
    first, last = signs.find(b"\x00\x01"), signs.rfind(b"\x00\x01")
    frequency_hz = (rises - 1) * RATE_HZ / (last - first)
    samples = [_LINEAR[code] for code in window[:_CONFIRMED_SAMPLES]]
    return round(frequency_hz / 10) * 10 if goertzel(samples, frequency_hz) > _PURE else 0


@dataclass(slots=True)
class ToneMeter:
    """Feed it u-law payloads; `seconds` (Hz -> seconds) adds up each tone, `sound_s` all that was no silence."""

    seconds: dict[int, float] = field(default_factory=dict)
    sound_s: float = 0.0
    _pending: bytearray = field(default_factory=bytearray)

    def feed(self, payload: bytes) -> None:
        self._pending += payload
        while len(self._pending) >= WINDOW_SAMPLES:
            window = bytes(self._pending[:WINDOW_SAMPLES])
            del self._pending[:WINDOW_SAMPLES]
            if is_loud(window):
                self.sound_s = round(self.sound_s + WINDOW_S, 3)
            if frequency_hz := dominant_hz(window):
                self.seconds[frequency_hz] = round(self.seconds.get(frequency_hz, 0.0) + WINDOW_S, 3)


def heard_s(seconds: dict[int, float], frequency_hz: int, *, tolerance_hz: int = 15) -> float:
    """Seconds of a tone in what a meter heard, neighbours within the tolerance included."""
    return sum(s for hz, s in seconds.items() if abs(hz - frequency_hz) <= tolerance_hz)
