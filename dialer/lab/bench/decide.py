"""What one decision costs, part by part, beside the same rules in Cedar and beside a plain Python rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version
from time import perf_counter_ns
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.decision import Decision, Finding, decide, permits
from dialer.core.entry import canonical
from dialer.core.facts import Facts, Trunk
from dialer.core.policy import Binding, Pack, PolicySet
from dialer.core.rulebook import Rulebook
from dialer.core.rules import frequency
from dialer.core.shape import decision_json
from dialer.core.verdict import Verdict
from dialer.documents import load_yaml, validated
from dialer.lab.bench import cedar
from dialer.lab.bench.figures import percentile
from dialer.lab.bench.records import POLICIES
from dialer.policy_files import load_policy
from dialer.record.thaw import thaw

CALL = POLICIES.parent / "tests" / "policies" / "facts.yaml"
CHINA = ("cn-", "house")
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Seats and place that bind every pack of China, province by province.
ENTERPRISE_SEAT, AGENCY_SEAT, ACCESS_PLACE = "CN-32", "CN-33", "CN-64"
# No instant is judged twice, so that nothing remembered of one call serves the next.
STEP = timedelta(seconds=1, microseconds=3)
WARM_UP = 200
CREDIT = frozenset({"credit"})


def bench_decide(runs: int = 2000) -> dict[str, Any]:
    """Every figure in microseconds, `runs` decisions for each; parts are measured in turns, in one process."""
    china = [pack for pack in load_policy(POLICIES).packs if pack.id.startswith(CHINA)]
    book = Rulebook(PolicySet(tuple(china)), 1, "bench")
    lawful = _call(book)
    calls = [replace(lawful, now=lawful.now + number * STEP) for number in range(runs)]
    night = [replace(one, now=one.now + timedelta(hours=12.5)) for one in calls[: runs // 4]]
    bound = book.looking_at(lawful)
    decision, denial = decide(book, lawful), decide(book, night[0])
    whole = _us(lambda one: decide(book, one), calls)
    effect = _us(lambda one: permits(book, one), calls)
    return {
        "bench": "decide",
        "packs": [pack.id for pack in china],
        "rules_bound": len(bound),
        "judged_with_another": sum(one.twin is not None for one in bound),
        "permitted": decision.permitted,
        "denied_by": [one.code for one in decision.denials],
        "effect_and_findings_us": whole,
        "a_bound_rule_us": {name: round(value / len(bound), 3) for name, value in whole.items()},
        "effect_only_us": effect,
        "denial_with_next_instant_us": _us(lambda one: decide(book, one), night),
        "denial_next_instant": str(denial.next_instant),
        **_apart(book, calls),
        "floor_us": _floor(lawful, decision, calls),
        "by_kind_us": _by_kind(book, calls),
        "by_rules_us": _by_rules(china, lawful, runs // 4),
        "by_history_us": _by_history(book, lawful, runs // 4),
        "cedar": _beside_cedar(book, calls),
    }


def _call(book: Rulebook) -> Facts:
    # As the record tells them: every instant in UTC.
    facts = thaw(Facts, json.loads(canonical(validated(load_yaml(CALL), Facts))))
    trunk = facts.trunk or Trunk("bench", "unicom", ACCESS_PLACE)
    return replace(
        facts,
        enterprise_seat=ENTERPRISE_SEAT,
        agency_seat=AGENCY_SEAT,
        trunk=replace(trunk, place=ACCESS_PLACE),
        touches={limit.key: () for limit in book.limits(facts.purpose)},
    )


def _us(do: Callable[[Facts], object], calls: Sequence[Facts]) -> dict[str, float]:
    for one in calls[:WARM_UP]:
        do(one)
    took = []
    for one in calls:
        began = perf_counter_ns()
        do(one)
        took.append(perf_counter_ns() - began)
    return {name: round(percentile(took, at) / 1000, 2) for name, at in (("p50", 0.5), ("p99", 0.99))}


def _apart(book: Rulebook, calls: Sequence[Facts]) -> dict[str, Any]:
    """What the record and the reader ask for beside the decision."""
    decided = {id(one): decide(book, one) for one in calls}
    shapes = {key: canonical(decision_json(one)) for key, one in decided.items()}
    return {
        "texts_us": _us(lambda one: [each.text for each in decided[id(one)].findings], calls),
        "canonical_bytes_of_facts_us": _us(canonical, calls),
        "canonical_bytes_of_decision_us": _us(lambda one: canonical(decision_json(decided[id(one)])), calls),
        "digest_of_decision_us": _us(lambda one: hashlib.sha256(shapes[id(one)]).digest(), calls),
    }


def _floor(facts: Facts, decision: Decision, calls: Sequence[Facts]) -> dict[str, float]:
    """A plain rule that says yes or no, and what each thing that a finding adds to it costs; p50 of a single one."""
    first = decision.findings[0]
    parts: dict[str, Callable[[Facts], object]] = {
        "empty": lambda one: None,
        "plain_rule": lambda one: one.product in CREDIT,
        "verdict": lambda one: Verdict("code", False, one.now, None, {}),
        "finding": lambda one: Finding("pack", first.source, first.verdict),
        "five_values": lambda one: {
            "enterprise": one.enterprise,
            "agency": one.agency,
            "purpose": one.purpose.value,
            "product": one.product,
            "caller_id": one.caller_id,
        },
        "local_time": lambda one: one.now.astimezone(SHANGHAI),
        "date_told": lambda one: facts.told(facts.now),
    }
    # A hundred at a time: one alone is shorter than the clock can tell.
    return {name: _hundredth(do, calls) for name, do in parts.items()}


def _hundredth(do: Callable[[Facts], object], calls: Sequence[Facts]) -> float:
    def hundred(one: Facts) -> None:
        for _ in range(100):
            do(one)

    return round(_us(hundred, calls[:WARM_UP])["p50"] / 100, 3)


def _by_kind(book: Rulebook, calls: Sequence[Facts]) -> dict[str, float]:
    bound = {one.rule.kind: one for one in book.looking_at(calls[0])}
    return {
        kind: _us(lambda facts, one=one: one.judge(one.rule.params, facts), calls)["p50"]  # type: ignore[misc]
        for kind, one in sorted(bound.items())
    }


def _by_rules(packs: Sequence[Pack], facts: Facts, runs: int) -> dict[str, float]:
    """p50 by number of rules: limits of different values, so that no two of them are judged at once."""
    pack, limit = next(
        (pack, rule) for pack in packs for rule in pack.rules if isinstance(rule.params, frequency.Params)
    )
    found = {}
    for number in (25, 50, 100, 200):
        rules = tuple(
            replace(
                limit,
                id=f"bench/{most}",
                params=replace(limit.params, most=most),  # type: ignore[type-var]
            )
            for most in range(1, number + 1)
        )
        book = Rulebook(PolicySet((replace(pack, rules=rules, binding=Binding()),)), 1, "bench")
        touches = {one.key: () for one in book.limits(facts.purpose)}
        calls = [replace(facts, now=facts.now + each * STEP, touches=touches) for each in range(runs)]
        found[str(len(book.looking_at(facts)))] = _us(lambda one, book=book: decide(book, one), calls)["p50"]  # type: ignore[misc]
    return found


def _by_history(book: Rulebook, facts: Facts, runs: int) -> dict[str, float]:
    """p50 by how often the person was called before: the facts hold a limit's newest touches and one more."""
    found = {}
    limits = book.limits(facts.purpose)
    for length in (0, 10, 1000, 10000):
        past: list[datetime] = [facts.now - timedelta(days=40, hours=number) for number in range(length)]
        touches = {limit.key: tuple(past[: limit.most + 1]) for limit in limits}
        calls = [replace(facts, now=facts.now + number * STEP, touches=touches) for number in range(runs)]
        found[str(length)] = _us(lambda one: decide(book, one), calls)["p50"]
    return found


def _beside_cedar(book: Rulebook, calls: Sequence[Facts]) -> dict[str, Any]:
    try:
        import cedarpy
    except ImportError:
        return {"missing": "pip install 'dialer[policy-bench]'"}
    bound = book.looking_at(calls[0])
    parsed = cedarpy.PolicySet.from_str(cedar.policies(bound))
    entities = cedarpy.Entities.from_json_str("[]")
    asked = {
        id(one): {**cedar.REQUEST, "context": cedar.context(one, _minute(one.now), 0, bound)} for one in calls
    }
    late = {**cedar.REQUEST, "context": cedar.context(calls[0], 22 * 60, 0, bound)}

    def ask(one: Facts) -> object:
        return cedarpy.is_authorized(asked[id(one)], parsed, entities)

    theirs, ours = _us(ask, calls), _us(lambda one: decide(book, one), calls)
    return {
        "version": version("cedarpy"),
        "policies": len(bound) + 1,
        "permits_the_call": cedarpy.is_authorized(asked[id(calls[0])], parsed, entities).allowed,
        "permits_it_at_22": cedarpy.is_authorized(late, parsed, entities).allowed,
        "effect_us": theirs,
        "ours_with_findings_us": ours,
        "ours_is_faster_by": round(theirs["p50"] / ours["p50"], 2),
    }


def _minute(at: datetime) -> int:
    local = at.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute
