"""Kind retention: what must be kept is kept for so many days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts

THREE_YEARS = {"data": "recording", "least_days": 1096}


@pytest.mark.parametrize(
    "params",
    [
        {**THREE_YEARS, "data": "gossip"},
        {**THREE_YEARS, "least_days": 0},
        {**THREE_YEARS, "unknown": "maybe"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """Data that nobody keeps, and a floor of nothing, are refused."""
    with pytest.raises(ValidationError):
        params_of("retention", params)


@pytest.mark.parametrize(
    ("kept", "said_"),
    [
        (1095, "deny retention.too_short"),
        (1096, "permit retention.kept"),
        (1097, "permit retention.kept"),
        (None, "permit retention.kept"),
    ],
)
def test_the_floor(lawful: Facts, kept: int | None, said_: str) -> None:
    """Exactly the floor suffices, and so does keeping without end."""
    assert said("retention", THREE_YEARS, replace(lawful, retention_days={"recording": kept})) == said_


def test_each_kind_of_data_for_itself(lawful: Facts) -> None:
    """Consents kept for long say nothing of recordings."""
    facts = replace(lawful, retention_days={"consent": 9999})
    assert said("retention", THREE_YEARS, facts) == "deny retention.unknown"
    assert said("retention", {**THREE_YEARS, "unknown": "permit"}, facts) == "permit retention.unknown"
