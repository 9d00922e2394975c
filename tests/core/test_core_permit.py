"""core.permit: a token proves one permit for one wire, channel and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer.core.permit import TokenRefused, Wire, check, sign

KEYS = {"k1": b"first key", "k2": b"second key"}
PERMIT = UUID("0193e5a0-0000-7000-8000-000000000001")
BEFORE = datetime(2026, 11, 24, 2, tzinfo=UTC)
WIRE = Wire("13812345678", "9553312", "unicom-nj")
TOKEN = sign("k1", KEYS["k1"], PERMIT, BEFORE, WIRE)
LEEWAY = timedelta(seconds=1)


def test_a_token_proves_its_permit() -> None:
    """The right wire, channel and time give the permit's id, up to the leeway after its end and no later."""
    assert check(TOKEN, KEYS, WIRE, BEFORE, str(PERMIT), LEEWAY) == PERMIT
    assert check(TOKEN, KEYS, WIRE, BEFORE + LEEWAY, str(PERMIT), LEEWAY) == PERMIT
    late = BEFORE + LEEWAY + timedelta(microseconds=1)
    assert check(TOKEN, KEYS, WIRE, late, str(PERMIT), LEEWAY) == TokenRefused("expired")


@pytest.mark.parametrize(
    "wire",
    [
        replace(WIRE, digits="13812345679"),
        replace(WIRE, caller_id="9553313"),
        replace(WIRE, trunk="telecom-nj"),
        Wire("13812345678\n9553312", "", "unicom-nj"),
    ],
)
def test_another_wire_is_a_forgery(wire: Wire) -> None:
    """Whatever differs on the wire from what was signed is refused."""
    assert check(TOKEN, KEYS, wire, BEFORE, str(PERMIT), LEEWAY) == TokenRefused("forged")


def test_another_channel_is_refused() -> None:
    """A token taken to another channel proves nothing there."""
    other = str(UUID(int=1))
    assert check(TOKEN, KEYS, WIRE, BEFORE, other, LEEWAY) == TokenRefused("other_channel")


@pytest.mark.parametrize("part", range(1, 5))
def test_no_part_can_be_changed(part: int) -> None:
    """Key id, permit, time and MAC are bound to each other."""
    parts = TOKEN.split(".")
    parts[part] = {1: "k2", 2: str(UUID(int=7)), 3: str(int(parts[3]) + 1), 4: "0" * 64}[part]
    refused = check(".".join(parts), KEYS, WIRE, BEFORE, parts[2], LEEWAY)
    assert refused == TokenRefused("forged")


@pytest.mark.parametrize("token", ["", "v1", "v2" + TOKEN[2:], TOKEN + ".x", "v1.k1.p.-5.m", "v1.k1.p.1.5.m"])
def test_a_malformed_token_is_refused(token: str) -> None:
    """What has not the form of a token is refused before any key is tried."""
    assert check(token, KEYS, WIRE, BEFORE, str(PERMIT), LEEWAY) == TokenRefused("malformed")


def test_an_unknown_key_is_refused() -> None:
    """A token of a key that is not ours proves nothing."""
    token = sign("k9", b"other", PERMIT, BEFORE, WIRE)
    assert check(token, KEYS, WIRE, BEFORE, str(PERMIT), LEEWAY) == TokenRefused("unknown_key")


@pytest.mark.parametrize("mac", ["é", "\ud800", "²", "", "\x00"])
def test_what_no_ascii_token_could_hold_is_refused_and_raises_nothing(mac: str) -> None:
    """A rogue channel chooses its own token, caller ID and number: none of them may end the watchdog."""
    head = ".".join(TOKEN.split(".")[:4])
    refused = check(f"{head}.{mac}", KEYS, WIRE, BEFORE, str(PERMIT), LEEWAY)
    assert refused in (TokenRefused("malformed"), TokenRefused("forged"))
    assert check(f"v1.k1.{PERMIT}.²{mac}.00", KEYS, WIRE, BEFORE, str(PERMIT), LEEWAY) == TokenRefused(
        "malformed"
    )
    odd = replace(WIRE, digits=mac, caller_id=mac)
    assert check(TOKEN, KEYS, odd, BEFORE, str(PERMIT), LEEWAY) == TokenRefused("forged")
