"""Proofs and differences of policy sets, as data and as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dialer.commands.options import say
from dialer.commands.words import word
from dialer.core.shape import decision_json

if TYPE_CHECKING:
    from dialer.core.tightening import Change
    from dialer.policy_diff import Difference
    from dialer.policy_prove import Proof

Json = Mapping[str, Any]


def proof_json(proof: Proof) -> dict[str, Any]:
    """A claim and how it fared; `facts` and `decision` stand where it is false."""
    from dialer.policy_grid import facts_json

    claim = proof.claim
    facts, decision = proof.counterexample, proof.decision
    return {
        "id": claim.id,
        "title": {"zh": claim.title.zh, "en": claim.title.en},
        "says": claim.says,
        "holds": proof.holds,
        "instants": proof.instants,
        "asked": proof.asked,
        "facts": None if facts is None else facts_json(facts),
        "decision": None if decision is None else decision_json(decision),
    }


def write_facts(folder: Path, proofs: Sequence[Json]) -> None:
    """The facts of each counterexample as `<claim>.facts.json`, which `dialer decide --facts` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in proofs:
        if one["facts"] is not None:
            text = json.dumps(one["facts"], ensure_ascii=False, indent=2) + "\n"
            (folder / f"{one['id']}.facts.json").write_text(text, encoding="utf-8")


def show_proofs(proofs: Sequence[Json], lang: str) -> None:
    """Every claim in a line; under a false one the facts that show it."""
    for one in proofs:
        sign = "✓" if one["holds"] else "✗"
        say(f"{sign} {one['id']}: {one['title'][lang]} ({one['instants']} {word('instants', lang)})")
        if not one["holds"]:
            denials = _denials(one["decision"])
            say(f"    {word(one['decision']['effect'], lang)} {denials}".rstrip())
            say("    " + json.dumps(one["facts"], ensure_ascii=False))
    false = sum(not one["holds"] for one in proofs)
    say(f"{len(proofs) - false} / {len(proofs)} {word('claims_hold', lang)}")


def difference_json(one: Difference) -> dict[str, Any]:
    """A rule or pack that differs: its changes, and calls that are decided otherwise."""
    from dialer.policy_grid import facts_json

    examples = [
        {
            "facts": facts_json(each.facts),
            "before": decision_json(each.before),
            "after": decision_json(each.after),
            "rule_alone": each.rule_alone,
        }
        for each in one.examples
    ]
    return {
        "subject": one.subject,
        "tightens": one.tightens,
        "changes": [_change(each) for each in one.changes],
        "examples": examples,
    }


def show_differences(found: Sequence[Json], lang: str) -> None:
    """Every rule that differs: what of it, which way, and a call for each way."""
    for one in found:
        say(f"{one['subject']}: {word('tightens' if one['tightens'] else 'may_loosen', lang)}")
        for change in one["changes"]:
            told = word(change["what"], lang)
            if change["where"]:
                told += f" {change['where']}: {_text(change['before'])} → {_text(change['after'])}"
            say(f"  {told}")
        for each in one["examples"]:
            _show_example(each, lang)
    tightens = all(one["tightens"] for one in found)
    say(word("no_difference" if not found else "at_once" if tightens else "waits", lang))


def _show_example(example: Json, lang: str) -> None:
    facts, before, after = example["facts"], example["before"], example["after"]
    about = f"{word(facts['purpose'], lang)} {facts['now']}"
    alone = f" ({word('rule_alone', lang)})" if example["rule_alone"] else ""
    effects = " → ".join(word(each["effect"], lang) for each in (before, after))
    say(f"    {word('example', lang)}: {about}: {effects}{alone}")
    for each in (before, after):
        if denials := _denials(each):
            say(f"      {denials}")


def _change(one: Change) -> dict[str, Any]:
    names = ("what", "where", "before", "after", "tightens")
    return {name: getattr(one, name) for name in names}


def _denials(decision: Json) -> str:
    found = [one for one in decision["findings"] if one["effect"] == "deny" and one["mode"] == "enforce"]
    return ", ".join(f"{one['rule']} {one['code']}" for one in found)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
