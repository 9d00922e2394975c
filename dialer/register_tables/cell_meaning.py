"""What a cell of a register table means, in the types of the register's models."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from dialer.document_faults import nearest
from dialer.register_tables.listed import CLOSED_SIGNS, SIGNS, parted
from dialer.register_tables.shape import Field
from dialer.register_tables.words import ALSO, NONE, TRUTH, choices
from dialer.tabular import Cell, Column, Wrong
from dialer.tabular.columns import text_of

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_WHOLE = re.compile(r"-?\d{1,15}")
_YES = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


def meaning_of(cell: Cell, field: Field, column: Column) -> Any:
    """The value of a cell, None for an empty one, or why it means nothing. What else is wrong the model tells."""
    text = text_of(cell, column)
    if isinstance(text, Wrong) or not text:
        return text or None
    if field.several:
        return _several(text, field)
    return _one(text, field)


def _several(text: str, field: Field) -> Any:
    if field.nullable and text in (*NONE, *NONE.values()):
        return []
    items = parted(text, CLOSED_SIGNS if field.choices else SIGNS)
    found = [_one(one, field) for one in items]
    wrong = ((item, one) for item, one in zip(items, found, strict=True) if isinstance(one, Wrong))
    return next((Wrong(f"holds `{item}`, an {one.reason}", one.hint) for item, one in wrong), found)


def _one(text: str, field: Field) -> Any:
    if field.choices:
        return _chosen(text, field)
    if field.form == "truth":
        hint = f"{' or '.join(TRUTH.values())}, {' or '.join(TRUTH)}"
        return _YES.get(text.strip().lower(), Wrong("neither yes nor no", hint))
    if field.form == "none":
        told = text.strip() in (*NONE, *NONE.values())
        return [] if told else Wrong("unknown word", f"`{'` or `'.join(NONE.values())}`, or leave it empty")
    if field.form == "date":
        found = _DAY.fullmatch(text)
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else text
    if field.form == "count":
        return int(text) if _WHOLE.fullmatch(text) else text
    return _json(text) if field.form == "json" else text


def _chosen(text: str, field: Field) -> Any:
    known: Mapping[str, str] = {
        _folded(word): one
        for lang in ("zh", "en")
        for word, one in zip(choices(field, lang), field.choices, strict=True)
    }
    also = {word: one for word, one in ALSO.items() if one in field.choices}
    if text in also:
        return also[text]
    words = dict.fromkeys(word for lang in ("zh", "en") for word in choices(field, lang))
    return known.get(_folded(text)) or Wrong("unknown word", nearest(text, words))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return Wrong("is not JSON", "write it as in the register's YAML, in JSON")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()
