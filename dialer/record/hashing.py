"""Keyed hashes: the only thing that leads from a customer id, number or idempotency key to a row."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata


def subject_hash(key: bytes, kind: str, scope: str, text: str) -> bytes:
    """HMAC-SHA256 of a subject. `scope` is the enterprise of a person or debt, empty for a line.

    Customer ids are compared after NFKC and trimming, with their case; lines are E.164.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    return hmac.digest(key, "\x00".join(("subject", kind, scope, written)).encode(), hashlib.sha256)


def key_hash(key: bytes, idempotency_key: str) -> bytes:
    """HMAC-SHA256 of an idempotency key: callers put anything there, also numbers."""
    return hmac.digest(key, b"request\x00" + idempotency_key.encode(), hashlib.sha256)
