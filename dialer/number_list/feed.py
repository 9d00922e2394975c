"""What changed from one register to the next: numbers and liaison officers, as readers follow them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dialer.number_list.lines import lines_of
from dialer.ports.number_list import ADDED, CHANGED, REMOVED, Json, Key, Line


def changes_between(before: Json | None, after: Json, at: datetime) -> list[dict[str, Any]]:
    """Every number and liaison officer that `after` tells otherwise than `before`; None is an empty register."""
    old = {} if before is None else lines_of(before, at)
    new = lines_of(after, at)
    return [*_liaisons(before, after), *_numbers(old, new)]


def _numbers(old: Mapping[Key, Line], new: Mapping[Key, Line]) -> list[dict[str, Any]]:
    told = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and _without_liaison(was) == _without_liaison(now):
            continue
        line = now or was
        if line is not None:
            told.append({"what": "number", "change": _kind(was, now), "line": line.content})
    return told


def _without_liaison(line: Line) -> Json:
    return {name: value for name, value in line.content.items() if name != "liaison"}


def _liaisons(before: Json | None, after: Json) -> list[dict[str, Any]]:
    old, new = _officers(before), _officers(after)
    return [
        {
            "what": "liaison",
            "change": _kind(old.get(enterprise), new.get(enterprise)),
            "enterprise": enterprise,
            "liaison": new.get(enterprise),
        }
        for enterprise in sorted({*old, *new})
        if old.get(enterprise) != new.get(enterprise)
    ]


def _officers(document: Json | None) -> dict[str, Json]:
    rows = () if document is None else document["enterprises"]
    return {row["id"]: row["liaison"] for row in rows if row.get("liaison")}


def _kind(was: object, now: object) -> str:
    if was is None:
        return ADDED
    return REMOVED if now is None else CHANGED
