"""What a decision says about an item, short enough for a row: the failing rules and where they stand written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def denials(decision: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The findings of a decision (`core.shape.decision_json`) that decided against the call, in its order."""
    if decision is None:
        return []
    return [
        {
            "rule": one["rule"],
            "code": one["code"],
            "citation": cited(one["citation"]),
            "text": one["text"],
            "remedy": one["remedy"],
            "opens_at": one["opens_at"],
        }
        for one in decision["findings"]
        if one["effect"] == "deny" and one["mode"] == "enforce"
    ]


def cited(citation: Mapping[str, Any]) -> dict[str, Any]:
    """A citation without its address and reading: source, title, article or, without one, topic."""
    return {name: citation[name] for name in ("source", "title", "article", "topic")}
