"""`dialer bench decide`: the call is lawful, Cedar gives the same answers, and cost grows with what it should."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.lab.bench.decide import bench_decide


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """One short run."""
    return bench_decide(400)


def test_the_bench_judges_what_cedar_judges(figures: dict[str, Any]) -> None:
    """The whole China set permits the call and denies it at night, in both engines; nothing is left out."""
    assert figures["permitted"], figures["denied_by"]
    assert figures["denial_next_instant"] != "None"
    assert figures["cedar"]["permits_the_call"]
    assert not figures["cedar"]["permits_it_at_22"]
    assert figures["cedar"]["policies"] == figures["rules_bound"] + 1
    assert {"cn-national", "cn-jiangsu", "cn-ningxia", "cn-zhejiang", "house"} <= set(figures["packs"])


def test_cost_grows_with_rules_and_not_with_history(figures: dict[str, Any]) -> None:
    """Seven times the rules cost more than twice as much and less than thirty times; a long history no more."""
    by_rules, by_history = list(figures["by_rules_us"].values()), figures["by_history_us"]
    assert 2 < by_rules[-1] / by_rules[0] < 30
    assert by_history["10000"] < 3 * by_history["10"]
