"""What is signed on a permit, and its check. A permit can be verified without the record.

Token: `v1.keyid.permit.dial_before.mac`; `dial_before` in microseconds UTC; the MAC is HMAC-SHA256 (hex) over these
and the digits as they go on the wire, the caller ID and the trunk.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dialer.core.entry import from_us, to_us

VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Wire:
    """What of a call is visible on the wire: the digits dialled, the caller ID presented, the trunk used."""

    digits: str
    caller_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """Why a token is no proof: `malformed|unknown_key|forged|expired|other_channel`."""

    reason: str


def sign(key_id: str, key: bytes, permit: UUID, dial_before: datetime, wire: Wire) -> str:
    """The token of one permit."""
    parts = (VERSION, key_id, str(permit), str(to_us(dial_before)))
    return ".".join((*parts, _mac(key, parts, wire)))


def check(
    token: str, keys: Mapping[str, bytes], wire: Wire, at: datetime, channel: str, leeway: timedelta
) -> UUID | TokenRefused:
    """The permit that `token` proves for this wire, channel and instant, or why it proves nothing."""
    parts = token.split(".")
    # Whoever makes a channel writes its token: what is not plain ASCII would raise below, and blind the watchdog.
    if not token.isascii() or len(parts) != 5 or parts[0] != VERSION or not parts[3].isdigit():
        return TokenRefused("malformed")
    key = keys.get(parts[1])
    if key is None:
        return TokenRefused("unknown_key")
    if not hmac.compare_digest(parts[4], _mac(key, tuple(parts[:4]), wire)):
        return TokenRefused("forged")
    if parts[2] != channel:
        return TokenRefused("other_channel")
    if at > from_us(int(parts[3])) + leeway:
        return TokenRefused("expired")
    return UUID(parts[2])


def _mac(key: bytes, parts: tuple[str, ...], wire: Wire) -> str:
    signed = "\n".join((*parts, wire.digits, wire.caller_id, wire.trunk)).encode(errors="backslashreplace")
    return hmac.new(key, signed, hashlib.sha256).hexdigest()
