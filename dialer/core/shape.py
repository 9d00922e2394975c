"""A decision as the JSON that everybody outside sees (`docs/schema/decision.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dialer.core.decision import Decision, Finding
from dialer.core.policy import Text
from dialer.core.verdict import Value


def decision_json(decision: Decision) -> dict[str, Any]:
    """`decision` in JSON's own types; instants are RFC 3339 in UTC with microseconds."""
    return {
        "effect": decision.effect.value,
        "at": instant_text(decision.at),
        "moment": decision.moment.value,
        "findings": [_finding(one) for one in decision.findings],
        "obligations": [{"duty": one.duty, "values": _values(one.values)} for one in decision.obligations],
        "next_instant": _instant_or_none(decision.next_instant),
        "valid_until": _instant_or_none(decision.valid_until),
        "rulebook": decision.rulebook,
        "revision": decision.revision,
        "engine": decision.engine,
    }


def instant_text(at: datetime) -> str:
    """`2026-11-24T02:00:00.000000Z`. Raises ValueError for a naive instant."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _finding(one: Finding) -> dict[str, Any]:
    cited = one.citation
    return {
        "rule": one.rule,
        "pack": one.pack,
        "title": _text(one.title),
        "kind": one.kind,
        "code": one.code,
        "effect": one.effect.value,
        "mode": one.mode.value,
        "force": one.force.value,
        "binds": sorted(party.value for party in one.binds),
        "values": _values(one.values),
        "citation": {
            "source": cited.source,
            "title": _text(cited.title),
            "article": cited.article,
            "topic": _text(cited.topic),
            "address": cited.address,
            "grade": cited.grade.value,
            "read_on": cited.read_on.isoformat(),
        },
        "text": _text(one.text),
        "remedy": None if one.remedy is None else {"text": _text(one.remedy.text), "who": one.remedy.who},
        "opens_at": _instant_or_none(one.opens_at),
    }


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in sorted(values.items())
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _instant_or_none(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)
