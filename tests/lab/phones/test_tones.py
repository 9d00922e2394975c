"""Tones and keys as bytes: what is made is what is heard."""

from __future__ import annotations

import random

import pytest

from dialer.lab.media import key_payloads, read_sdp, write_sdp
from dialer.lab.tones import SILENCE, ToneMeter, decode_sample, encode_sample, heard_s, tone_frames


@pytest.mark.parametrize("frequency_hz", [200, 440, 445, 620, 1004, 1633, 2400])
def test_a_tone_is_heard_as_itself(frequency_hz: int) -> None:
    """One second of a tone is metered as one second of that tone and of no other."""
    meter = ToneMeter()
    for frame in tone_frames(frequency_hz):
        meter.feed(frame)
    assert heard_s(meter.seconds, frequency_hz) == pytest.approx(1.0)
    assert sum(meter.seconds.values()) == pytest.approx(1.0)


def test_silence_and_noise_are_no_tone() -> None:
    """Neither silence, nor noise, nor two equally loud tones are a tone; all but silence are sound."""
    seed = random.Random(7)
    noise = bytes(seed.randrange(256) for _ in range(8000))
    pair = zip(b"".join(tone_frames(440)), b"".join(tone_frames(1100)), strict=True)
    both = bytes(encode_sample((decode_sample(a) + decode_sample(b)) // 2) for a, b in pair)
    for audio, sound_s in ((SILENCE * 50, 0.0), (noise, 1.0), (both, 1.0)):
        meter = ToneMeter()
        meter.feed(audio)
        assert (meter.seconds, meter.sound_s) == ({}, sound_s)


def test_ulaw_round_trip() -> None:
    """Every u-law code but negative zero decodes and encodes to itself (ITU-T G.711)."""
    assert [encode_sample(decode_sample(code)) for code in range(256) if code != 0x7F] == [
        code for code in range(256) if code != 0x7F
    ]


def test_a_key_ends_three_times() -> None:
    """A key of 100 ms is five growing events and three equal end packets (RFC 4733 section 2.5.1.4)."""
    payloads = key_payloads("#", 100)
    assert [p[0] for p in payloads] == [11] * 8
    assert [int.from_bytes(p[2:], "big") for p in payloads] == [160, 320, 480, 640, 800, 800, 800, 800]
    assert [p[1] >> 7 for p in payloads] == [0] * 5 + [1] * 3


def test_sdp_says_where_audio_goes() -> None:
    """What is offered is what is read; a body without audio is no offer."""
    offer = read_sdp(write_sdp("127.0.0.1", 4000, 101))
    assert offer is not None
    assert (offer.address, offer.event_type) == (("127.0.0.1", 4000), 101)
    assert read_sdp(b"v=0\r\n") is None
