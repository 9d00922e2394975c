"""What a change of policy does: which rules differ and how, and calls that are decided otherwise, as evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.decision import Decision, decide
from dialer.core.entry import plain
from dialer.core.facts import Facts, ZoneSource
from dialer.core.policy import Effect, Mode, Pack, PolicySet, Rule
from dialer.core.rulebook import Rulebook
from dialer.core.rules import KINDS
from dialer.core.tightening import Change, changes
from dialer.policy_cases import alone
from dialer.policy_grid import Watched, axes, instants, placed, with_series

# Instants at which a change of one rule is looked for.
MOST_INSTANTS = 600
NOON, WEEK = timedelta(hours=12), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Example:
    """One call that the change decides otherwise. `rule_alone`: other rules deny it before and after."""

    facts: Facts
    before: Decision
    after: Decision
    rule_alone: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed of one rule or pack, and examples of calls, the loosened first."""

    subject: str
    changes: tuple[Change, ...]
    examples: tuple[Example, ...]

    @property
    def tightens(self) -> bool:
        """Whether all of it can only deny more."""
        return all(one.tightens for one in self.changes)


def differences(before: Rulebook, after: Rulebook, base: Facts) -> tuple[Difference, ...]:
    """Every rule and pack that differs, with examples made from the lawful call `base`."""
    found = changes(plain(before.policy), plain(after.policy))
    subjects = dict.fromkeys(one.subject for one in found)
    return tuple(
        Difference(
            subject,
            tuple(one for one in found if one.subject == subject),
            tuple(_examples(before, after, subject, base)),
        )
        for subject in subjects
    )


def _examples(before: Rulebook, after: Rulebook, subject: str, base: Facts) -> Iterator[Example]:
    """At most one call newly permitted and one newly denied by this rule, best where the whole decision turns."""
    sides = [_side(book, subject) for book in (before, after)]
    rules = [side[1] for side in sides if side is not None]
    if not rules:
        return
    kept: dict[bool, Example] = {}
    everything = [rule for book in (before, after) for one in book.policy.packs for rule in one.rules]
    books = [Rulebook(PolicySet(()), 1, "diff") if side is None else alone(*side) for side in sides]
    pack = next(side[0] for side in sides if side is not None)
    for call in _calls(pack, rules, base, [before, after]):
        facts = with_series(call, everything)
        was, now = (_denies(book, facts) for book in books)
        if was == now:
            continue
        whole = [decide(book, replace(facts, calendars=book.calendar_of)) for book in (before, after)]
        turned = whole[0].permitted != whole[1].permitted
        if now not in kept or (turned and kept[now].rule_alone):
            kept[now] = Example(facts, whole[0], whole[1], not turned)
        if len(kept) == 2 and not any(one.rule_alone for one in kept.values()):
            break
    yield from (kept[one] for one in sorted(kept))


def _distinct(starts: Sequence[Facts]) -> list[Facts]:
    return [one for number, one in enumerate(starts) if one not in starts[:number]]


def _side(book: Rulebook, subject: str) -> tuple[Pack, Rule] | None:
    return next(
        ((pack, rule) for pack in book.policy.packs for rule in pack.rules if rule.id == subject), None
    )


def _denies(book: Rulebook, facts: Facts) -> bool:
    """Whether the one rule of a book decides against a call."""
    return any(one.effect is Effect.DENY and one.mode is Mode.ENFORCE for one in decide(book, facts).findings)


def _calls(pack: Pack, rules: Sequence[Rule], base: Facts, books: Sequence[Rulebook]) -> Iterator[Facts]:
    """Calls that the pack binds and the rules look at: the lawful one, then each fact that they read varied alone."""
    starts = [
        _bound(base, pack, rule, purpose) for rule in rules for purpose in sorted(rule.applies.purposes)
    ]
    calendars = {name: one for book in books for name, one in book.calendar_of.items()}
    for start in (replace(one, calendars=calendars) for one in _distinct(starts)):
        varied = axes(start, rules)
        empty = {name: points[0].value for name, points in varied.items() if name.startswith("touches ")}
        start = placed(start, empty)
        read = _read(rules, start) & varied.keys()
        whens = _instants(pack, rules, start, [point.value for name in read for point in varied[name]])
        for at in whens:
            moved = {"now": at, **empty}
            yield placed(start, moved)
            for name in sorted(read):
                yield from (placed(start, {**moved, name: point.value}) for point in varied[name][1:])


def _instants(pack: Pack, rules: Sequence[Rule], start: Facts, values: list[Any]) -> list[datetime]:
    policies = [PolicySet((replace(pack, rules=(rule,)),)) for rule in rules]
    zones = sorted({one.zone for one in start.zones})
    found = {start.now: None}
    for policy in policies:
        found |= dict.fromkeys(instants(policy, start, values, zones, ()))
    return list(found)[:MOST_INSTANTS]


def _read(rules: Sequence[Rule], facts: Facts) -> set[str]:
    seen: set[str] = set()
    for rule in rules:
        watched: Any = Watched(facts, seen)
        with suppress(Exception):  # a rule that raises has read what it has read
            KINDS[rule.kind].judge(rule.params, watched)
    return seen


def _bound(base: Facts, pack: Pack, rule: Rule, purpose: Any) -> Facts:
    """The lawful call, moved to where the pack binds it, to what the rule applies to and to when it is in force."""
    binding = pack.binding
    country, region = min(binding.callee_country, default=""), min(binding.callee_region, default="")
    now, zone = base.now, ZoneInfo(pack.zone)
    begins = date_start(rule.in_force_from, zone)
    ends = date_start(rule.in_force_to, zone) if rule.in_force_to else None
    if now < begins:
        now = begins + NOON
    elif ends is not None and ends <= now:
        now = ends - WEEK + NOON
    facts = replace(base, now=now, purpose=purpose, moment=min(rule.applies.moments))
    if rule.applies.products and facts.product not in rule.applies.products:
        facts = replace(facts, product=min(rule.applies.products))
    if (country or region) and not binding.enterprise_seat:
        place = country or region.split("-")[0]
        regions = (region,) if region else facts.callee_regions
        zones = (ZoneSource("number", pack.zone),)
        facts = replace(
            facts,
            callee_country=place,
            callee_regions=regions,
            enterprise_seat=place,
            agency_seat=place,
            zones=zones,
        )
    return facts
