"""What the commands about policies show: is a set in order, which rules are there, what does one say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from dialer.calendar_files import load_calendars
from dialer.core.calendars import missing_years
from dialer.core.entry import plain
from dialer.core.errors import BadInput, InputFault
from dialer.core.policy import Pack, PolicySet, Rule, Text
from dialer.policy_files import load_policy

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


def show(rule: Rule, language: Language) -> str:
    """A rule as lines of text in one language, citation and grade last."""
    words = _WORDS[language]
    return "\n".join(f"{words[name]}: {value}" for name, value in _lines(rule, language))


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


_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "rule": "规则",
        "title": "名称",
        "binds": "约束对象",
        "purposes": "用途",
        "asks": "要求",
        "force": "效力",
        "mode": "方式",
        "in_force": "生效期",
        "source": "依据",
        "address": "出处",
        "review": "下次复核",
    },
    "en": {
        "rule": "rule",
        "title": "title",
        "binds": "binds",
        "purposes": "purposes",
        "asks": "asks",
        "force": "force",
        "mode": "mode",
        "in_force": "in force",
        "source": "source",
        "address": "address",
        "review": "next review",
    },
}


def _lines(rule: Rule, language: Language) -> Iterator[tuple[str, str]]:
    cited = rule.citation
    article = _article(cited.article, language) if cited.article else _in(cited.topic, language)
    end = rule.in_force_to.isoformat() if rule.in_force_to else "…"
    yield "rule", rule.id
    yield "title", _in(rule.title, language)
    yield "binds", ", ".join(sorted(one.value for one in rule.binds))
    yield "purposes", ", ".join(sorted(one.value for one in rule.applies.purposes))
    yield "asks", f"{rule.kind} {plain(rule.params)}"
    yield "force", rule.force.value
    yield "mode", rule.mode.value
    yield "in_force", f"[{rule.in_force_from.isoformat()}, {end})"
    yield "source", f"{_in(cited.title, language)}, {article} ({cited.source}, {cited.grade.value})"
    yield "address", f"{cited.address} ({cited.read_on.isoformat()})"
    yield "review", f"{rule.review_on.isoformat()} ({rule.owner})"


def _article(number: str, language: Language) -> str:
    return f"第 {number} 条" if language == "zh" else f"Art. {number}"


def _in(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en
