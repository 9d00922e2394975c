"""Keyed hashes: the only thing that leads from a customer id, number or idempotency key to a row."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

# Letters and marks by category, and yet nothing is drawn: Unicode's Default_Ignorable_Code_Point beyond Cf.
_DRAWN_AS_NOTHING = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))
)


def subject_hash(key: bytes, kind: str, scope: str, text: str) -> bytes:
    """HMAC-SHA256 of a subject. `scope` is the enterprise of a person or debt, empty for a line.

    Customer ids are compared after NFKC and trimming, with their case, without signs that nobody sees: one person
    must not have two counts, nor an opt-out miss him, for a zero-width space. Lines are E.164.
    """
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", text) if not _invisible(sign))
    written = unicodedata.normalize("NFKC", seen).strip()
    return hmac.digest(key, "\x00".join(("subject", kind, scope, written)).encode(), hashlib.sha256)


def _invisible(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf") or sign in _DRAWN_AS_NOTHING


def key_hash(key: bytes, idempotency_key: str) -> bytes:
    """HMAC-SHA256 of an idempotency key: callers put anything there, also numbers."""
    return hmac.digest(key, b"request\x00" + idempotency_key.encode(), hashlib.sha256)
