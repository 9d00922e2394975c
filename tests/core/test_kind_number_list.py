"""Kind number_list: how far the list is on which the caller ID stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts

STATES = {
    "unsubmitted": "deny number_list.unsubmitted",
    "submitted": "deny number_list.not_acknowledged",
    "rejected": "deny number_list.rejected",
    "withdrawn": "deny number_list.withdrawn",
}
ALL = {"denied_states": list(STATES)}


@pytest.mark.parametrize(
    "params",
    [
        {"denied_states": []},
        {"denied_states": ["acknowledged"]},
        {**ALL, "unknown": "maybe"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """No state, and the one in which everything is in order, are refused."""
    with pytest.raises(ValidationError):
        params_of("number_list", params)


@pytest.mark.parametrize("state", STATES)
def test_a_state_denies_with_its_own_reason(lawful: Facts, state: str) -> None:
    """Each state where the rule names it, and none where it names the others."""
    facts = replace(lawful, number_list=state)
    others = {"denied_states": [one for one in STATES if one != state]}
    assert said("number_list", ALL, facts) == STATES[state]
    assert said("number_list", others, facts) == "permit number_list.in_order"


def test_acknowledged_is_in_order(lawful: Facts) -> None:
    """No rule can deny it."""
    assert said("number_list", ALL, replace(lawful, number_list="acknowledged")).startswith("permit")


def test_nobody_said(lawful: Facts) -> None:
    """An unknown state denies, and so does a word that nobody knows, unless the rule lets them."""
    for state in ("unknown", "lost"):
        facts = replace(lawful, number_list=state)
        assert said("number_list", ALL, facts) == "deny number_list.unknown"
        assert said("number_list", {**ALL, "unknown": "permit"}, facts) == "permit number_list.unknown"
