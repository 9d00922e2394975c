"""Kind purpose: the debt's age and the words of the script belie what a call says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts
from dialer.core.policy import Purpose

NOT_DUE = {"most_overdue_days": 0}
NO_OFFER = {"barred_parts": ["promotion"]}


@pytest.mark.parametrize("params", [{}, {"most_overdue_days": -1}, {**NOT_DUE, "unknown": "maybe"}])
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """A rule that asks nothing is refused."""
    with pytest.raises(ValidationError):
        params_of("purpose", params)


def test_a_reminder_with_a_debt_past_due_collects(lawful: Facts) -> None:
    """From the first day past due; the finding shows how many and that it was called a reminder."""
    reminder = replace(lawful, purpose=Purpose.REMINDER, overdue_days=0)
    assert said("purpose", NOT_DUE, reminder) == "permit purpose.stands"
    verdict = judged("purpose", NOT_DUE, replace(reminder, overdue_days=1))
    assert (verdict.code, verdict.opens_at) == ("purpose.is_collection", None)
    assert verdict.values == {"purpose": "reminder", "overdue_days": 1}
    assert said("purpose", {"most_overdue_days": 1}, replace(reminder, overdue_days=1)).startswith("permit")


def test_an_offer_makes_it_marketing(lawful: Facts) -> None:
    """A script with a barred part, and only that; the debt's age is not asked."""
    script = lawful.script
    assert script is not None
    offering = replace(lawful, script=replace(script, parts=script.parts | {"promotion"}), overdue_days=None)
    assert said("purpose", NO_OFFER, offering) == "deny purpose.is_marketing"
    assert said("purpose", NO_OFFER, lawful) == "permit purpose.stands"


def test_what_cannot_be_checked(lawful: Facts) -> None:
    """An unknown age or script denies where it is asked for, unless the rule lets it."""
    for params, facts in (
        (NOT_DUE, replace(lawful, overdue_days=None)),
        (NO_OFFER, replace(lawful, script=None)),
    ):
        assert said("purpose", params, facts) == "deny purpose.unknown"
        assert said("purpose", {**params, "unknown": "permit"}, facts) == "permit purpose.unknown"
    assert said("purpose", NOT_DUE, replace(lawful, script=None, overdue_days=0)) == "permit purpose.stands"
