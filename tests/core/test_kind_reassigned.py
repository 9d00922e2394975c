"""Kind reassigned: the line was looked up lately, and is still the same subscriber's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, Reassigned

PARAMS = {"max_age_days": 31}


@pytest.mark.parametrize("params", [{"max_age_days": 0}, {"max_age_days": 31, "unknown": "maybe"}])
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """An age of nothing, and an answer that is none, are refused."""
    with pytest.raises(ValidationError):
        params_of("reassigned", params)


def test_a_fresh_look_up(lawful: Facts) -> None:
    """It serves until it is too old."""
    found = Reassigned(False, lawful.now - DAY)
    verdict = judged("reassigned", PARAMS, replace(lawful, reassigned=found))
    assert (verdict.code, verdict.closes_at) == ("reassigned.same_subscriber", lawful.now + 30 * DAY)


def test_another_subscriber(lawful: Facts) -> None:
    """A line of somebody else is never called, however old the look-up is."""
    for age in (1, 100):
        found = Reassigned(True, lawful.now - age * DAY)
        verdict = judged("reassigned", {**PARAMS, "unknown": "permit"}, replace(lawful, reassigned=found))
        assert (verdict.code, verdict.opens_at) == ("reassigned.other_subscriber", None)


@pytest.mark.parametrize("unknown", ["deny", "permit"])
def test_no_look_up_and_an_old_one(lawful: Facts, unknown: str) -> None:
    """What holds without a look-up holds for one that is too old."""
    params = {**PARAMS, "unknown": unknown}
    old = Reassigned(False, lawful.now - 31 * DAY)
    assert said("reassigned", params, replace(lawful, reassigned=None)) == f"{unknown} reassigned.unknown"
    assert said("reassigned", params, replace(lawful, reassigned=old)) == f"{unknown} reassigned.stale"
