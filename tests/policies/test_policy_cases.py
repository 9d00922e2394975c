"""Every rule file has a case file at the same path, and every case in it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.core.policy import Pack, Rule
from dialer.core.rules import cooldown, frequency
from dialer.core.rules.hours import Params as Hours
from dialer.policy_cases import Boundary, alone, answered
from dialer.policy_files import load_policy
from dialer.policy_testing import Suite, base_facts, case_files, read_suites

HERE = Path(__file__).parent
POLICY = load_policy(HERE.parents[1] / "policies")
SUITES = {one.rule.id: one for one in read_suites(POLICY, case_files(HERE), base_facts(HERE))}
RULES = [(pack, rule) for pack in POLICY.packs for rule in pack.rules]
IDS = [rule.id for _, rule in RULES]
# What the brief of the packs asks for; far more are there.
LEAST_CASES = 600


@pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
def test_the_cases_of_a_rule_hold(suite: Suite) -> None:
    """The rule says about the facts of each case what the case file expects."""
    rulebook = alone(suite.pack, suite.rule)
    wrong = []
    for case in suite.cases:
        passed, said = answered(rulebook, suite.rule, case, case.facts)
        if not passed:
            wrong.append(f"{case.name}: expected {case.expect}, said {said}")
    assert not wrong


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=IDS)
def test_cases_are_complete(pack: Pack, rule: Rule) -> None:
    """A case file cites the rule's source, tells its scope, permits once, denies once, and is silent where unbound."""
    suite = SUITES[rule.id]
    assert suite.shape.source == rule.citation.source
    assert suite.shape.scope is not None
    written = [one.expect.split()[0] for one in suite.shape.cases]
    assert {"permit", "deny"} <= set(written)
    if pack.binding:
        assert "silent" in written
    if _counts(rule):
        assert suite.shape.series is not None


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=IDS)
def test_every_boundary_has_its_triple(pack: Pack, rule: Rule) -> None:
    """Each boundary of a rule's kind is there a microsecond (or one touch) before, at it, and after."""
    shape = SUITES[rule.id].shape
    assert _boundaries(rule) <= {one.boundary for one in shape.triples}
    if isinstance(rule.params, Hours):
        walls = {one.around.strftime("%H:%M") for one in shape.triples if not isinstance(one.around, int)}
        named = {wall for window in rule.params.open for wall in (window.start, window.end)}
        assert {wall.replace("24:00", "00:00") for wall in named} <= walls


def test_there_are_enough_cases_and_none_without_rule() -> None:
    """At least 600 cases in all, every rule has some, and no case file is left over from a rule that is gone."""
    assert sum(len(one.cases) for one in SUITES.values()) >= LEAST_CASES
    found = {str(path.relative_to(HERE).with_suffix("")) for path in HERE.glob("*/*.yaml")}
    assert found == set(IDS) == set(SUITES)


def _counts(rule: Rule) -> bool:
    params = rule.params
    talks = isinstance(params, cooldown.Params) and params.after == "conversation"
    return isinstance(params, frequency.Params) or talks


def _boundaries(rule: Rule) -> set[Boundary]:
    params = rule.params
    dated = {Boundary.BEGINS, Boundary.ENDS}
    ages = {Boundary.ENDS} if getattr(params, "max_age_days", None) else set()
    interval = {Boundary.INTERVAL_ENDS} if getattr(params, "after_opt_out_days", None) else set()
    asked: dict[str, set[Boundary]] = {
        "hours": {Boundary.OPENS, Boundary.CLOSES},
        "frequency": {Boundary.FULL, Boundary.LEAVES},
        "licence": dated,
        "entrustment": dated,
        "script": dated,
        "caller_id": dated if "period" in getattr(params, "checks", ()) else set(),
        "preference": {Boundary.ENDS} | interval,
        "carrier": {Boundary.BEGINS} | ({Boundary.ENDS} if getattr(params, "licensed", False) else set()),
        "case": {Boundary.BEGINS} if "told" in getattr(params, "checks", ()) else {Boundary.ENDS},
        "consent": {Boundary.ENDS},
        "external_registry": ages,
        "reassigned": ages,
        "cooldown": {Boundary.INTERVAL_ENDS},
        "abandonment": {Boundary.LEAVES},
        "breaker": {Boundary.LEAVES},
    }
    return asked.get(rule.kind, set())
