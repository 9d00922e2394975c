"""What the commands about policies show: is a set in order, which rules are there, what does one say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from dialer.calendar_files import load_calendars
from dialer.core.calendars import missing_years
from dialer.core.errors import BadInput, InputFault
from dialer.core.policy import Moment, Pack, PolicySet, Rule, Text
from dialer.policy_files import load_policy
from dialer.policy_words import asked, bound, told, word, written

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Report:
    """How a policy folder stands: its packs and rules (counted; 0 where it is refused) and every problem.

    `due`: ids of the rules whose review date has come. `missing_years`: (country, year) without official calendar.
    """

    packs: int
    rules: int
    problems: tuple[InputFault, ...]
    due: tuple[str, ...] = ()
    missing_years: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in a listing. `due` tells that its review date has come."""

    pack: str
    rule: str
    title: Text
    kind: str
    force: str
    mode: str
    in_force_from: date
    in_force_to: date | None
    review_on: date
    due: bool


def check(folder: Path, today: date) -> Report:
    """Load `folder` with its calendars and report; never raises for what stands in it."""
    try:
        policy = load_policy(folder)
        calendars = load_calendars(folder, policy)
    except BadInput as error:
        return Report(0, 0, error.faults)
    rules = [rule for pack in policy.packs for rule in pack.rules]
    due = tuple(rule.id for rule in rules if rule.review_on <= today)
    missing = missing_years({one.country: one for one in calendars}, today)
    return Report(len(policy.packs), len(rules), (), due, missing)


def listing(policy: PolicySet, today: date) -> tuple[Row, ...]:
    """Every rule, in order of packs and ids."""
    return tuple(_row(pack, rule, today) for pack in policy.packs for rule in pack.rules)


def find(policy: PolicySet, rule_id: str) -> Rule | None:
    """The rule of that id, or None."""
    return next((rule for pack in policy.packs for rule in pack.rules if rule.id == rule_id), None)


def pack_of(policy: PolicySet, rule: Rule) -> Pack:
    """The pack that holds `rule`."""
    return next(pack for pack in policy.packs if rule in pack.rules)


def show(pack: Pack, rule: Rule, language: Language) -> str:
    """A rule as lines of text in one language, as a lawyer reads it: what it asks, of whom, on which authority."""
    return "\n".join(f"{label}: {value}" for label, value in _lines(pack, rule, language))


def _row(pack: Pack, rule: Rule, today: date) -> Row:
    return Row(
        pack=pack.id,
        rule=rule.id,
        title=rule.title,
        kind=rule.kind,
        force=rule.force.value,
        mode=rule.mode.value,
        in_force_from=rule.in_force_from,
        in_force_to=rule.in_force_to,
        review_on=rule.review_on,
        due=rule.review_on <= today,
    )


def _lines(pack: Pack, rule: Rule, language: Language) -> Iterator[tuple[str, str]]:
    cited = rule.citation
    article = _article(cited.article, language) if cited.article else told(cited.topic, language)
    end = rule.in_force_to.isoformat() if rule.in_force_to else "…"
    yield word("rule", language), rule.id
    yield word("title", language), told(rule.title, language)
    yield word("pack", language), told(pack.title, language)
    yield word("pack_binds", language), bound(pack.binding, language)
    yield word("binds", language), written(rule.binds, language)
    yield word("applies_to", language), written(rule.applies.purposes, language)
    yield word("products", language), written(rule.applies.products, language)
    if rule.applies.moments != frozenset(Moment):
        yield word("moments", language), written(tuple(sorted(rule.applies.moments)), language)
    yield from asked(rule, language)
    yield word("force", language), word(rule.force.value, language)
    yield word("mode", language), word(rule.mode.value, language)
    yield word("in_force", language), f"[{rule.in_force_from.isoformat()}, {end}) {pack.zone}"
    yield word("source", language), f"{told(cited.title, language)}, {article} ({cited.source})"
    yield word("grade", language), f"{word(cited.grade.value, language)} ({cited.read_on.isoformat()})"
    yield word("address", language), cited.address
    yield word("review", language), f"{rule.review_on.isoformat()} ({rule.owner})"


def _article(number: str, language: Language) -> str:
    return f"第 {number} 条" if language == "zh" else f"Art. {number}"
