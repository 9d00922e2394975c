"""Every rule file has a case file at the same path, and every case in it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dialer.core.civil_time import date_start
from dialer.core.facts import Facts
from dialer.core.policy import Pack, Rule
from dialer.documents import load_yaml, validated
from dialer.policy_cases import Boundary, Case, cases_of, load_case_file, normal, said
from dialer.policy_files import load_policy

HERE = Path(__file__).parent
POLICY = load_policy(HERE.parents[1] / "policies")
BASE = load_yaml(HERE / "facts.yaml")
RULES = [(pack, rule) for pack in POLICY.packs for rule in pack.rules]
IDS = [rule.id for _, rule in RULES]
MICROSECOND = timedelta(microseconds=1)


def _cases(rule: Rule) -> list[Case]:
    document, shape = load_case_file(HERE / f"{rule.id}.yaml")
    return list(cases_of(document, shape, rule, BASE))


ALL = [(pack, rule, case) for pack, rule in RULES for case in _cases(rule)]


@pytest.mark.parametrize(("pack", "rule", "case"), ALL, ids=[f"{r.id}: {c.name}" for _, r, c in ALL])
def test_a_case_holds(pack: Pack, rule: Rule, case: Case) -> None:
    """The rule says about the facts of a case what the case file expects."""
    assert said(pack, rule, case.facts) == normal(case.expect)


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=IDS)
def test_cases_are_complete(pack: Pack, rule: Rule) -> None:
    """A case file names its rule and source, permits once, denies once, and has every boundary of its kind."""
    _, shape = load_case_file(HERE / f"{rule.id}.yaml")
    assert (shape.rule, shape.source) == (rule.id, rule.citation.source)
    effects = {case.expect.split()[0] for case in _cases(rule)}
    assert {"permit", "deny"} <= effects
    if pack.binding:
        assert "silent" in effects
    assert _boundaries(rule) <= {one.boundary for one in shape.triples}


def _boundaries(rule: Rule) -> set[Boundary]:
    params = rule.params
    asked: dict[str, set[Boundary]] = {
        "hours": {Boundary.OPENS, Boundary.CLOSES},
        "frequency": {Boundary.FULL, Boundary.LEAVES},
        "licence": {Boundary.BEGINS, Boundary.ENDS},
        "entrustment": {Boundary.BEGINS, Boundary.ENDS},
        "script": {Boundary.BEGINS, Boundary.ENDS},
        "caller_id": {Boundary.BEGINS, Boundary.ENDS} if "period" in getattr(params, "checks", ()) else set(),
        "preference": {Boundary.ENDS}
        | ({Boundary.INTERVAL_ENDS} if getattr(params, "after_opt_out_days", None) else set()),
        "disclosure": set(),
    }
    return asked[rule.kind]


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=IDS)
def test_a_rule_begins_on_its_day(pack: Pack, rule: Rule) -> None:
    """A rule is silent until the first instant of its first day in its pack's zone, and speaks from then on."""
    start = date_start(rule.in_force_from, ZoneInfo(pack.zone))
    _, shape = load_case_file(HERE / f"{rule.id}.yaml")
    lawful = {**BASE.data, "purpose": shape.purpose.value}
    facts = validated(type(BASE)(BASE.file, lawful), Facts)
    key = getattr(rule.params, "as_limit", None)
    facts = facts if key is None else _with_series(facts, key().key)
    assert said(pack, rule, facts.at(start - MICROSECOND)) == "silent"
    assert said(pack, rule, facts.at(start)) != "silent"
    assert said(pack, rule, facts.at(start + MICROSECOND)) != "silent"


def _with_series(facts: Facts, key: str) -> Facts:
    return replace(facts, touches={key: ()})


def test_no_case_without_rule() -> None:
    """No case file is left over from a rule that is gone."""
    found = {str(path.relative_to(HERE).with_suffix("")) for path in HERE.glob("*/*.yaml")}
    assert found == set(IDS)
