"""The oracle's decision: which rules look, what each says at one instant, and the first instant that all permit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import oracle_papers as papers
import oracle_times as times
from oracle_clock import civil, readings

from dialer.core.facts import Facts
from dialer.core.guards import GUARDS
from dialer.core.policy import Mode, Pack, PolicySet, Rule

KINDS: dict[str, Callable[[Any, Facts, datetime], papers.Said]] = {
    "licence": papers.licence,
    "entrustment": papers.entrustment,
    "agency": papers.agency,
    "platform": papers.platform,
    "carrier": papers.carrier,
    "caller_id": papers.caller_id,
    "number_list": papers.number_list,
    "number_health": papers.number_health,
    "number_cap": papers.number_cap,
    "same_number": papers.same_number,
    "purpose": papers.purpose,
    "script": papers.script,
    "disclosure": papers.disclosure,
    "message": papers.message,
    "recording": papers.recording,
    "retention": papers.retention,
    "sound": papers.sound,
    "stop": papers.stop,
    "in_flight": papers.in_flight,
    "hours": times.hours,
    "preference": times.preference,
    "consent": times.consent,
    "external_registry": times.external_registry,
    "frequency": times.frequency,
    "cooldown": times.cooldown,
    "abandonment": times.abandonment,
    "breaker": times.breaker,
    "reassigned": times.reassigned,
    "case": times.case,
    "third_party": times.third_party,
}
# What an SMS has none of: a voice, a script, a dial.
VOICE_ONLY = frozenset(
    {"number_cap", "same_number", "abandonment", "script", "disclosure", "recording", "in_flight"}
)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NEAR_DAYS = 14


@dataclass(frozen=True, slots=True)
class Said:
    """What one rule says at one instant."""

    rule: str
    code: str
    denied: bool
    enforced: bool


def judged(policy: PolicySet, facts: Facts, at: datetime) -> list[Said]:
    """What every rule in force says at `at`, in order."""
    return [_says(rule, facts, at) for rule in _looking(policy, facts, at)]


def is_permitted(policy: PolicySet, facts: Facts, at: datetime) -> bool:
    """Whether no enforced rule denies."""
    return all(
        not _says(rule, facts, at).denied for rule in _looking(policy, facts, at) if rule.mode is Mode.ENFORCE
    )


def _says(rule: Rule, facts: Facts, at: datetime) -> Said:
    enforced = rule.mode is Mode.ENFORCE
    try:
        denied, code = KINDS[rule.kind](rule.params, facts, at)
    except (AttributeError, KeyError, TypeError):
        denied, code = True, "rule.raised"
    return Said(rule.id, code, denied, enforced)


def _looking(policy: PolicySet, facts: Facts, at: datetime) -> Iterator[Rule]:
    return (rule for pack, rule in _all(policy) if _looks(pack, rule, facts, at))


def _all(policy: PolicySet) -> Iterator[tuple[Pack | None, Rule]]:
    for guard in GUARDS:
        yield None, guard
    for pack in policy.packs:
        for rule in pack.rules:
            yield pack, rule


def _looks(pack: Pack | None, rule: Rule, facts: Facts, at: datetime) -> bool:
    if facts.purpose not in rule.applies.purposes or facts.moment not in rule.applies.moments:
        return False
    if rule.applies.products and facts.product not in rule.applies.products:
        return False
    if not _on_channel(rule, facts):
        return False
    if pack is None:
        return True
    today = civil(at, pack.zone)
    begun = rule.in_force_from <= today
    ended = rule.in_force_to is not None and rule.in_force_to <= today
    return begun and not ended and _binds(pack, facts)


def _on_channel(rule: Rule, facts: Facts) -> bool:
    if facts.channel == "voice":
        return rule.kind != "message"
    if rule.kind in VOICE_ONLY:
        return False
    params = rule.params
    if params is None:
        return True
    if rule.kind == "frequency":
        return bool(params.counts == "contacts")  # type: ignore[attr-defined]
    if rule.kind == "cooldown":
        return bool(params.after != "conversation")  # type: ignore[attr-defined]
    if rule.kind == "retention":
        return bool(params.data != "recording")  # type: ignore[attr-defined]
    if rule.kind == "purpose":
        return params.most_overdue_days is not None  # type: ignore[attr-defined]
    if rule.kind == "caller_id":
        return len(params.checks) > 0  # type: ignore[attr-defined]
    return True


def _binds(pack: Pack, facts: Facts) -> bool:
    named = pack.binding
    places = [
        (named.enterprise_seat, [facts.enterprise_seat]),
        (named.agency_seat, [facts.agency_seat]),
        (named.access_place, [facts.trunk.place] if facts.trunk else []),
        (named.callee_country, [facts.callee_country]),
        (named.callee_region, list(facts.callee_regions)),
    ]
    if not any(codes for codes, _ in places):
        return True
    return any(
        ours != "" and any(ours == code or ours.startswith(code + "-") for code in codes)
        for codes, found in places
        for ours in found
    )


def boundaries(policy: PolicySet, facts: Facts, days: int = NEAR_DAYS) -> list[datetime]:
    """Every instant from `facts.now` on, for so many days, at which anything could change."""
    rules = [rule for pack in policy.packs for rule in pack.rules]
    last = facts.now + days * DAY
    known = set(_instants(facts))
    found = set(known)
    for number in {number for rule in rules for number in _numbers(rule.params)}:
        found |= {at + step for at in known for step in (number * DAY, number * timedelta(hours=1))}
    zones = {one.zone for one in facts.zones} | {pack.zone for pack in policy.packs}
    zones |= {rule.params.zone for rule in rules if hasattr(rule.params, "zone")}  # type: ignore[attr-defined]
    windows: list[Any] = [
        *facts.personal_hours,
        *(one for rule in rules for one in getattr(rule.params, "open", ())),
        *(one for entry in facts.numbers if entry.hours is not None for one in entry.hours.windows),
    ]
    zones |= {entry.hours.zone for entry in facts.numbers if entry.hours is not None}
    clocks = {"00:00", "24:00"} | {clock for one in windows for clock in (one.start, one.end)}
    for zone in zones:
        found |= set(times.edges(clocks, zone, civil(facts.now, zone), days))
    for pack in policy.packs:
        for rule in pack.rules:
            for day in (rule.in_force_from, rule.in_force_to):
                if day is not None:
                    found |= set(readings(day, "00:00", pack.zone))
    return sorted(at for at in found if facts.now <= at <= last)


def first_permitted(policy: PolicySet, facts: Facts) -> datetime | None:
    """The first permitted of every boundary, one second either side of it, and each quarter of an hour."""
    last = facts.now + NEAR_DAYS * DAY
    tried = {facts.now}
    for at in boundaries(policy, facts):
        tried |= {at - SECOND, at, at + SECOND}
    quarter = facts.now.replace(minute=0, second=0, microsecond=0)
    tried |= {quarter + number * timedelta(minutes=15) for number in range(NEAR_DAYS * 96 + 4)}
    denier: tuple[Pack | None, Rule] | None = None
    for at in sorted(one for one in tried if facts.now <= one <= last):
        # Who denied the instant before is asked first: it mostly still does.
        if denier is not None and _denies(*denier, facts, at):
            continue
        denier = next((one for one in _all(policy) if _denies(*one, facts, at)), None)
        if denier is None:
            return at
    return None


def _denies(pack: Pack | None, rule: Rule, facts: Facts, at: datetime) -> bool:
    return rule.mode is Mode.ENFORCE and _looks(pack, rule, facts, at) and _says(rule, facts, at).denied


def _instants(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.name != "calendars":
                yield from _instants(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _instants(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _instants(one)


def _numbers(params: Any) -> set[int]:
    if not is_dataclass(params):
        return set()
    found = {getattr(params, one.name) for one in fields(params) if not one.name.startswith("_")}
    return {one for one in found if isinstance(one, int) and not isinstance(one, bool) and one < 1000}
