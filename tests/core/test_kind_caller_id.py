"""Kind caller_id: number series by category of call, beside the register."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts

SERVICE = {"series": ["+911600"]}
NO_PROMOTION = {"barred": ["+91140"]}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"series": ["16 00"]},
        {"barred": [""]},
        {"series": ["+91140"], "barred": ["+9114"]},
        {"series": ["+9114"], "barred": ["+9114"]},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """No question, a prefix that is none, and a series that is barred as a whole are refused."""
    with pytest.raises(ValidationError):
        params_of("caller_id", params)


@pytest.mark.parametrize(
    ("number", "said_"),
    [
        ("+911600123456", "permit caller_id.in_series"),
        ("+91160123456", "deny caller_id.other_series"),
        ("+919876543210", "deny caller_id.other_series"),
        ("", "deny caller_id.other_series"),
    ],
)
def test_calls_of_this_kind_come_from_the_series(lawful: Facts, number: str, said_: str) -> None:
    """A number of the series is permitted without being looked up; any other denies, also none."""
    assert said("caller_id", SERVICE, replace(lawful, caller_id=number, numbers=())) == said_


def test_a_series_that_is_kept_for_others(lawful: Facts) -> None:
    """A barred series denies, whatever else the number is."""
    assert said("caller_id", NO_PROMOTION, replace(lawful, caller_id="+911401234567")).startswith("deny")
    assert said("caller_id", NO_PROMOTION, replace(lawful, caller_id="+911600123456")).startswith("permit")
    hole = {"series": ["+331", "+339"], "barred": ["+3390"]}
    assert (
        said("caller_id", hole, replace(lawful, caller_id="+33901234567")) == "deny caller_id.barred_series"
    )
    assert said("caller_id", hole, replace(lawful, caller_id="+33948123456")) == "permit caller_id.in_series"


def test_series_and_register_together(lawful: Facts) -> None:
    """A number of the series must still stand in the register where the rule asks for that."""
    both = {"series": ["95"], "checks": ["listed"]}
    assert said("caller_id", both, lawful) == "permit caller_id.registered"
    assert said("caller_id", both, replace(lawful, numbers=())) == "deny caller_id.not_registered"
    assert said("caller_id", both, replace(lawful, caller_id="4008001234")) == "deny caller_id.other_series"
