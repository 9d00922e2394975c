"""Kind consent: kinds of evidence, age, scope, and an opt-out that withdraws all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Consent, Facts
from dialer.core.policy import Purpose


@pytest.fixture
def consent(lawful: Facts) -> Consent:
    """A written consent to everything by this enterprise, ten days old."""
    return Consent(
        id="c-1",
        evidence="writing",
        enterprise=lawful.enterprise,
        purpose=None,
        product=None,
        channel=None,
        covers=frozenset({"calls"}),
        given_at=lawful.now - 10 * DAY,
    )


@pytest.mark.parametrize(
    "params",
    [
        {"kinds": 0},
        {"kinds": 5},
        {"kinds": 2, "evidence": ["sms"]},
        {"evidence": ["hearsay"]},
        {"covers": "everything"},
        {"max_age_days": 0},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """More kinds than there are, and evidence that is none, are refused."""
    with pytest.raises(ValidationError):
        params_of("consent", params)


def test_none_on_record_is_none(lawful: Facts) -> None:
    """Without a proof there is no consent."""
    assert said("consent", {}, replace(lawful, consents=())) == "deny consent.none"


def test_kinds_of_evidence_are_counted_once(lawful: Facts, consent: Consent) -> None:
    """Two of three kinds are too few, and two proofs of one kind are one kind."""
    sms, web = (replace(consent, id=one, evidence=one) for one in ("sms", "web"))
    three = {"kinds": 3}
    assert said("consent", three, replace(lawful, consents=(consent, sms, web))) == "permit consent.given"
    assert said("consent", three, replace(lawful, consents=(consent, sms))) == "deny consent.too_few"
    again = replace(consent, id="c-2")
    assert said("consent", {"kinds": 2}, replace(lawful, consents=(consent, again))) == "deny consent.too_few"
    only_sms = {"evidence": ["sms"]}
    assert said("consent", only_sms, replace(lawful, consents=(consent,))) == "deny consent.none"


@pytest.mark.parametrize(
    "changes",
    [
        {"enterprise": "other"},
        {"purpose": Purpose.MARKETING},
        {"product": "insurance"},
        {"channel": "sms"},
        {"covers": frozenset({"hours"})},
    ],
)
def test_a_consent_to_something_else(lawful: Facts, consent: Consent, changes: dict[str, Any]) -> None:
    """Of another enterprise, purpose, product, channel, or only to hours: it does not count."""
    facts = replace(lawful, consents=(replace(consent, **changes),))
    assert said("consent", {}, facts) == "deny consent.none"


def test_consent_to_hours(lawful: Facts, consent: Consent) -> None:
    """A rule may ask for consent to calls outside hours."""
    facts = replace(lawful, consents=(replace(consent, covers=frozenset({"hours"})),))
    assert said("consent", {"covers": "hours"}, facts) == "permit consent.given"


def test_a_consent_begins_ends_and_grows_old(lawful: Facts, consent: Consent) -> None:
    """[given_at, until), and no longer than the age that the rule allows."""
    until = lawful.now + HOUR
    ending = replace(lawful, consents=(replace(consent, until=until),))
    assert judged("consent", {}, ending).closes_at == until
    aged = replace(lawful, consents=(consent,))
    assert judged("consent", {"max_age_days": 11}, aged).closes_at == lawful.now + DAY
    assert said("consent", {"max_age_days": 10}, aged) == "deny consent.none"
    coming = replace(lawful, consents=(replace(consent, given_at=until),))
    assert judged("consent", {}, coming).opens_at == until


def test_an_opt_out_withdraws_what_was_given_before(lawful: Facts, consent: Consent) -> None:
    """Also at the same instant, and for good; a later consent counts, and an opt-out from SMS is none from calls."""
    opt_out = replace(lawful.preferences[0], kind="opt_out", purpose=None, stated_at=consent.given_at)
    facts = replace(lawful, consents=(consent,), preferences=(opt_out,))
    assert judged("consent", {}, facts).opens_at is None
    later = replace(consent, given_at=consent.given_at + HOUR)
    assert said("consent", {}, replace(facts, consents=(consent, later))) == "permit consent.given"
    elsewhere = replace(facts, preferences=(replace(opt_out, channel="sms"),))
    assert said("consent", {}, elsewhere) == "permit consent.given"
    passed = replace(facts, preferences=(replace(opt_out, until=consent.given_at + HOUR),))
    assert said("consent", {}, passed) == "deny consent.none"
