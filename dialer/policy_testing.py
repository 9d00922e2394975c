"""Runs case files against a policy set: those of the shipped rules, or a stranger's by path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Pack, PolicySet, Rule
from dialer.document_faults import nearest
from dialer.documents import Document, load_yaml
from dialer.policy_cases import (
    Boundary,
    Case,
    CaseFile,
    alone,
    answered,
    cases_of,
    load_case_file,
    normal,
    scope_cases,
    series_of,
)

# The lawful call that every case starts from, in the folder of the case files.
BASE_FACTS = "facts.yaml"
# Boundaries that a file of this kind of rule has as a triple.
_ASKED: dict[str, tuple[Boundary, ...]] = {
    "hours": (Boundary.OPENS, Boundary.CLOSES),
    "frequency": (Boundary.FULL, Boundary.LEAVES),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case as it went: what was expected of the rule, and what it said."""

    rule: str
    source: str
    case: str
    file: str
    expected: str
    said: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Suite:
    """One case file read: the rule it is about, as its pack binds it, and its cases."""

    file: str
    pack: Pack
    rule: Rule
    shape: CaseFile
    cases: tuple[Case, ...]


def base_facts(folder: Path) -> Document:
    """The lawful call of a folder of case files. Raises BadInput."""
    return load_yaml(folder / BASE_FACTS)


def case_files(folder: Path) -> list[Path]:
    """Every case file of a folder, in order."""
    return sorted(folder.glob("*/*.yaml"))


def read_suites(policy: PolicySet, files: Iterable[Path], base: Document) -> tuple[Suite, ...]:
    """The case files read and matched with their rules. Raises BadInput with the faults of all files."""
    suites: list[Suite] = []
    faults: list[InputFault] = []
    for path in files:
        try:
            suites.append(_read(policy, path, base))
        except BadInput as error:
            faults.extend(error.faults)
    if faults:
        raise BadInput(faults)
    return tuple(suites)


def run(suites: Sequence[Suite]) -> Iterator[Outcome]:
    """Every case of `suites`, run."""
    for one in suites:
        rulebook = alone(one.pack, one.rule)
        for case in one.cases:
            passed, said = answered(rulebook, one.rule, case, case.facts)
            yield Outcome(one.rule.id, one.shape.source, case.name, one.file, _expected(case), said, passed)


def _expected(case: Case) -> str:
    duties = "" if case.obliges is None else f" obliging {', '.join(case.obliges) or 'to nothing'}"
    return normal(case.expect) + duties


def without_cases(policy: PolicySet, suites: Sequence[Suite]) -> list[str]:
    """Ids of rules that no suite has a case for."""
    covered = {one.rule.id for one in suites if one.cases}
    return [rule.id for pack in policy.packs for rule in pack.rules if rule.id not in covered]


def missing_boundaries(suite: Suite) -> list[Boundary]:
    """Boundaries of the rule's kind that its file has no triple for."""
    there = {one.boundary for one in suite.shape.triples}
    return [one for one in _ASKED.get(suite.rule.kind, ()) if one not in there]


def _read(policy: PolicySet, path: Path, base: Document) -> Suite:
    document, shape = load_case_file(path)
    known = {rule.id: (pack, rule) for pack in policy.packs for rule in pack.rules}
    if shape.rule not in known:
        raise _refused(document, "rule", "no such rule", shape.rule, nearest(shape.rule, known))
    pack, rule = known[shape.rule]
    if shape.source != rule.citation.source:
        hint = f"the rule cites `{rule.citation.source}`"
        raise _refused(document, "source", "another source than the rule's", shape.source, hint)
    series = series_of(rule)
    if shape.series is not None and shape.series != series:
        hint = f"the rule counts `{series}`" if series else "this rule counts no touches: leave it out"
        raise _refused(document, "series", "not what the rule counts", shape.series, hint)
    cases = (*cases_of(document, shape, rule, base), *scope_cases(document, shape, pack, rule, base))
    return Suite(str(path), pack, rule, shape, cases)


def _refused(document: Document, key: str, reason: str, value: str, hint: str) -> BadInput:
    place = Place(document.file, document.line_of((key,)), key)
    return BadInput([InputFault(place, reason, value, hint)])
