"""Canonical JSON back into the dataclasses it was made from, so that stored facts can be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from dialer.core.entry import MICROSECOND, from_us

T = TypeVar("T")


def thaw(cls: type[T], plain: Mapping[str, Any]) -> T:
    """The dataclass `cls` that `core.entry.plain` made `plain` of. Raises KeyError, TypeError or ValueError."""
    hints: dict[str, Any] = _hints(cls)  # type: ignore[arg-type]
    return cls(**{name: _value(hints[name], plain[name]) for name in hints if name in plain})


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    names = [one.name for one in fields(cls) if one.init]
    return {name: hints[name] for name in names}


def _value(hint: Any, plain: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if plain is None and NoneType in inner:
            return None
        return _value(_fitting(inner, plain), plain)
    if origin is tuple:
        return tuple(_value(inner[0], one) for one in plain)
    if origin is frozenset:
        return frozenset(_value(inner[0], one) for one in plain)
    if origin is not None:
        return {key: _value(inner[1], one) for key, one in plain.items()}
    return _scalar(hint, plain)


def _scalar(hint: Any, plain: Any) -> Any:
    if hint is datetime:
        return from_us(plain)
    if hint is date:
        return date.fromisoformat(plain)
    if hint is timedelta:
        return plain * MICROSECOND
    if hint is UUID or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint(plain)
    return thaw(hint, plain) if is_dataclass(hint) and isinstance(hint, type) else plain


def _fitting(inner: tuple[Any, ...], plain: Any) -> Any:
    """Of a union of plain types the one that JSON shows; of `X | None` the X."""
    candidates = [one for one in inner if one is not NoneType]
    if len(candidates) == 1:
        return candidates[0]
    if isinstance(plain, list):
        return next(one for one in candidates if get_origin(one) is tuple)
    return type(plain)
