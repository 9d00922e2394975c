"""Kinds abandonment and breaker: rates of answered calls, day by day, and the instants at which they turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from kind_kit import judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import DayTally, Facts

THREE_PERCENT = {"most_permille": 30, "days": 30, "at_least": 100}
OPT_OUTS = {"counts": "opted_out", "most_permille": 50, "days": 7, "at_least": 20}
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def _facts(lawful: Facts, kind: str, params: dict[str, Any], *tallies: tuple[int, int, int]) -> Facts:
    """`tallies`: (day of November, answered, counted)."""
    key = params_of(kind, params).as_rate().key
    days = tuple(DayTally(date(2026, 11, day), answered, counted) for day, answered, counted in tallies)
    return replace(lawful, now=NOW, campaign="c1", tallies={key: days})


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("abandonment", {**THREE_PERCENT, "most_permille": 0}),
        ("abandonment", {**THREE_PERCENT, "most_permille": 1000}),
        ("abandonment", {**THREE_PERCENT, "days": 0}),
        ("abandonment", {**THREE_PERCENT, "at_least": 0}),
        ("abandonment", {**THREE_PERCENT, "zone": "Mars/Base"}),
        ("abandonment", {**THREE_PERCENT, "per": "person"}),
        ("breaker", {**OPT_OUTS, "counts": "abandoned"}),
        ("breaker", {**OPT_OUTS, "counts": "smiles"}),
    ],
)
def test_params_that_mean_nothing(kind: str, params: dict[str, Any]) -> None:
    """A rate of none or all, no days, an unknown zone or count: refused."""
    with pytest.raises(ValidationError):
        params_of(kind, params)


@pytest.mark.parametrize(
    ("answered", "counted", "expected"),
    [
        (99, 99, "permit abandonment.below"),
        (100, 3, "permit abandonment.below"),
        (100, 4, "deny abandonment.above"),
        (1000, 30, "permit abandonment.below"),
        (1000, 31, "deny abandonment.above"),
    ],
)
def test_three_of_a_hundred(lawful: Facts, answered: int, counted: int, expected: str) -> None:
    """Exactly the rate is permitted, one more is not, and too few answered calls are no rate."""
    facts = _facts(lawful, "abandonment", THREE_PERCENT, (20, answered, counted))
    assert said("abandonment", THREE_PERCENT, facts) == expected


def test_a_bad_day_leaves_the_window(lawful: Facts) -> None:
    """A rate falls when its worst day has left the window: at that midnight, of the rule's zone."""
    params = {**OPT_OUTS, "zone": "Asia/Shanghai"}
    facts = _facts(lawful, "breaker", params, (24, 100, 4), (20, 100, 30))
    verdict = judged("breaker", params, facts)
    assert verdict.code == "breaker.above"
    assert verdict.opens_at == datetime.fromisoformat("2026-11-27T00:00:00+08:00")


def test_a_good_day_leaves_the_window(lawful: Facts) -> None:
    """A rate rises without a call when good days leave the window: the permit says when."""
    facts = _facts(lawful, "breaker", OPT_OUTS, (24, 50, 5), (19, 100, 0))
    verdict = judged("breaker", OPT_OUTS, facts)
    assert (verdict.denied, verdict.closes_at) == (False, datetime(2026, 11, 26, tzinfo=UTC))


def test_a_day_out_of_the_window_does_not_count(lawful: Facts) -> None:
    """Seven days are today and the six before."""
    facts = _facts(lawful, "breaker", OPT_OUTS, (18, 100, 4), (17, 100, 100))
    assert said("breaker", OPT_OUTS, facts) == "permit breaker.below"


@pytest.mark.parametrize("kind", ["abandonment", "breaker"])
def test_what_is_not_known(lawful: Facts, kind: str) -> None:
    """Without tallies it denies; a call of no campaign has no rate; one of an enterprise has."""
    params = {"abandonment": THREE_PERCENT, "breaker": OPT_OUTS}[kind]
    assert said(kind, params, replace(lawful, campaign="c1", tallies={})) == f"deny {kind}.unknown"
    assert said(kind, params, replace(lawful, campaign=None)) == f"permit {kind}.no_campaign"
    of_enterprise = {**params, "per": "enterprise"}
    assert said(kind, of_enterprise, replace(lawful, campaign=None)) == f"deny {kind}.unknown"
