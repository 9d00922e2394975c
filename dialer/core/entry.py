"""Canonical bytes of an entry, and the arithmetic of its place in the log.

Canonical bytes: JSON with sorted keys, no spaces, NFC text, integers only, instants as microseconds UTC; every
entry has `type` and `v`. A leaf holds neither its index nor a previous hash: those live in the log row beside it.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar
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

    The same as the JSON of `plain(value)`, by a shorter way: an admission is measured in the time this takes.
    """
    return _text(value).encode()


C = TypeVar("C")
# Of these classes the same few objects stand in one entry after another: rows of the register, say.
_LASTING: set[type] = set()
_LASTING_KEPT = 4096
# By the identity of an object that is kept with it, so that no other can have it.
_known: dict[int, tuple[Any, str]] = {}


def lasting(cls: type[C]) -> type[C]:
    """A class whose objects never change, hold nothing that does, and are written again and again."""
    _LASTING.add(cls)
    return cls


def _text(value: Any) -> str:
    kind = type(value)
    quick = _TEXTS.get(kind)
    if quick is not None:
        return quick(value)
    if kind in _LASTING:
        found = _known.get(id(value))
        if found is None:
            if len(_known) >= _LASTING_KEPT:
                _known.clear()
            found = _known[id(value)] = (value, _object(value))
        return found[1]
    if isinstance(value, Enum):
        return _text(value.value)
    return _object(value) if is_dataclass(value) else _by_encoder(plain(value))


def _object(value: Any) -> str:
    return (
        "{"
        + ",".join([start + _text(getattr(value, name)) for name, start in _starts(value.__class__)])
        + "}"
    )


@cache
def _starts(cls: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, f'"{name}":') for name in sorted(_names(cls)))


def _mapping(value: dict[Any, Any]) -> str:
    try:
        simple = "".join(value).isascii()
    except TypeError:
        simple = False
    # Keys that are no strings, or are other ones once normalised, get their order afterwards.
    if not simple:
        return _by_encoder(plain(value))
    return "{" + ",".join([f"{_quoted(key)}:{_text(value[key])}" for key in sorted(value)]) + "}"


def _sequence(value: Sequence[Any]) -> str:
    return "[" + ",".join([_text(one) for one in value]) + "]" if value else "[]"


def _string(value: str) -> str:
    return _quoted(value if value.isascii() else unicodedata.normalize("NFC", value))


_quoted = json.encoder.encode_basestring
_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _none: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    str: _string,
    tuple: _sequence,
    list: _sequence,
    dict: _mapping,
    datetime: lambda value: str(to_us(value)),
    UUID: lambda value: f'"{value}"',
}


def _by_encoder(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
