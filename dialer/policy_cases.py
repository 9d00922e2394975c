"""Case files of rules: what a rule must say about given facts, with every boundary as a triple.

A case file stands at the rule's path under `tests/policies`. `with` overrides the lawful call of the base facts by
dotted path (`numbers.0.status: disabled`); `touches` is the series that the rule asks for. An expectation reads
`permit CODE`, `deny CODE until INSTANT`, `deny CODE until never`, or `silent` where the rule must not look.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from dialer.calendar_files import from_library
from dialer.core.calendars import Calendar
from dialer.core.civil_time import date_start
from dialer.core.decision import Decision, Finding, decide
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Facts
from dialer.core.policy import Effect, Mode, Moment, Pack, PolicySet, Purpose, Rule
from dialer.core.rulebook import Rulebook
from dialer.core.shape import instant_text
from dialer.documents import Document, load_yaml, validated

MICROSECOND = timedelta(microseconds=1)
SILENT, SPEAKS = "silent", "speaks"
# A product that no rule names.
OTHER_PRODUCT = "another-product"
Expectation = Annotated[
    str, Field(pattern=r"^(silent|permit [a-z_.]+|deny [a-z_.]+ until (never|\d{4}-\d{2}-\d{2}T\S+))$")
]


class Boundary(StrEnum):
    """What a triple stands around: an instant, or for `full` the number of touches."""

    OPENS = "opens"
    CLOSES = "closes"
    BEGINS = "begins"
    ENDS = "ends"
    INTERVAL_ENDS = "interval_ends"
    FULL = "full"
    LEAVES = "leaves"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CaseShape(_Shape):
    """One case: a sentence, what differs from the lawful call, and what the rule says.

    `obliges`, where it stands, is every duty that comes with the permit, as `duty name=value name=value`.
    """

    name: Annotated[str, Field(min_length=1)]
    changes: Annotated[dict[str, Any], Field(alias="with")] = {}
    expect: Expectation
    obliges: list[str] | None = None


class TripleShape(_Shape):
    """A boundary: one microsecond (or one touch) before it, at it, one after it."""

    boundary: Boundary
    name: Annotated[str, Field(min_length=1)]
    around: datetime | int
    changes: Annotated[dict[str, Any], Field(alias="with")] = {}
    before: Expectation
    at: Expectation
    after: Expectation


class SpanShape(_Shape):
    """Civil dates of the pack's zone, [from, to)."""

    begin: Annotated[date, Field(alias="from")]
    end: Annotated[date | None, Field(alias="to")] = None


class ScopeShape(_Shape):
    """Which calls the rule looks at, said a second time: it speaks about each of these and about no other.

    An empty `products` means every product; `channel` is the one that the cases of the scope are on. Each value
    becomes a case, each date a triple.
    """

    purposes: Annotated[frozenset[Purpose], Field(min_length=1)]
    products: frozenset[str] = frozenset()
    moments: Annotated[frozenset[Moment], Field(min_length=1)] = frozenset(Moment)
    channel: Literal["voice", "sms"] = "voice"
    in_force: SpanShape


class CaseFile(_Shape):
    """All cases of one rule. `source` repeats the rule's own, so that a reader can look the answer up.

    `given` differs from the lawful call in every case of the file; a case's own `with` comes after it. `series`
    names what the `touches` of its cases are (subject:counted:purposes:scope), for a rule that counts.
    """

    rule: str
    source: str
    purpose: Purpose
    series: str | None = None
    given: dict[str, Any] = {}
    scope: ScopeShape | None = None
    cases: list[CaseShape]
    triples: list[TripleShape] = []


@dataclass(frozen=True, slots=True)
class Case:
    """One case ready to run: its sentence, the facts, and the expectation as written."""

    name: str
    facts: Facts
    expect: str
    obliges: tuple[str, ...] | None = None


def load_case_file(path: Path) -> tuple[Document, CaseFile]:
    """A case file and its shape. Raises BadInput."""
    document = load_yaml(path)
    return document, validated(document, CaseFile)


def cases_of(document: Document, shape: CaseFile, rule: Rule, base: Document) -> Iterator[Case]:
    """Every case of a file, triples taken apart. Raises BadInput for a change that fits no fact."""
    for number, one in enumerate(shape.cases):
        at = ("cases", number)
        obliges = None if one.obliges is None else tuple(sorted(one.obliges))
        yield Case(one.name, _facts(document, at, shape, rule, base, one.changes), one.expect, obliges)
    for number, triple in enumerate(shape.triples):
        at = ("triples", number)
        for step, side, expect in (
            (-1, "before", triple.before),
            (0, "at", triple.at),
            (1, "after", triple.after),
        ):
            facts = _facts(document, at, shape, rule, base, triple.changes)
            if isinstance(triple.around, int):
                touch = facts.now - timedelta(minutes=1)
                facts = replace(facts, touches=_series(rule, (touch,) * (triple.around + step)))
            else:
                facts = facts.at(triple.around + step * MICROSECOND)
            yield Case(f"{triple.name} ({side})", facts, expect)


def scope_cases(
    document: Document, shape: CaseFile, pack: Pack, rule: Rule, base: Document
) -> Iterator[Case]:
    """The scope of a case file, taken apart: `speaks` where the rule must say something, else `silent`."""
    scope = shape.scope
    if scope is None:
        return
    facts = replace(_facts(document, ("scope",), shape, rule, base, {}), channel=scope.channel)
    for purpose in Purpose:
        yield _scoped(f"purpose {purpose}", replace(facts, purpose=purpose), purpose in scope.purposes)
    for moment in Moment:
        yield _scoped(f"moment {moment}", replace(facts, moment=moment), moment in scope.moments)
    for product in sorted(scope.products | {facts.product, OTHER_PRODUCT}):
        looks = not scope.products or product in scope.products
        yield _scoped(f"product {product}", replace(facts, product=product), looks)
    for day, speaks_before in ((scope.in_force.begin, False), (scope.in_force.end, True)):
        if day is not None:
            start = date_start(day, ZoneInfo(pack.zone))
            for step, side in ((-1, "before"), (0, "at"), (1, "after")):
                moved = facts.at(start + step * MICROSECOND)
                yield _scoped(f"in force {day} ({side})", moved, speaks_before == (step < 0))


def _scoped(name: str, facts: Facts, looks: bool) -> Case:
    return Case(f"scope: {name}", facts, SPEAKS if looks else SILENT)


def meets(expect: str, said: str) -> bool:
    """Whether what a rule said is what was expected of it."""
    if expect == SPEAKS:
        return said.startswith(("permit ", "deny ")) and ", but " not in said
    return said == normal(expect)


def said(pack: Pack, rule: Rule, facts: Facts) -> str:
    """What `rule` alone, as its pack binds it, says about `facts`, written like an expectation."""
    return says(alone(pack, rule), rule, facts)


def alone(pack: Pack, rule: Rule) -> Rulebook:
    """A rulebook of this one rule, bound as its pack is, with the calendar that it reads as the libraries know it."""
    country = getattr(rule.params, "calendar", None)
    calendars = () if country is None else (_calendar(country),)
    policy = PolicySet((replace(pack, rules=(rule,)),))
    return Rulebook(policy, revision=1, zones="cases", calendars=calendars)


@cache
def _calendar(country: str) -> Calendar:
    return from_library(country)


def says(rulebook: Rulebook, rule: Rule, facts: Facts) -> str:
    """What `rule` says in a rulebook of its own.

    Where the rule decides, the decision as a whole must say the same; where it does not, it must permit.
    """
    return _told(rulebook, decide(rulebook, facts), rule)


def answered(rulebook: Rulebook, rule: Rule, case: Case, facts: Facts) -> tuple[bool, str]:
    """Whether `rule` meets a case about `facts`, and what it said, its duties too where the case names them."""
    decision = decide(rulebook, facts)
    told = _told(rulebook, decision, rule)
    if not meets(case.expect, told) or case.obliges is None:
        return meets(case.expect, told), told
    duties = tuple(sorted(one.key for one in decision.obligations))
    return duties == case.obliges, f"{told} obliging {', '.join(duties) or 'to nothing'}"


def _told(rulebook: Rulebook, decision: Decision, rule: Rule) -> str:
    finding = next((one for one in decision.findings if one.rule == rule.id), None)
    if finding is None:
        return SILENT if decision.permitted else "silent but denied by the engine"
    text = _written(finding)
    denies = finding.effect is Effect.DENY and rule.mode is Mode.ENFORCE
    # A denial also ends where the rule itself does.
    ends = (finding.opens_at, *rulebook.changes)
    if decision.permitted == denies or (denies and decision.next_instant not in ends):
        return f"{text}, but the decision says {decision.effect.value} until {decision.next_instant}"
    return text


def normal(expect: str) -> str:
    """An expectation with its instant in UTC, so that both sides compare as text."""
    found = re.match(r"^(deny \S+ until )(\d.*)$", expect)
    return f"{found.group(1)}{instant_text(datetime.fromisoformat(found.group(2)))}" if found else expect


def _written(finding: Finding) -> str:
    if finding.effect is Effect.PERMIT:
        return f"permit {finding.code}"
    until = "never" if finding.opens_at is None else instant_text(finding.opens_at)
    return f"deny {finding.code} until {until}"


def _facts(
    document: Document,
    at: tuple[str | int, ...],
    shape: CaseFile,
    rule: Rule,
    base: Document,
    changes: dict[str, Any],
) -> Facts:
    data = copy.deepcopy(base.data) | {"purpose": shape.purpose.value}
    for path, value in shape.given.items():
        if not put_fact(data, path, value):
            where = Place(document.file, document.line_of(("given", path)), path)
            raise BadInput([InputFault(where, "no such fact", path, f"see {base.file}")])
    touches = [datetime.fromisoformat(one) for one in changes.get("touches", ())]
    for path, value in changes.items():
        if path != "touches" and not put_fact(data, path, value):
            where = Place(document.file, document.line_of((*at, "with", path)), path)
            raise BadInput([InputFault(where, "no such fact", path, f"see {base.file}")])
    facts = validated(Document(document.file, data), Facts)
    return replace(facts, touches=_series(rule, tuple(sorted(touches, reverse=True))))


def series_of(rule: Rule) -> str | None:
    """Which touches a rule counts, its limit left out; None for a rule that counts none."""
    as_limit = getattr(rule.params, "as_limit", None)
    if as_limit is None:
        return None
    subject, counted, purposes, scope, _most, *consent = as_limit().key.split(":")
    return ":".join((subject, counted, purposes, scope, *consent))


def _series(rule: Rule, touches: tuple[datetime, ...]) -> dict[str, tuple[datetime, ...]]:
    as_limit = getattr(rule.params, "as_limit", None)
    return {} if as_limit is None else {as_limit().key: touches}


def put_fact(data: Any, path: str, value: Any) -> bool:
    """Put `value` at a dotted path of facts as JSON; whether there is such a fact."""
    *parents, last = [int(one) if one.isdigit() else one for one in path.split(".")]
    try:
        for key in parents:
            data = data[key]
        data[last]  # an unknown fact is a slip of the pen
    except (KeyError, IndexError, TypeError):
        return False
    data[last] = value
    return True
