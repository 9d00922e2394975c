"""What a model says about a file, told to a person: the reason, the value found, what to write instead."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import ErrorDetails

from dialer.core.errors import InputFault, Place
from dialer.core.phone import masked_in

KeyPath = tuple[str | int, ...]

# Type of pydantic's error (its beginning) -> what is expected. The first that fits.
_EXPECTED = (
    ("int", "a whole number"),
    ("float", "a number"),
    ("string_type", "text; put it in quotes"),
    ("bool", "true or false"),
    ("list", "a list"),
    ("tuple", "a list"),
    ("set", "a list"),
    ("frozen_set", "a list"),
    ("dict", "a table of keys"),
    ("model", "a table of keys"),
    ("dataclass", "a table of keys"),
    ("datetime", "an instant with its zone, such as 2026-01-31T10:00:00+08:00"),
    ("date", "a date such as 2026-01-31"),
    ("url", "an address such as http://127.0.0.1:8088"),
)
_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")
_SHORT = ("too_short", "string_too_short")
_SECRET = ("password", "secret", "token")


def fault_of(
    file: str,
    line_of: Callable[[KeyPath], int],
    adapter: TypeAdapter[Any],
    data: Any,
    error: ErrorDetails,
    prefix: KeyPath = (),
) -> InputFault:
    """One error of a model as a fault of the file; `prefix` leads from the file's root to `data`."""
    found = _in_document(error["loc"], data)
    path = (*prefix, *found)
    place = Place(file, line_of(path), ".".join(str(one) for one in path))
    if error["type"] in _UNKNOWN_KEY:
        return InputFault(place, "unknown key", str(path[-1]), _nearest_key(adapter, found))
    if error["type"] in _MISSING:
        inner = (*path, *error["loc"][len(found) :])
        where = Place(file, line_of(path), ".".join(str(one) for one in inner))
        return InputFault(where, "missing key", str(error["loc"][-1]), "add it")
    return InputFault(place, _reason(error), _shown(path, error["input"]), _hint(error))


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean …`, or the names that there are."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known: {', '.join(names)}" if names else ""


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] in _SHORT:
        return "too few or too short"
    message = error["msg"]
    if message.startswith("Input should be"):
        return (
            "wrong value" if "literal" in error["type"] or error["type"] == "enum" else "wrong type or form"
        )
    return message[:1].lower() + message[1:]


def _hint(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return ""
    if error["type"] in _SHORT:
        return f"give at least {error['ctx']['min_length']}"
    if error["type"] in ("enum", "literal_error"):
        known = str(error["ctx"]["expected"])
        close = nearest(
            str(error["input"]), [one.strip("'") for one in known.replace(" or ", ", ").split(", ")]
        )
        return f"{close} (one of {known})" if close.startswith("did") else f"one of {known}"
    for kind, expected in _EXPECTED:
        if error["type"].startswith(kind):
            return f"expected {expected}"
    message = error["msg"].removeprefix("Input should be ").removeprefix("Input should ")
    return f"expected {message[:1].lower()}{message[1:]}"


def _shown(path: KeyPath, value: Any) -> str:
    if path and any(word in str(path[-1]) for word in _SECRET):
        return "…"
    if isinstance(value, (dict, list)) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        value = {key: value[key] for key in value if not any(word in str(key) for word in _SECRET)}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return masked_in(text if len(text) <= 80 else f"{text[:79]}…")


def _in_document(loc: KeyPath, data: Any) -> KeyPath:
    """`loc` without the names that pydantic adds for the arms of a union, as far as `data` goes."""
    path: list[str | int] = []
    for key in loc:
        inside = (isinstance(data, dict) and key in data) or (
            isinstance(data, list) and isinstance(key, int) and key < len(data)
        )
        if inside:
            path.append(key)
            data = data[key]
    return tuple(path)


def _nearest_key(adapter: TypeAdapter[Any], path: KeyPath) -> str:
    try:
        schema = adapter.json_schema()
    except PydanticInvalidForJsonSchema:
        return "remove it"
    known = _keys_at(schema, schema, path[:-1])
    return nearest(str(path[-1]), known) or "remove it"


def _keys_at(root: dict[str, Any], schema: dict[str, Any], path: KeyPath) -> set[str]:
    """The keys a JSON Schema knows for the table at `path`."""
    if "$ref" in schema:
        return _keys_at(root, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], path)
    arms = [one for name in ("anyOf", "oneOf", "allOf") for one in schema.get(name, ())]
    if arms:
        return set().union(*(_keys_at(root, one, path) for one in arms))
    if not path:
        return set(schema.get("properties", {}))
    if isinstance(path[0], int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(path[0], schema.get("additionalProperties"))
    return _keys_at(root, inner, path[1:]) if isinstance(inner, dict) else set()
