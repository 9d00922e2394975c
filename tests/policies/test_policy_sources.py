"""The index of sources and the rules are complete: each row is a rule or has its reason, each rule has its row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from dialer.core.policy import Force, Mode, Rule
from dialer.policy_files import load_policy

POLICIES = Path(__file__).parents[2] / "policies"
RULES = {rule.id: rule for pack in load_policy(POLICIES).packs for rule in pack.rules}
COLUMNS = ["id", "jurisdiction", "text", "article", "address", "grade", "became"]
RULE_ID = re.compile(r"`([a-z-]+/[a-z0-9-]+)`")
# Every row of grade A or B that was read, by jurisdiction: first and last number, and those that are no such row.
READ = {
    "JS": (1, 15, {}),
    "NX": (1, 8, {}),
    "ZJ": (1, 7, {}),
    "CN": (1, 28, {23: "weak", 25: "not read", 27: "weak"}),
    "US": (1, 18, {}),
    "UK": (1, 6, {}),
    "IN": (1, 13, {}),
    "BR": (1, 5, {}),
    "FR": (1, 3, {}),
    "KR": (1, 4, {}),
    "FL": (1, 3, {}),
    "MA": (1, 1, {}),
    "NYC": (1, 1, {}),
    "ES": (1, 1, {}),
    "EU": (1, 1, {}),
    "SG": (1, 1, {}),
}


class Row(NamedTuple):
    """One row of `SOURCES.md`."""

    id: str
    jurisdiction: str
    text: str
    article: str
    address: str
    grade: str
    became: str


def _rows() -> list[Row]:
    rows = []
    for line in (POLICIES / "SOURCES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| id "):
            rows.append(Row(*(cell.strip() for cell in line.strip("|").split(" | "))))
    return rows


ROWS = _rows()
BY_ID = {row.id: row for row in ROWS}


def _expected() -> set[str]:
    short = {"US", "UK", "FR", "KR", "ES", "EU", "SG", "FL", "MA", "NYC", "BR"}
    found = set()
    for name, (first, last, without) in READ.items():
        for number in set(range(first, last + 1)) - set(without):
            wide = f"{number:02}" if name not in short or name == "US" else str(number)
            found.add(f"{name}-{wide}")
    return found


def test_every_row_that_was_read_is_listed_once() -> None:
    """Each statement of grade A or B stands in the index once; the vendor's advice stands there as advice."""
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert set(ids) == _expected() | {"B6", "B7", "B9"}
    for line in (POLICIES / "SOURCES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| id "):
            assert [cell.strip() for cell in line.strip("|").split("|")] == COLUMNS


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_a_row_became_rules_or_has_its_reason(row: Row) -> None:
    """A row names rules that exist, and those that cite it; or it says why it is no rule."""
    named = set(RULE_ID.findall(row.became))
    assert named <= set(RULES), row.id
    citing = {rule.id for rule in RULES.values() if rule.citation.source == row.id}
    assert citing <= named
    assert named or row.became.startswith(
        ("no rule: ", "an effect of", "every rule of hours", "the scope of")
    )
    if row.became.startswith("no rule: "):
        assert not citing
        assert len(row.became) > len("no rule: ") + 10
    assert all((row.text, row.article, row.address, row.jurisdiction))
    assert row.grade in ("A", "B", "advice")


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_has_its_row(rule: Rule) -> None:
    """A rule of law cites a row of its grade, and one of the house cites nobody."""
    if rule.force is Force.HOUSE:
        assert rule.citation.source == "house"
        return
    row = BY_ID[rule.citation.source]
    assert row.grade == rule.citation.grade
    assert f"`{rule.id}`" in row.became


def test_what_is_no_law_in_force_is_not_enforced() -> None:
    """Draft, ended, `should` and the vendor's advice observe or warn."""
    modes = {rule: RULES[rule].mode for rule in RULES}
    for rule in ("house/triple-consent", "house/marketing-per-month", "house/records-six-months"):
        assert modes[rule] is Mode.OBSERVE
    assert modes["in-trai-rbi/draft-recovery-hours"] is Mode.OBSERVE
    assert modes["br/prefix-0303"] is Mode.WARN
    assert modes["cn-national/unanswered-per-number"] is Mode.WARN
    assert modes["cn-jiangsu/answer-preference-collection"] is Mode.WARN
    assert modes["house/acknowledged-list"] is Mode.WARN


def test_there_are_fourteen_packs() -> None:
    """The packs that ship are those that the documentation names."""
    assert {rule.split("/")[0] for rule in RULES} == {
        "br",
        "cn-jiangsu",
        "cn-national",
        "cn-ningxia",
        "cn-zhejiang",
        "fr",
        "house",
        "in-trai-rbi",
        "kr",
        "uk",
        "us-federal",
        "us-fl",
        "us-ma",
        "us-nyc",
    }


def test_a_callee_of_unknown_region_is_bound_by_every_region() -> None:
    """The regions that packs name are those of their country: who may be anywhere in it may be in each of them."""
    policy = load_policy(POLICIES)
    assert policy.regions_of("US") == ("US-FL", "US-MA", "US-NYC")
    assert policy.regions_of("CN") == ()
