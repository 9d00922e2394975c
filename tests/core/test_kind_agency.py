"""Kind agency: not exited, nothing overdue, inspected lately."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, Inspection, Standing

ALL = {"checks": ["active", "not_rectifying", "rectified", "inspected"], "inspected_days": 30}


def _standing(facts: Facts, *inspections: Inspection, status: str = "active", **more: Any) -> Facts:
    return replace(facts, agency_standing=Standing(status, inspections=inspections, **more))


@pytest.mark.parametrize(
    "params",
    [{"checks": []}, {"checks": ["nice"]}, {**ALL, "inspected_days": 0}, {**ALL, "unknown": "maybe"}],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """No check, a strange one, no day and a strange answer are refused."""
    with pytest.raises(ValidationError):
        params_of("agency", params)


def test_an_agency_in_good_standing(lawful: Facts) -> None:
    """Inspected within the days: permitted until that inspection is too old; the enterprise itself always."""
    at = lawful.now - 10 * DAY
    facts = _standing(lawful, Inspection(at - DAY, "a"), Inspection(at, "b"))
    verdict = judged("agency", ALL, facts)
    assert (verdict.code, verdict.closes_at) == ("agency.in_order", at + 30 * DAY)
    assert said("agency", ALL, replace(lawful, agency=None, agency_standing=None)) == "permit agency.own"


@pytest.mark.parametrize(
    ("status", "check", "code"),
    [("exited", "active", "agency.exited"), ("rectifying", "not_rectifying", "agency.rectifying")],
)
def test_a_standing_that_denies(lawful: Facts, status: str, check: str, code: str) -> None:
    """From its first day on, and always where nobody said which day; another check does not look."""
    since = lawful.now + DAY
    coming = judged("agency", {"checks": [check]}, _standing(lawful, status=status, since=since))
    assert (coming.denied, coming.closes_at) == (False, since)
    found = judged("agency", {"checks": [check]}, _standing(lawful, status=status))
    assert (found.code, found.denied, found.opens_at) == (code, True, None)
    other = {"checks": ["rectified"]}
    assert said("agency", other, _standing(lawful, status=status)) == "permit agency.in_order"


def test_what_is_to_be_mended(lawful: Facts) -> None:
    """Overdue once the last day is over, until it is mended; in time, it never was."""
    due, mended = lawful.now - DAY, lawful.now + DAY
    late = Inspection(lawful.now - 9 * DAY, "audit", due, mended)
    verdict = judged("agency", ALL, _standing(lawful, late))
    assert (verdict.code, verdict.opens_at) == ("agency.rectification_overdue", mended)
    assert verdict.values["by"] == "audit"
    in_time = replace(late, rectified_at=due - DAY)
    assert said("agency", ALL, _standing(lawful, in_time)) == "permit agency.in_order"
    coming = replace(late, rectify_before=mended, rectified_at=None)
    assert judged("agency", ALL, _standing(lawful, coming)).closes_at == mended


def test_no_inspection_that_counts(lawful: Facts) -> None:
    """Never, too long ago, or only to come: denied until the next one."""
    old = Inspection(lawful.now - 30 * DAY, "a")
    assert said("agency", ALL, _standing(lawful)) == "deny agency.not_inspected"
    assert judged("agency", ALL, _standing(lawful, old)).opens_at is None
    coming = Inspection(lawful.now + DAY, "a")
    assert judged("agency", ALL, _standing(lawful, old, coming)).opens_at == coming.at


def test_nothing_is_known(lawful: Facts) -> None:
    """Of its standing, or of its inspections where they are asked for: denied unless the rule lets it."""
    untold = replace(lawful, agency_standing=None)
    uninspected = replace(lawful, agency_standing=Standing("active"))
    for facts in (untold, uninspected):
        assert said("agency", ALL, facts) == "deny agency.unknown"
        assert said("agency", {**ALL, "unknown": "permit"}, facts) == "permit agency.unknown"
    assert said("agency", {"checks": ["active"]}, uninspected) == "permit agency.in_order"
