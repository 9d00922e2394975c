"""Canonical bytes of an entry, and the arithmetic of its place in the log.

Canonical bytes: JSON with sorted keys, no spaces, NFC text, integers only, instants as microseconds UTC; every
entry has `type` and `v`. A leaf holds neither its index nor a previous hash: those live in the log row beside it.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Microseconds since 1970 in UTC. Raises ValueError for a naive instant."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return (at - EPOCH) // MICROSECOND


def from_us(us: int) -> datetime:
    """The aware UTC instant of `us` microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def plain(value: Any) -> Any:
    """`value` as JSON's own types: dataclasses become objects, sets sorted lists, instants microseconds.

    Raises TypeError for a float or anything else that has no one canonical form.
    """
    # By exact type first: the abstract classes below are slow to ask, and facts are mostly these.
    quick = _QUICK.get(type(value))
    if quick is not None:
        return quick(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, Set):
        return sorted(plain(one) for one in value)
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_us(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // MICROSECOND
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in _names(value.__class__)}
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _same(value: Any) -> Any:
    return value


_QUICK: dict[type, Callable[[Any], Any]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    str: lambda text: text if text.isascii() else unicodedata.normalize("NFC", text),
    tuple: lambda several: [plain(one) for one in several],
    list: lambda several: [plain(one) for one in several],
    datetime: to_us,
    UUID: str,
}


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(cls) if one.metadata.get("canonical", True))


def canonical(value: Any) -> bytes:
    """The one byte string of `value`. Raises TypeError for what has no canonical form, such as a float.

    The same as the JSON of `plain(value)`, by a shorter way: an admission is measured in the time this takes. Keys
    are ASCII names of ours; normalising the whole text is normalising each string, since no sign of JSON composes.
    """
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        raise TypeError("no canonical form for a float") from None
    if _may_hold_a_float(text) and _FLOATISH.search(text):
        text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).encode()


def _one_level(value: Any) -> Any:
    """What the encoder does not know itself, one level down."""
    if isinstance(value, Set):
        return sorted(plain(one) for one in value)
    if is_dataclass(value):
        return {name: getattr(value, name) for name in _names(value.__class__)}
    if isinstance(value, Mapping):
        return dict(value)
    return _plain_object(value)


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_one_level
)
# A number with a point or an exponent, or its look-alike within a string; a float can hide nowhere else.
_FLOATISH = re.compile(r"(?:^|[:,\[])(-?\d+\.\d|-?\d+e)")


def _may_hold_a_float(text: str) -> bool:
    """Whether a digit stands on both sides of a point or before an exponent: found without reading every sign."""
    for mark in (".", "e+", "e-"):
        at = text.find(mark, 1)
        while at != -1:
            if text[at - 1].isdigit() and text[at + len(mark) : at + len(mark) + 1].isdigit():
                return True
            at = text.find(mark, at + 1)
    return False


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry): the leaf of RFC 6962, so that a Merkle log can take these entries as they are."""
    return hashlib.sha256(b"\x00" + entry).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """The running hash of a log row; 0x02 keeps it apart from the leaves and nodes of a Merkle tree."""
    return hashlib.sha256(b"\x02" + previous + leaf).digest()


CHAIN_START = hashlib.sha256(b"\x02").digest()


def commitment(salt: bytes, plaintext: str) -> bytes:
    """SHA-256(salt || NFC text): what an entry shows of a number or name whose ciphertext lies elsewhere."""
    return hashlib.sha256(salt + unicodedata.normalize("NFC", plaintext).encode()).digest()
