"""The points at which a rule set can change its mind: every value worth trying for every fact, and every instant.

An axis is one field of the facts; its points are whole values of it. Rules are asked through `Watched` facts, which
note what is read: what a rule did not read cannot have mattered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start, day_start, minute_of_day
from dialer.core.facts import (
    Case,
    Consent,
    Facts,
    Happened,
    Hold,
    Listing,
    LostContact,
    Period,
    Preference,
    Reassigned,
)
from dialer.core.policy import PolicySet, Rule
from dialer.core.rules.case import STATUSES
from dialer.policy_cases import series_of
from dialer.policy_mutate import variants

MICROSECOND = timedelta(microseconds=1)
# Who calls whom by which way is what a claim or a case is about: it stays, unless somebody varies it by name.
FIXED = frozenset(
    {
        "now",
        "touches",
        "purpose",
        "product",
        "enterprise",
        "enterprise_seat",
        "agency",
        "agency_seat",
        "platform",
        "caller_id",
        "caller_id_class",
        "trunk",
        "line_class",
        "callee_country",
        "callee_regions",
        "zones",
        "live",
        "stops",
        "script_id",
        "unsound",
        "campaign",
        "calendars",
        "channel",
    }
)
_STATUS = ("valid", "suspended", "revoked")
_WORDS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("licences", "*", "status"): _STATUS,
    ("entrustments", "*", "status"): _STATUS,
    ("carrier", "status"): _STATUS,
    ("preferences", "*", "kind"): ("accept", "opt_out"),
    ("numbers", "*", "status"): ("applied", "allocated", "reported", "disabled", "suspended"),
    ("script", "status"): ("draft", "submitted", "approved", "withdrawn"),
    ("script", "mode"): ("recorded", "agent_spoken"),
    ("numbers", "*", "kind"): ("voice", "sms_port"),
    ("agency_standing", "status"): ("active", "rectifying", "exited"),
    ("number_health", "appeal"): ("none", "filed", "upheld", "rejected"),
    ("case", "status"): STATUSES,
    ("message", "signature"): ("full_name", "short_name", "other", "none"),
    ("callee_party",): ("debtor", "guarantor", "third_party_liable", "third_party", "unknown"),
    ("number_list",): ("unsubmitted", "submitted", "acknowledged", "rejected", "withdrawn", "unknown"),
}
_TIME_OF_DAY = re.compile(r"^\d\d:\d\d$")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one axis, and how it is called."""

    name: str
    value: Any


class Watched:
    """Facts that note which of their fields are read; `touches` key by key."""

    __slots__ = ("_facts", "seen")

    def __init__(self, facts: Facts, seen: set[str]) -> None:
        self._facts = facts
        self.seen = seen

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._facts, name)
        if callable(value):
            # A method may read anything.
            self.seen.update(one.name for one in fields(Facts))
            return value
        if name == "touches":
            return _WatchedTouches(value, self.seen)
        self.seen.add(name)
        return value

    def at(self, instant: datetime) -> Watched:
        """The same facts at a later instant, watched too."""
        self.seen.update(("now", "live"))
        return Watched(self._facts.at(instant), self.seen)

    def told(self, instant: datetime) -> str:
        """As the facts tell it; reads the zones."""
        self.seen.add("zones")
        return self._facts.told(instant)


class _WatchedTouches(Mapping[str, tuple[datetime, ...]]):
    def __init__(self, touches: Mapping[str, tuple[datetime, ...]], seen: set[str]) -> None:
        self._touches = touches
        self._seen = seen

    def __getitem__(self, key: str) -> tuple[datetime, ...]:
        self._seen.add(touches_axis(key))
        return self._touches[key]

    def __iter__(self) -> Iterator[str]:
        self._seen.update(touches_axis(key) for key in self._touches)
        return iter(self._touches)

    def __len__(self) -> int:
        return len(self._touches)


def touches_axis(key: str) -> str:
    """The name of the axis of one series of touches."""
    return f"touches {key}"


def placed(base: Facts, values: Mapping[str, Any]) -> Facts:
    """`base` with the values of some axes. A value of touches is how long before now each was, newest first."""
    changes = {name: value for name, value in values.items() if not name.startswith("touches ")}
    facts = replace(base, **changes)
    series = {
        name.removeprefix("touches "): tuple(facts.now - ago for ago in value)
        for name, value in values.items()
        if name.startswith("touches ")
    }
    return replace(facts, touches={**facts.touches, **series})


def axes(base: Facts, rules: Sequence[Rule]) -> dict[str, tuple[Point, ...]]:
    """Every axis that varies by itself, its base value first. Instants are no axis: see `instants`."""
    hints = get_type_hints(Facts)
    found: dict[str, tuple[Point, ...]] = {}
    numbers = sorted({near for one in numbers_in(rules) for near in (one - 1, one, one + 1) if near >= 0})
    for field in fields(Facts):
        if field.name in FIXED:
            continue
        value = getattr(base, field.name)
        points = [Point("as given", value)]
        for where, changed, before, after in variants(value, hints[field.name], (field.name,), _WORDS):
            if isinstance(before, datetime) or (isinstance(before, int) and not isinstance(before, bool)):
                continue  # instants are varied by varying now; numbers stand below
            points.append(Point(_name(where, before, after), changed))
        points += [Point(name, one) for name, one in _others(base, rules).get(field.name, ())]
        if "int" in str(field.type):
            points += [Point(str(one), one) for one in numbers if isinstance(value, int) or value is None]
        found[field.name] = _distinct(points)
    for rule in rules:
        as_limit = getattr(rule.params, "as_limit", None)
        if as_limit is not None:
            limit = as_limit()
            found[touches_axis(limit.key)] = tuple(_counts(limit.most))
    return found


def _others(base: Facts, rules: Sequence[Rule]) -> Mapping[str, Sequence[tuple[str, Any]]]:
    """What may stand where the lawful call has nothing: a statement, a consent, an event, a look-up."""
    at, enterprise = base.now - timedelta(days=1), base.enterprise
    opt_out = Preference("p", "opt_out", enterprise, None, None, None, "key", at)
    consents = tuple(
        Consent(one, one, enterprise, None, None, None, frozenset({"calls", "hours"}), at)
        for one in ("sms", "telephone", "writing", "web")
    )
    registries = sorted({one for rule in rules if (one := getattr(rule.params, "registry", None))})
    case = base.case or Case("assigned", base.agency)
    return {
        "preferences": [("nothing stated", ()), ("opted out", (opt_out,))],
        "consents": [*((f"consent by {one.id}", (one,)) for one in consents), ("consent by all", consents)],
        "events": [
            (one, (Happened(one, at),)) for one in ("conversation", "opt_out", "complaint", "stop_request")
        ],
        "registries": [
            (f"{'listed' if listed else 'not listed'}", {one: Listing(listed, at) for one in registries})
            for listed in (True, False)
        ],
        "case": [("on hold", replace(case, holds=(Hold(Period(), "disaster"),)))],
        "reassigned": [(f"reassigned {one}", Reassigned(one, at)) for one in (True, False)],
        "lost_contact": [("contact lost", LostContact(99, at)), ("number invalid", LostContact(0, at, True))],
    }


def _counts(most: int) -> Iterator[Point]:
    minute = timedelta(minutes=1)
    for count in sorted({0, max(most - 1, 0), most, most + 1}):
        yield Point(f"{count} just now", (minute,) * count)
    for name, ago in (
        ("a day", timedelta(days=1)),
        ("a week", timedelta(days=7)),
        ("a month", timedelta(days=31)),
    ):
        for step in (-1, 0, 1):
            yield Point(f"{most} {name} ago {step:+d} µs", (ago + step * MICROSECOND,) * most)


def instants(
    policy: PolicySet, base: Facts, points: Iterable[Any], zones: Iterable[str], days: Sequence[date]
) -> list[datetime]:
    """Every instant at which some rule may change its mind, with a microsecond before and after it, in order.

    Edges of windows on every day of the week of the base facts, on `days` and on the days around every change of
    the clocks within a year, in each of `zones`; dates of rules; and each instant in the facts, also so many days,
    hours or local midnights later as some rule counts.
    """
    rules = [rule for pack in policy.packs for rule in pack.rules]
    found: set[datetime] = {base.now}
    for pack in policy.packs:
        for rule in pack.rules:
            for day in (rule.in_force_from, rule.in_force_to):
                if day is not None:
                    found.add(date_start(day, ZoneInfo(pack.zone)))
    minutes = sorted({0, 12 * 60, *_minutes(rules), *_minutes(points)})
    known = set(_datetimes(points))
    counted = [one for one in numbers_in(rules) if one <= 3650]
    for name in zones:
        zone = ZoneInfo(name)
        first = base.now.astimezone(zone).date()
        for day in {
            *days,
            *(first + timedelta(days=one) for one in range(_WEEK)),
            *_clock_changes(first, zone),
        }:
            start = datetime(day.year, day.month, day.day, tzinfo=zone)
            for minute in minutes:
                wall = start + timedelta(minutes=minute)
                found.update(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        found.update(day_start(at, zone, days=one) for at in known for one in (0, 1, *counted))
    found.update(
        at + timedelta(**{unit: one}) for at in known for one in (0, *counted) for unit in ("days", "hours")
    )
    return sorted(one + step * MICROSECOND for one in found for step in (-1, 0, 1))


def with_series(facts: Facts, rules: Sequence[Rule]) -> Facts:
    """`facts` with every series of touches that `rules` ask for; one series under several limits is the same."""
    keys = [rule.params.as_limit().key for rule in rules if series_of(rule) is not None]  # type: ignore[attr-defined]
    names = [name for rule in rules if (name := series_of(rule)) is not None]
    longest: dict[str, tuple[datetime, ...]] = {}
    for key, name in zip(keys, names, strict=True):
        longest[name] = max(longest.get(name, ()), facts.touches.get(key, ()), key=len)
    return replace(facts, touches={key: longest[name] for key, name in zip(keys, names, strict=True)})


def numbers_in(rules: Sequence[Rule]) -> list[int]:
    """Every whole number in the parameters of `rules`."""
    found = (one for rule in rules for one in _leaves(rule.params))
    return sorted({one for one in found if isinstance(one, int) and not isinstance(one, bool)})


def written(value: Any) -> Any:
    """A value of the facts as JSON, as case files write it: instants in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: written(getattr(value, one.name)) for one in fields(value) if one.init}
    if isinstance(value, Mapping):
        return {str(key): written(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(written(one) for one in value)
    return [written(one) for one in value] if isinstance(value, (list, tuple)) else value


def facts_json(facts: Facts) -> dict[str, Any]:
    """Facts as `docs/schema/facts.json` has them; calendars are the rulebook's and stay out."""
    return {
        one.name: written(getattr(facts, one.name))
        for one in fields(facts)
        if one.metadata.get("canonical", True)
    }


def _clock_changes(first: date, zone: ZoneInfo) -> Iterator[date]:
    """Days within a year on which the clocks of `zone` change."""
    for one in range(366):
        day = first + timedelta(days=one)
        noon, before = (
            datetime(each.year, each.month, each.day, 12, tzinfo=zone) for each in (day, day - timedelta(1))
        )
        if noon.utcoffset() != before.utcoffset():
            yield day


def _minutes(values: Iterable[Any]) -> set[int]:
    texts = (one for value in values for one in _leaves(value.params if isinstance(value, Rule) else value))
    return {minute_of_day(one) for one in texts if isinstance(one, str) and _TIME_OF_DAY.match(one)}


def _datetimes(values: Iterable[Any]) -> Iterator[datetime]:
    return (one for value in values for one in _leaves(value) if isinstance(one, datetime))


def _leaves(value: Any) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            if one.init:
                yield from _leaves(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, (tuple, list, AbstractSet)):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _name(where: tuple[str, ...], before: Any, after: Any) -> str:
    return f"{'.'.join(where)}: {written(before)} -> {written(after)}"


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    kept: list[Point] = []
    for one in points:
        if all(one.value != other.value for other in kept):
            kept.append(one)
    return tuple(kept)
