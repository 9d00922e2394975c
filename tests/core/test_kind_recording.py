"""Kind recording: impossible denies, possible obliges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts
from dialer.one_call import DUTIES


@pytest.mark.parametrize("params", [{"what": "picture"}, {"unknown": "maybe"}])
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """Only a conversation or a whole call is recorded."""
    with pytest.raises(ValidationError):
        params_of("recording", params)


def test_what_is_permitted_is_obliged(lawful: Facts) -> None:
    """The conversation is a duty that this program discharges; the whole call is one it does not, and so denies."""
    verdict = judged("recording", {}, lawful)
    assert verdict.code == "recording.obliged"
    assert [one.duty for one in verdict.obligations] == ["record_bridge"]
    whole = judged("recording", {"what": "whole_call"}, lawful)
    assert [one.duty for one in whole.obligations] == ["record_call"]
    assert "record_bridge" in DUTIES
    assert "record_call" not in DUTIES


def test_impossible_denies(lawful: Facts) -> None:
    """Whatever the rule says of the unknown."""
    facts = replace(lawful, recording_possible=False)
    for params in ({}, {"unknown": "permit"}):
        assert said("recording", params, facts) == "deny recording.not_possible"


def test_unknown_denies_or_obliges(lawful: Facts) -> None:
    """Where the rule lets it pass, the duty stands all the same."""
    facts = replace(lawful, recording_possible=None)
    assert said("recording", {}, facts) == "deny recording.unknown"
    permitted = judged("recording", {"unknown": "permit"}, facts)
    assert [one.duty for one in permitted.obligations] == ["record_bridge"]
