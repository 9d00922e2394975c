"""A rulebook as a document that the record keeps, and back: so that the set in force stays in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dialer.core.calendars import Calendar
from dialer.core.entry import plain
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Pack, PolicySet, Rule
from dialer.core.rulebook import ENGINE, Rulebook
from dialer.core.rules import VOCABULARY
from dialer.documents import Document, validated


def stored(rulebook: Rulebook, signature: Mapping[str, Any]) -> dict[str, Any]:
    """A rulebook and the signature under it as JSON."""
    return {
        "digest": rulebook.digest,
        "revision": rulebook.revision,
        "engine": rulebook.engine,
        "zones": rulebook.zones,
        "calendars": plain(rulebook.calendars),
        "policy": plain(rulebook.policy),
        "signature": dict(signature),
    }


def restored(document: Mapping[str, Any]) -> Rulebook:
    """The rulebook of a stored document. Raises BadInput where this engine would decide otherwise by it."""
    if document.get("engine") != ENGINE or "policy" not in document:
        hint = f"this engine is `{ENGINE}`: sign the set again for it"
        raise _refused("engine", "kept by another engine", str(document.get("engine")), hint)
    packs = validated(Document("record", document["policy"]), PolicySet).packs
    rulebook = Rulebook(
        policy=PolicySet(tuple(_with_params(pack) for pack in packs)),
        revision=int(document["revision"]),
        zones=str(document["zones"]),
        calendars=validated(Document("record", document["calendars"]), tuple[Calendar, ...]),
        engine=str(document["engine"]),
    )
    if rulebook.digest != document["digest"]:
        raise _refused("digest", "is not what was kept", str(document["digest"]), "sign the set again")
    return rulebook


def _with_params(pack: Pack) -> Pack:
    return replace(pack, rules=tuple(_rule(rule) for rule in pack.rules))


def _rule(rule: Rule) -> Rule:
    params: Any = VOCABULARY[rule.kind].params
    return replace(rule, params=validated(Document(rule.id, rule.params), params))


def _refused(path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("policy in the record", path=path), reason, value, hint)])
