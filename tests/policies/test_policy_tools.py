"""Case files of strangers, claims, mutation and differences: what shows that the rules say what they should."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dialer.core.decision import decide, permits
from dialer.core.entry import plain
from dialer.core.errors import BadInput
from dialer.core.facts import Facts
from dialer.core.policy import PolicySet, Rule
from dialer.core.rulebook import Rulebook
from dialer.core.tightening import changes
from dialer.documents import Document, load_yaml, validated
from dialer.policy_cases import alone
from dialer.policy_diff import differences
from dialer.policy_files import load_rulebook
from dialer.policy_mutate import mutants, score, words_of
from dialer.policy_prove import ClaimFile, Proof, load_claims, prove
from dialer.policy_stored import restored, stored
from dialer.policy_testing import Suite, base_facts, case_files, read_suites, run

ROOT = Path(__file__).parents[2]
POLICIES, HERE = ROOT / "policies", Path(__file__).parent
BOOK = load_rulebook(POLICIES, 1)
BASE = base_facts(HERE)
SUITES = read_suites(BOOK.policy, case_files(HERE), BASE)
DOCUMENT, CLAIMS = load_claims(POLICIES / "claims.yaml")
FALSE = """
claims:
  - id: evening-too
    title: {zh: 21 时后不得催收, en: no collection after nine}
    packs: [cn-national]
    given: {purpose: collection}
    when: {consents: [[]]}
    at: {zone: Asia/Shanghai, from: "21:00", to: "08:00", after: "2026-11-02T00:00:00+08:00"}
    says: denied
"""
STRANGER = """
rule: cn-national/collection-hours
source: CN-14
purpose: collection
cases:
  - name: at noon
    with: {now: "2026-11-24T12:00:00+08:00"}
    expect: permit hours.open
"""


def _dialer(*words: str | Path) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "dialer", *map(str, words)]
    return subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_every_rule_has_cases_that_pass_by_the_command() -> None:
    """`dialer policy test` runs at least 600 cases, all pass, and every source is cited."""
    said = _dialer("policy", "test", "--folder", POLICIES, "--json")
    told = json.loads(said.stdout)
    assert (said.returncode, told["failed"], told["without_cases"]) == (0, [], [])
    assert told["cases"] >= 600
    assert {rule.citation.source for pack in BOOK.policy.packs for rule in pack.rules} == set(told["sources"])


def test_a_strangers_case_file_runs_and_may_fail(tmp_path: Path) -> None:
    """A file by path passes with 0; with a wrong expectation it exits 1 and shows both answers."""
    path = tmp_path / "mine.yaml"
    path.write_text(STRANGER, encoding="utf-8")
    said = _dialer("policy", "test", path, "--folder", POLICIES)
    assert (said.returncode, said.stdout) == (0, "1 of 1 cases passed: 1 rules, 1 sources cited\n")
    path.write_text(STRANGER.replace("permit hours.open", "deny hours.shut until never"), encoding="utf-8")
    said = _dialer("policy", "test", path, "--folder", POLICIES)
    assert said.returncode == 1
    assert "said:     permit hours.open" in said.stderr


MALFORMED = [
    ("expect: permit hours.open", "expect: maybe", 8, "maybe", ""),
    (
        "rule: cn-national/collection-hours",
        "rule: cn-national/collection-hour",
        2,
        "collection-hour",
        "did you mean",
    ),
    ("source: CN-14", "source: CN-15", 3, "CN-15", "the rule cites `CN-14`"),
    ("with: {now:", "with: {noon:", 7, "noon", "see "),
    ("purpose: collection", "purpose: gossip", 4, "gossip", "one of"),
    ("    expect", "    expects", 8, "expects", "did you mean `expect`?"),
]


@pytest.mark.parametrize(("old", "new", "line", "value", "hint"), MALFORMED)
def test_a_malformed_case_file_is_refused(
    tmp_path: Path, old: str, new: str, line: int, value: str, hint: str
) -> None:
    """File, line, value and hint; nothing is run."""
    path = tmp_path / "mine.yaml"
    path.write_text(STRANGER.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_suites(BOOK.policy, [path], BASE)
    fault = next(one for one in caught.value.faults if value in one.value)
    assert fault.place.file == str(path)
    assert abs(fault.place.line - line) <= 1
    assert hint in fault.hint


def test_a_case_names_the_duties_of_a_permit(tmp_path: Path) -> None:
    """`obliges` that leaves a duty out, or has one too many, fails."""
    suite = next(one for one in SUITES if one.rule.kind == "disclosure")
    case = next(one for one in suite.cases if one.expect.startswith("permit"))
    duties = decide(alone(suite.pack, suite.rule), case.facts).obligations
    assert duties
    keys = tuple(sorted(one.key for one in duties))
    for obliges, passes in ((keys, True), (keys[1:], False), ((*keys, "sing"), False)):
        told = list(run([replace(suite, cases=(replace(case, obliges=obliges),))]))
        assert told[0].passed is passes


def test_there_are_claims_enough() -> None:
    """At least fifteen, each with its own id, over more than one country."""
    assert len(CLAIMS.claims) >= 15
    assert {"cn-national", "cn-jiangsu", "house", "us-federal"} <= {
        pack for one in CLAIMS.claims for pack in one.packs
    }


@pytest.mark.parametrize("claim", [one.id for one in CLAIMS.claims])
def test_a_shipped_claim_holds(claim: str) -> None:
    """Nothing at any boundary of the rules speaks against it."""
    (proof,) = prove(BOOK, DOCUMENT, CLAIMS, BASE, [claim])
    assert proof.holds, proof.decision
    assert proof.instants > 0
    assert proof.asked > 0


def _proved(text: str, tmp_path: Path) -> list[Proof]:
    path = tmp_path / "claims.yaml"
    path.write_text(text, encoding="utf-8")
    document, shape = load_claims(path)
    return list(prove(BOOK, document, shape, BASE))


def test_a_false_claim_yields_facts_that_show_it(tmp_path: Path) -> None:
    """The counterexample is a call between 21:00 and 22:00, and `dialer decide --facts` permits it."""
    path = tmp_path / "claims.yaml"
    path.write_text(FALSE, encoding="utf-8")
    said = _dialer("policy", "prove", "--folder", POLICIES, "--claims", path, "--out", tmp_path, "--json")
    assert said.returncode == 1
    told = json.loads(said.stdout)
    assert told["false"] == ["evening-too"]
    china = tmp_path / "china"
    shutil.copytree(POLICIES / "cn-national", china / "cn-national")
    decided = _dialer("decide", "--facts", tmp_path / "evening-too.facts.json", "--folder", china, "--json")
    assert (decided.returncode, json.loads(decided.stdout)["effect"]) == (0, "permit")
    schema = json.loads((ROOT / "docs/schema/facts.json").read_text(encoding="utf-8"))
    assert set(told["claims"][0]["facts"]) == set(schema["properties"]) - {"calendars"}


TRUE = FALSE.replace('"21:00"', '"22:00"')
UNTRUE = [
    TRUE.replace("says: denied", "says: permitted"),
    FALSE.replace("says: denied", "says: obliges sing"),
    TRUE.replace('"08:00"', '"08:01"'),
    TRUE.replace("consents: [[]]", "moment: [admit]"),
]


@pytest.mark.parametrize("text", UNTRUE)
def test_other_false_claims_are_seen_through(tmp_path: Path, text: str) -> None:
    """A permit that is not there, a duty that nobody has, a minute too much, a consent that was forgotten."""
    (true,) = _proved(TRUE, tmp_path)
    (proof,) = _proved(text, tmp_path)
    assert true.holds
    assert proof.counterexample is not None
    assert proof.decision is not None


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("packs: [cn-national]", "packs: [cn-nation]", "cn-nation"),
        ("given: {purpose: collection}", "given: {purposes: collection}", "purposes"),
        ("when: {consents: [[]]}", "when: {consent: [[]]}", "consent"),
        ("says: denied", "says: nothing", "nothing"),
        ('from: "21:00"', "from: noon", "noon"),
    ],
)
def test_a_malformed_claim_is_refused(tmp_path: Path, old: str, new: str, value: str) -> None:
    """File, line and value are named."""
    with pytest.raises(BadInput) as caught:
        _proved(FALSE.replace(old, new), tmp_path)
    fault = next(one for one in caught.value.faults if value in one.value)
    assert fault.place.line > 1


def test_two_claims_cannot_share_an_id(tmp_path: Path) -> None:
    """Which of them held could not be told."""
    with pytest.raises(BadInput, match="two claims with one id"):
        _proved(FALSE + FALSE.replace("\nclaims:\n", ""), tmp_path)


def test_the_schema_of_claims_is_that_of_the_code() -> None:
    """docs/schema/claims.json describes what is read, and the shipped claims follow it."""
    from dialer.file_schemas import schemas

    kept = json.loads((ROOT / "docs/schema/claims.json").read_text(encoding="utf-8"))
    assert kept == schemas()["claims.json"]
    assert validated(load_yaml(POLICIES / "claims.yaml"), ClaimFile) == CLAIMS


def test_no_mutant_survives() -> None:
    """Every parameter, scope and date of every shipped rule is held by some case of it."""
    found = score(SUITES)
    assert [str(one) for one in found.survivors] == []
    assert found.mutants > 1500


def test_a_mutant_that_no_case_notices_is_named() -> None:
    """Without its cases around 22:00 the rule of collection hours lets a shifted minute survive."""
    suite = next(one for one in SUITES if one.rule.id == "cn-national/collection-hours")
    assert score([suite]).survivors == ()
    blind = replace(suite, cases=tuple(one for one in suite.cases if "22:00" not in one.name))
    survivors = {str(one) for one in score([blind]).survivors}
    assert any("params.open" in one and "22:00 -> 22:01" in one for one in survivors)


def test_what_tightens_only_denies_more() -> None:
    """A mutant that counts as a tightening never permits what the rule denies, about the facts of every case."""
    tightened = 0
    pool = words_of([one.rule for one in SUITES])
    for suite in SUITES:
        for mutant in mutants(suite.rule, pool):
            books = [alone(suite.pack, one) for one in (suite.rule, mutant.rule)]
            found = changes(*(plain(one.policy) for one in books))
            if all(one.tightens for one in found):
                tightened += 1
                _never_permits_more(suite, books, mutant.rule)
    assert tightened > 100


def _never_permits_more(suite: Suite, books: list[Rulebook], other: Rule) -> None:
    keys = [
        as_limit().key for one in (suite.rule, other) if (as_limit := getattr(one.params, "as_limit", None))
    ]
    for case in suite.cases[:40]:
        # What a wider series counts is at least what the narrower does.
        counted = max(case.facts.touches.values(), default=(), key=len)
        facts = replace(case.facts, touches=dict.fromkeys(keys, counted))
        if permits(books[1], facts):
            assert permits(books[0], facts), (str(other.params), case.name)


def _spoiled(folder: Path, rule: str, old: str, new: str) -> Rulebook:
    shutil.copytree(POLICIES, folder)
    path = folder / f"{rule}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_rulebook(folder, 2)


@pytest.mark.parametrize(
    ("rule", "old", "new", "tightens", "permits_after"),
    [
        ("cn-national/collection-hours", 'end: "22:00"', 'end: "21:00"', True, False),
        ("cn-national/collection-hours", 'end: "22:00"', 'end: "22:30"', False, True),
        ("house/attempts-per-person", "most: 3", "most: 4", False, True),
        ("house/attempts-per-person", "mode: enforce", "mode: warn", False, True),
    ],
)
def test_a_difference_comes_with_a_call(
    tmp_path: Path, rule: str, old: str, new: str, tightens: bool, permits_after: bool
) -> None:
    """A changed parameter or mode is told with its direction and with facts that both sets decide differently."""
    small = Rulebook(
        PolicySet(tuple(one for one in BOOK.policy.packs if one.id == rule.split("/")[0])), 1, "x"
    )
    changed = _spoiled(tmp_path / "b", rule, old, new)
    other = Rulebook(
        PolicySet(tuple(one for one in changed.policy.packs if one.id == rule.split("/")[0])), 2, "x"
    )
    (found,) = differences(small, other, validated(BASE, Facts))
    assert (found.subject, found.tightens) == (rule, tightens)
    example = next(
        one for one in found.examples if not one.rule_alone and one.after.permitted == permits_after
    )
    assert decide(small, example.facts).permitted is not permits_after
    assert decide(other, example.facts).permitted is permits_after


def test_no_difference_is_said_too() -> None:
    """A folder and itself."""
    said = _dialer("policy", "diff", POLICIES, POLICIES, "--json")
    assert (said.returncode, json.loads(said.stdout)) == (0, {"tightens": True, "differences": []})


def test_a_rulebook_survives_the_record() -> None:
    """What the record keeps gives the very digest back; a changed number does not."""
    kept = json.loads(json.dumps(stored(BOOK, {})))
    assert restored(kept).digest == BOOK.digest
    kept["policy"]["packs"][0]["version"] += 1
    with pytest.raises(BadInput, match="is not what was kept"):
        restored(kept)
    with pytest.raises(BadInput, match="kept by another engine"):
        restored({**kept, "engine": "0"})


def test_a_case_file_is_validated_as_a_document() -> None:
    """Every suite read is about a rule of the set, with as many cases as its file says at least."""
    for suite in SUITES:
        data = Document(suite.file, load_yaml(Path(suite.file)).data).data
        assert len(suite.cases) >= len(data["cases"]) + 3 * len(data.get("triples", ()))
