"""Kinds number_health, number_cap and same_number: what is held against a number, how much it called, who knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import DayCalls, Facts, NumberHealth

ALL = {"suspended": True, "noticed": True, "most_complaints": 1, "most_labels": 0}
CAP = {"most": 3, "zone": "Asia/Shanghai"}


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("number_health", {"suspended": False}),
        ("number_health", {**ALL, "most_labels": -1}),
        ("number_health", {**ALL, "unknown": "perhaps"}),
        ("number_cap", {"most": 0}),
        ("number_cap", {"most": 1, "zone": "Mars/Base"}),
        ("same_number", {"most": 1}),
    ],
)
def test_params_that_mean_nothing(kind: str, params: dict[str, Any]) -> None:
    """A rule that asks nothing, a bound below none, a strange answer, zone or parameter are refused."""
    with pytest.raises(ValidationError):
        params_of(kind, params)


@pytest.mark.parametrize(
    ("health", "code"),
    [
        (NumberHealth(complaints=1), "permit number_health.in_order"),
        (NumberHealth(complaints=2), "deny number_health.complained"),
        (NumberHealth(labels=("maker",)), "deny number_health.labelled"),
        (NumberHealth(notice="too many"), "deny number_health.noticed"),
        (NumberHealth(complaints=2, labels=("maker",), appeal="upheld"), "permit number_health.in_order"),
        (NumberHealth(complaints=2, appeal="filed"), "deny number_health.complained"),
        (NumberHealth(notice="too many", appeal="upheld"), "deny number_health.noticed"),
    ],
)
def test_what_is_held_against_a_number(lawful: Facts, health: NumberHealth, code: str) -> None:
    """More than is borne denies; only an appeal that was upheld clears complaints and labels."""
    facts = replace(lawful, number_health=health)
    assert said("number_health", ALL, facts) == code
    assert said("number_health", {"suspended": True}, facts) == "permit number_health.in_order"
    strict = said("number_health", {**ALL, "appealed": False}, facts)
    assert strict.startswith("deny") or health.complaints <= 1


def test_a_suspension(lawful: Facts) -> None:
    """From its instant on, whatever else is said; one that is announced closes the permit then."""
    since = lawful.now + HOUR
    coming = judged("number_health", ALL, replace(lawful, number_health=NumberHealth(suspended_since=since)))
    assert (coming.denied, coming.closes_at) == (False, since)
    health = NumberHealth(suspended_since=lawful.now, appeal="upheld")
    verdict = judged("number_health", ALL, replace(lawful, number_health=health))
    assert (verdict.code, verdict.opens_at) == ("number_health.suspended", None)
    other = {"suspended": False, "noticed": True}
    assert said("number_health", other, replace(lawful, number_health=health)).startswith("permit")


def test_nobody_told_of_its_health(lawful: Facts) -> None:
    """Denied, unless the rule lets it."""
    facts = replace(lawful, number_health=None)
    assert said("number_health", ALL, facts) == "deny number_health.unknown"
    assert said("number_health", {**ALL, "unknown": "permit"}, facts) == "permit number_health.unknown"


def test_the_calls_of_a_day(lawful: Facts) -> None:
    """Below the cap permitted; at it denied until the next civil day of the zone; of another day they do not count."""
    today = date(2026, 11, 24)

    def made(calls: int, day: date = today) -> Facts:
        return replace(lawful, number_calls={"Asia/Shanghai": DayCalls(day, calls)})

    assert said("number_cap", CAP, made(2)) == "permit number_cap.below"
    full = judged("number_cap", CAP, made(3))
    assert (full.code, full.opens_at) == ("number_cap.full", lawful.now.replace(hour=0) + DAY)
    assert said("number_cap", CAP, made(3, today - DAY)) == "permit number_cap.below"
    assert said("number_cap", {**CAP, "zone": "UTC"}, made(0)) == "deny number_cap.unknown"


def test_the_number_that_he_knows(lawful: Facts) -> None:
    """None yet, or that one: permitted; another: denied."""
    assert said("same_number", {}, replace(lawful, kept_caller_id=None)) == "permit same_number.first"
    kept = replace(lawful, kept_caller_id=lawful.caller_id)
    assert said("same_number", {}, kept) == "permit same_number.kept"
    assert said("same_number", {}, replace(kept, kept_caller_id="95188")) == "deny same_number.other"
