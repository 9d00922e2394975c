"""Kind external_registry: looked up lately, not listed, and whether a consent counts more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Consent, Facts, Listing

DNC = {"registry": "us_dnc", "max_age_days": 31}


def _looked_up(facts: Facts, *, listed: bool = False, days_ago: int = 1) -> Facts:
    return replace(facts, registries={"us_dnc": Listing(listed, facts.now - days_ago * DAY)})


@pytest.mark.parametrize(
    "params", [{}, {"registry": ""}, {**DNC, "max_age_days": 0}, {**DNC, "unknown": "maybe"}]
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """A registry without a name and an age of nothing are refused."""
    with pytest.raises(ValidationError):
        params_of("external_registry", params)


def test_not_listed_until_the_look_up_is_too_old(lawful: Facts) -> None:
    """A look-up counts for 31 days to the microsecond; then nothing but another one helps."""
    verdict = judged("external_registry", DNC, _looked_up(lawful, days_ago=30))
    assert (verdict.code, verdict.closes_at) == ("external_registry.not_listed", lawful.now + DAY)
    stale = judged("external_registry", DNC, _looked_up(lawful, days_ago=31))
    assert (stale.code, stale.opens_at) == ("external_registry.stale", None)
    without_age = {"registry": "us_dnc"}
    assert judged("external_registry", without_age, _looked_up(lawful, days_ago=900)).closes_at is None


def test_listed(lawful: Facts) -> None:
    """Who is listed is not called, also where the look-up is old."""
    for days in (1, 90):
        facts = _looked_up(lawful, listed=True, days_ago=days)
        assert said("external_registry", DNC, facts) == "deny external_registry.listed"


def test_never_looked_up(lawful: Facts) -> None:
    """Another registry says nothing about this one; a rule may let it pass."""
    other = replace(_looked_up(lawful), registries={"uk_tps": Listing(False, lawful.now)})
    assert said("external_registry", DNC, other) == "deny external_registry.unknown"
    permitting = {**DNC, "unknown": "permit"}
    assert said("external_registry", permitting, other) == "permit external_registry.unknown"


def test_a_consent_to_these_calls_counts_more(lawful: Facts) -> None:
    """Only where the rule says so, only one that names this enterprise, and only while it holds."""
    until = lawful.now + HOUR
    consent = Consent(
        id="c-1",
        evidence="web",
        enterprise=lawful.enterprise,
        purpose=None,
        product=None,
        channel=None,
        covers=frozenset({"calls"}),
        given_at=lawful.now - DAY,
        until=until,
    )
    facts = replace(_looked_up(lawful, listed=True), consents=(consent,))
    overriding = {**DNC, "consent_overrides": True}
    assert said("external_registry", DNC, facts) == "deny external_registry.listed"
    verdict = judged("external_registry", overriding, facts)
    assert (verdict.code, verdict.closes_at) == ("external_registry.consented", until)
    to_all = replace(facts, consents=(replace(consent, enterprise=None),))
    assert said("external_registry", overriding, to_all) == "deny external_registry.listed"
    coming = replace(facts, consents=(replace(consent, given_at=until, until=None),))
    assert judged("external_registry", overriding, coming).opens_at == until
