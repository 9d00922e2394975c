"""Kind frequency: windows of days, hours and months, and touches that a direct prior consent excuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kind_kit import DAY, HOUR, MICROSECOND, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Consent, Facts, Preference, ZoneSource

SEVEN_IN_SEVEN = {"most": 7, "per": "person_debt", "counts": "attempts", "window": "days", "window_n": 7}


def _facts(lawful: Facts, params: dict[str, Any], now: str, *touches: str) -> Facts:
    at = datetime.fromisoformat(f"{now}+08:00").astimezone(UTC)
    instants = sorted(
        (datetime.fromisoformat(f"{one}+08:00").astimezone(UTC) for one in touches), reverse=True
    )
    return replace(lawful, now=at, touches={params_of("frequency", params).as_limit().key: tuple(instants)})


def _agreed(facts: Facts, given_at: datetime, **more: Any) -> Facts:
    known = {"enterprise": None, "purpose": None, "product": None, "channel": None}
    consent = Consent("c", "telephone", covers=frozenset({"calls"}), given_at=given_at, **{**known, **more})
    return replace(facts, consents=(consent,))


@pytest.mark.parametrize(
    "changes",
    [
        {"most": 0},
        {"window_n": 0},
        {"window": "weeks"},
        {"per": "household"},
        {"counts": "smiles"},
        {"direct_prior_consent_days": -1},
        {"per": "person_enterprise", "same_enterprise": False},
    ],
)
def test_params_that_mean_nothing(changes: dict[str, Any]) -> None:
    """A limit of zero, a window of no length, an unknown subject: refused."""
    with pytest.raises(ValidationError):
        params_of("frequency", {**SEVEN_IN_SEVEN, **changes})


def test_consecutive_days(lawful: Facts) -> None:
    """The day of a touch is day 1: it counts until its seventh day ends, wherever on that day it was."""
    touches = ["2026-11-18T23:59:00", *(f"2026-11-2{n}T10:00:00" for n in (0, 1, 2, 3, 3, 4))]
    facts = _facts(lawful, SEVEN_IN_SEVEN, "2026-11-24T12:00:00", *touches)
    verdict = judged("frequency", SEVEN_IN_SEVEN, facts)
    assert verdict.opens_at == datetime.fromisoformat("2026-11-25T00:00:00+08:00")


def test_a_calendar_month(lawful: Facts) -> None:
    """Three in a month: the fourth waits for the first of the next month."""
    params = {"most": 3, "per": "person", "counts": "contacts", "window": "calendar_month"}
    touches = ["2026-11-01T00:00:00", "2026-11-24T10:00:00", "2026-11-24T11:00:00"]
    facts = _facts(lawful, params, "2026-11-30T23:59:59", *touches)
    verdict = judged("frequency", params, facts)
    assert verdict.opens_at == datetime.fromisoformat("2026-12-01T00:00:00+08:00")
    before = _facts(lawful, params, "2026-11-30T23:59:59", "2026-10-31T23:59:59.999999", *touches[1:])
    assert said("frequency", params, before) == "permit frequency.below"


def test_two_calendar_months_over_the_year(lawful: Facts) -> None:
    """November's touch leaves a window of two months when January begins."""
    params = {"most": 1, "per": "person", "counts": "attempts", "window": "calendar_month", "window_n": 2}
    facts = _facts(lawful, params, "2026-12-31T10:00:00", "2026-11-30T10:00:00")
    verdict = judged("frequency", params, facts)
    assert verdict.opens_at == datetime.fromisoformat("2027-01-01T00:00:00+08:00")


def test_days_in_several_zones(lawful: Facts) -> None:
    """Where two zones are possible, a day ends when it ends in both."""
    params = {"most": 1, "per": "person", "counts": "attempts", "window": "days"}
    facts = _facts(lawful, params, "2026-11-24T22:00:00", "2026-11-24T21:00:00")
    zones = (ZoneSource("number", "America/New_York"), ZoneSource("address", "America/Los_Angeles"))
    verdict = judged("frequency", params, replace(facts, zones=zones))
    assert verdict.opens_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_direct_prior_consent_excuses(lawful: Facts) -> None:
    """Who has just agreed is called although the window is full, until the days after his consent are over."""
    params = {**SEVEN_IN_SEVEN, "most": 1, "direct_prior_consent_days": 2}
    facts = _facts(lawful, params, "2026-11-24T10:00:00", "2026-11-24T09:00:00")
    verdict = judged("frequency", params, _agreed(facts, facts.now - HOUR))
    assert verdict.code == "frequency.consented"
    assert verdict.closes_at == datetime.fromisoformat("2026-11-26T00:00:00+08:00")
    day_before = datetime.fromisoformat("2026-11-23T00:00:00+08:00")
    assert said("frequency", params, _agreed(facts, day_before)) == "permit frequency.consented"
    assert said("frequency", params, _agreed(facts, day_before - MICROSECOND)) == "deny frequency.full"


@pytest.mark.parametrize(
    "more",
    [{"covers": frozenset({"hours"})}, {"enterprise": "another"}, {"channel": "sms"}, {"product": "tax"}],
)
def test_consent_to_something_else(lawful: Facts, more: dict[str, Any]) -> None:
    """A consent that is not to this call excuses nothing."""
    params = {**SEVEN_IN_SEVEN, "most": 1, "direct_prior_consent_days": 7}
    facts = _facts(lawful, params, "2026-11-24T10:00:00", "2026-11-24T09:00:00")
    agreed = _agreed(facts, facts.now - HOUR)
    changed = replace(agreed, consents=(replace(agreed.consents[0], **more),))
    assert said("frequency", params, changed) == "deny frequency.full"


def test_an_opt_out_or_its_end_takes_the_excuse_away(lawful: Facts) -> None:
    """A consent that was withdrawn, or that has ended, excuses nothing any more."""
    params = {**SEVEN_IN_SEVEN, "most": 1, "direct_prior_consent_days": 7}
    facts = _facts(lawful, params, "2026-11-24T10:00:00", "2026-11-24T09:00:00")
    ended = _agreed(facts, facts.now - HOUR, until=facts.now)
    assert said("frequency", params, ended) == "deny frequency.full"
    said_no = Preference("p", "opt_out", None, None, None, None, "key", facts.now - timedelta(minutes=1))
    withdrawn = replace(_agreed(facts, facts.now - HOUR), preferences=(said_no,))
    assert said("frequency", params, withdrawn) == "deny frequency.full"


def test_an_excuse_longer_than_the_window(lawful: Facts) -> None:
    """Where the window has room before the excuse ends, nothing closes."""
    params = {**SEVEN_IN_SEVEN, "most": 1, "window_n": 1, "direct_prior_consent_days": 5}
    facts = _facts(lawful, params, "2026-11-24T10:00:00", "2026-11-24T09:00:00")
    assert judged("frequency", params, _agreed(facts, facts.now - DAY)).closes_at is None


def test_a_missing_series_is_no_permit(lawful: Facts) -> None:
    """Counts that nobody looked up raise, and a rule that raises denies."""
    with pytest.raises(KeyError):
        judged("frequency", SEVEN_IN_SEVEN, replace(lawful, touches={}))
