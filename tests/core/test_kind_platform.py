"""Kind platform: the platform that carries the call is registered and authorised."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts


@pytest.mark.parametrize("params", [{"checks": []}, {"checks": ["colour"]}, {"unknown": "maybe"}])
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """A check that nobody knows and an answer that is none are refused."""
    with pytest.raises(ValidationError):
        params_of("platform", params)


def test_no_platform_no_question(lawful: Facts) -> None:
    """A call over the enterprise's own lines needs no authority of a platform."""
    assert said("platform", {}, replace(lawful, platform=None)) == "permit platform.own"


def test_registered_and_entrusted(lawful: Facts) -> None:
    """Permitted until the written authority of the platform ends."""
    verdict = judged("platform", {}, lawful)
    assert (verdict.code, verdict.closes_at) == ("platform.holds", lawful.entrustments[1].period.end)


def test_a_platform_nobody_knows(lawful: Facts) -> None:
    """Not registered denies; not looked up denies too, unless the rule lets it."""
    assert said("platform", {}, replace(lawful, platform_known=False)) == "deny platform.not_registered"
    unknown = replace(lawful, platform_known=None)
    assert said("platform", {}, unknown) == "deny platform.unknown"
    assert said("platform", {"unknown": "permit"}, unknown) == "permit platform.holds"
    registered = {"checks": ["registered"]}
    assert said("platform", registered, lawful) == "permit platform.registered"


def test_the_agencys_authority_is_not_the_platforms(lawful: Facts) -> None:
    """Without a document of its own the platform may not carry the call, whoever else has one."""
    facts = replace(lawful, entrustments=lawful.entrustments[:1])
    assert said("platform", {}, facts) == "deny platform.none"
    assert said("platform", {"checks": ["registered"]}, facts) == "permit platform.registered"


def test_authority_that_does_not_cover_the_call(lawful: Facts) -> None:
    """Another purpose, or a document that is suspended."""
    own = lawful.entrustments[1]
    for other, code in (
        (replace(own, purposes=frozenset()), "out_of_scope"),
        (replace(own, products=frozenset({"insurance"})), "out_of_scope"),
        (replace(own, status="suspended"), "not_valid"),
    ):
        assert said("platform", {}, replace(lawful, entrustments=(other,))) == f"deny platform.{code}"
