"""The rulebook: policy set, calendars, zone data and engine revision under one digest."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dialer.core.calendars import Calendar
from dialer.core.civil_time import date_start
from dialer.core.entry import canonical
from dialer.core.facts import Facts
from dialer.core.guards import GUARDS
from dialer.core.limits import Limit, Rate
from dialer.core.policy import Mode, Moment, Pack, PolicySet, Purpose, Rule
from dialer.core.rules import KINDS
from dialer.core.verdict import Verdict

# Changes whenever the meaning of a kind of rule changes, so that an old decision is replayed by the right engine.
ENGINE = "2"
# Combinations of purpose, moment, product and places whose rules are kept ready; a site has a few dozen.
PLANS_KEPT = 1024


class Bound(NamedTuple):
    """One rule that looks at a call, with all that its judging needs at hand. `pack` is its pack's id.

    `twin`: the place of an earlier rule of the same kind and parameters, whose verdict is this one's too.
    """

    pack: str
    rule: Rule
    enforced: bool
    judge: Callable[[Any, Facts], Verdict]
    twin: int | None


class Plan(NamedTuple):
    """The rules that look at a call, in order; and what decides: judge and parameters, each pair once."""

    bound: tuple[Bound, ...]
    deciding: tuple[tuple[Callable[[Any, Facts], Verdict], object], ...]


class Scope(NamedTuple):
    """What of a call says which rules look at it. `era` counts the rule changes that have come by then."""

    era: int
    purpose: Purpose
    moment: Moment
    product: str
    enterprise_seat: str
    agency_seat: str
    access_place: str
    callee_country: str
    callee_regions: tuple[str, ...]
    channel: str = "voice"


@dataclass(frozen=True)
class Rulebook:
    """What decisions are made by. `revision` grows with every set put in force; `zones` names the zone data used.

    `digest` is the SHA-256 (hex) of the canonical bytes of all of it, and what the compliance officer signs.
    `changes` are the instants at which some rule begins or ends, in order.
    """

    policy: PolicySet
    revision: int
    zones: str
    calendars: tuple[Calendar, ...] = ()
    engine: str = ENGINE
    digest: str = field(init=False)
    changes: tuple[datetime, ...] = field(init=False)
    calendar_of: Mapping[str, Calendar] = field(init=False, repr=False, compare=False)
    _limits: Mapping[Purpose, tuple[Limit, ...]] = field(init=False, repr=False, compare=False)
    _rates: Mapping[Purpose, tuple[Rate, ...]] = field(init=False, repr=False, compare=False)
    _caps: Mapping[Purpose, Mapping[str, int]] = field(init=False, repr=False, compare=False)
    _plan: Callable[[Scope], Plan] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        content = {
            "type": "rulebook",
            "v": 1,
            "policy": self.policy,
            "revision": self.revision,
            "zones": self.zones,
            "calendars": self.calendars,
            "engine": self.engine,
        }
        object.__setattr__(self, "digest", hashlib.sha256(canonical(content)).hexdigest())
        object.__setattr__(self, "calendar_of", {one.country: one for one in self.calendars})
        dates = {
            date_start(day, ZoneInfo(pack.zone))
            for pack in self.policy.packs
            for rule in pack.rules
            for day in (rule.in_force_from, rule.in_force_to)
            if day is not None
        }
        object.__setattr__(self, "changes", tuple(sorted(dates)))
        object.__setattr__(self, "_limits", {purpose: self._limits_for(purpose) for purpose in Purpose})
        object.__setattr__(self, "_rates", {purpose: self._rates_for(purpose) for purpose in Purpose})
        object.__setattr__(self, "_caps", {purpose: self._caps_for(purpose) for purpose in Purpose})
        plan = lru_cache(PLANS_KEPT)(partial(_plan, self.policy, self.changes))
        object.__setattr__(self, "_plan", plan)

    def looking_at(self, facts: Facts) -> tuple[Bound, ...]:
        """The guards and rules that look at this call at its instant, in the order of their packs."""
        return self.plan(facts).bound

    def plan(self, facts: Facts) -> Plan:
        """The same, with what decides beside it."""
        scope = Scope(
            bisect_right(self.changes, facts.now),
            facts.purpose,
            facts.moment,
            facts.product,
            facts.enterprise_seat,
            facts.agency_seat,
            facts.trunk.place if facts.trunk else "",
            facts.callee_country,
            facts.callee_regions,
            facts.channel,
        )
        return self._plan(scope)

    def next_change(self, after: datetime) -> datetime | None:
        """The first instant later than `after` at which a rule begins or ends."""
        at = bisect_right(self.changes, after)
        return self.changes[at] if at < len(self.changes) else None

    def limits(self, purpose: Purpose) -> tuple[Limit, ...]:
        """Every series of touches that some rule of this book may ask for about a call of this purpose."""
        return self._limits[purpose]

    def rates(self, purpose: Purpose) -> tuple[Rate, ...]:
        """Every series of tallies that some rule of this book may ask for about a call of this purpose."""
        return self._rates[purpose]

    def caps(self, purpose: Purpose) -> Mapping[str, int]:
        """Zone -> up to how many of a caller ID's calls of the day there must be counted for a call of this purpose."""
        return self._caps[purpose]

    def _caps_for(self, purpose: Purpose) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for pack in self.policy.packs:
            for rule in pack.rules:
                cap = getattr(rule.params, "as_cap", None)
                if cap is not None and purpose in rule.applies.purposes:
                    zone, most = cap()
                    found[zone] = max(most, found.get(zone, 0))
        return found

    def _rates_for(self, purpose: Purpose) -> tuple[Rate, ...]:
        found: dict[str, Rate] = {}
        for pack in self.policy.packs:
            for rule in pack.rules:
                rate = getattr(rule.params, "as_rate", None)
                if rate is not None and purpose in rule.applies.purposes:
                    one: Rate = rate()
                    found[one.key] = one
        return tuple(found[key] for key in sorted(found))

    def _limits_for(self, purpose: Purpose) -> tuple[Limit, ...]:
        found: dict[str, Limit] = {}
        for pack in self.policy.packs:
            for rule in pack.rules:
                limit = getattr(rule.params, "as_limit", None)
                if limit is not None and purpose in rule.applies.purposes:
                    one: Limit = limit()
                    # Two windows may share a series: the record then looks back over the longer.
                    found[one.key] = max(found.get(one.key, one), one, key=lambda each: each.longest)
        return tuple(found[key] for key in sorted(found))


def _plan(policy: PolicySet, changes: tuple[datetime, ...], scope: Scope) -> Plan:
    bound: list[Bound] = []
    first: dict[tuple[str, object], int] = {}
    deciding: dict[tuple[str, object], tuple[Callable[[Any, Facts], Verdict], object]] = {}
    for pack, rule in _rules(policy, changes, scope):
        same = (rule.kind, rule.params)
        judge, enforced = _judge_of(rule.kind), rule.mode is Mode.ENFORCE
        bound.append(Bound(pack, rule, enforced, judge, first.get(same)))
        first.setdefault(same, len(bound) - 1)
        if enforced:
            deciding.setdefault(same, (judge, rule.params))
    return Plan(tuple(bound), tuple(deciding.values()))


def _rules(policy: PolicySet, changes: tuple[datetime, ...], scope: Scope) -> Iterator[tuple[str, Rule]]:
    for guard in GUARDS:
        if scope.moment in guard.applies.moments and _on_channel(guard, scope):
            yield "engine", guard
    for pack in policy.packs:
        if pack.binding and not _binds(pack, scope):
            continue
        zone = ZoneInfo(pack.zone)

        def come(day: date, zone: ZoneInfo = zone) -> bool:
            return bisect_right(changes, date_start(day, zone)) <= scope.era

        for rule in pack.rules:
            ended = rule.in_force_to is not None and come(rule.in_force_to)
            if come(rule.in_force_from) and not ended and _looks_at(rule, scope):
                yield pack.id, rule


def _looks_at(rule: Rule, scope: Scope) -> bool:
    applies = rule.applies
    return (
        scope.purpose in applies.purposes
        and scope.moment in applies.moments
        and _on_channel(rule, scope)
        and (not applies.products or scope.product in applies.products)
    )


def _on_channel(rule: Rule, scope: Scope) -> bool:
    known = KINDS.get(rule.kind)
    return known is None or known.looks_at(rule.params, scope.channel)


def _binds(pack: Pack, scope: Scope) -> bool:
    binding = pack.binding
    pairs = (
        (binding.enterprise_seat, scope.enterprise_seat),
        (binding.agency_seat, scope.agency_seat),
        (binding.access_place, scope.access_place),
        (binding.callee_country, scope.callee_country),
        *((binding.callee_region, region) for region in scope.callee_regions),
    )
    return any(place and (place in named or place.split("-")[0] in named) for named, place in pairs)


def _judge_of(kind: str) -> Callable[[Any, Facts], Verdict]:
    known = KINDS.get(kind)
    return known.judge if known is not None else _unknown_kind


def _unknown_kind(_params: object, _facts: Facts) -> Verdict:
    """A rule whose kind this engine does not know is a rule that raises."""
    raise KeyError("kind")
