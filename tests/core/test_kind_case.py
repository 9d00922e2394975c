"""Kind case: open, with whoever calls, on no hold, and the debtor was told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, Hold, Period
from dialer.core.rules.case import STATUSES, TELL
from dialer.one_call import DUTIES

ALL = {"checks": ["status", "assignee", "hold", "told"]}


def _with(facts: Facts, **changes: Any) -> Facts:
    assert facts.case is not None
    return replace(facts, case=replace(facts.case, **changes))


@pytest.mark.parametrize(
    "params",
    [
        {"checks": []},
        {"checks": ["colour"]},
        {**ALL, "statuses": []},
        {**ALL, "statuses": ["open"]},
        {**ALL, "told_days": -1},
        {**ALL, "unknown": "maybe"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """A check, status or number of days that means nothing is refused."""
    with pytest.raises(ValidationError):
        params_of("case", params)


def test_an_open_case(lawful: Facts) -> None:
    """Assigned to the agency that calls, on no hold, the debtor told: permitted."""
    assert said("case", ALL, lawful) == "permit case.open"


@pytest.mark.parametrize("status", [one for one in STATUSES if one != "assigned"])
def test_a_case_in_another_status(lawful: Facts, status: str) -> None:
    """Denied for good, unless the rule names the status or does not look."""
    facts = _with(lawful, status=status)
    assert (said("case", ALL, facts), judged("case", ALL, facts).opens_at) == ("deny case.not_open", None)
    assert said("case", {**ALL, "statuses": ["assigned", status]}, facts) == "permit case.open"
    assert said("case", {"checks": ["hold"]}, facts) == "permit case.open"


def test_a_case_that_is_with_somebody_else(lawful: Facts) -> None:
    """The agency may not call for another, nor the enterprise while the case is with an agency."""
    assert said("case", ALL, _with(lawful, assigned_to="other")) == "deny case.assigned_elsewhere"
    assert said("case", ALL, _with(lawful, assigned_to=None)) == "deny case.assigned_elsewhere"
    assert said("case", ALL, replace(lawful, agency=None)) == "deny case.assigned_elsewhere"
    own = replace(_with(lawful, assigned_to=None, debtor_told_at=None), agency=None)
    assert said("case", ALL, own) == "permit case.open"


def test_a_hold_begins_and_ends(lawful: Facts) -> None:
    """Denied within [start, end); a hold without end is until somebody lifts it; the next hold follows on."""
    end = lawful.now + HOUR
    hold = Hold(Period(lawful.now, end), "bereavement")
    held = judged("case", ALL, _with(lawful, holds=(hold,)))
    assert (held.code, held.opens_at) == ("case.on_hold", end)
    following = Hold(Period(end, end + DAY), "hospital")
    assert judged("case", ALL, _with(lawful, holds=(hold, following))).opens_at == end + DAY
    open_end = _with(lawful, holds=(Hold(Period(lawful.now, None), "disaster"),))
    assert judged("case", ALL, open_end).opens_at is None
    coming = _with(lawful, holds=(Hold(Period(end, None), "disaster"),))
    assert judged("case", ALL, coming).closes_at == end
    assert said("case", {"checks": ["told"]}, open_end) == "permit case.open"


def test_the_debtor_is_told_first(lawful: Facts) -> None:
    """Not told denies for good; told lately denies until the days are over."""
    assert said("case", ALL, _with(lawful, debtor_told_at=None)) == "deny case.debtor_not_told"
    told = lawful.now - DAY
    waiting = judged("case", {**ALL, "told_days": 3}, _with(lawful, debtor_told_at=told))
    assert (waiting.code, waiting.opens_at) == ("case.debtor_told_late", told + 3 * DAY)
    assert judged("case", ALL, _with(lawful, debtor_told_at=lawful.now + HOUR)).opens_at == lawful.now + HOUR


def test_no_case_at_all(lawful: Facts) -> None:
    """Nothing known denies, unless the rule lets it."""
    facts = replace(lawful, case=None)
    assert said("case", ALL, facts) == "deny case.unknown"
    assert said("case", {**ALL, "unknown": "permit"}, facts) == "permit case.unknown"


def test_a_call_that_tells_the_debtor_first(lawful: Facts) -> None:
    """Where the rule lets it and the approved opening tells him: permitted, and obliged to; else denied as before."""
    tells = {**ALL, "tell_debtor": True}
    untold = _with(lawful, debtor_told_at=None)
    assert lawful.script is not None
    telling = replace(untold, script=replace(lawful.script, parts=lawful.script.parts | {"agency_told"}))
    verdict = judged("case", tells, telling)
    assert (verdict.code, verdict.denied) == ("case.tells_debtor", False)
    assert "tell_debtor" in {one.duty for one in verdict.obligations}
    assert "announce" in {one.duty for one in verdict.obligations}
    assert said("case", ALL, telling) == "deny case.debtor_not_told"
    assert said("case", tells, untold) == "deny case.debtor_not_told"
    draft = replace(telling, script=replace(telling.script, status="draft"))  # type: ignore[type-var]
    assert said("case", tells, draft) == "deny case.debtor_not_told"
    assert said("case", tells, replace(untold, script=None)) == "deny case.debtor_not_told"
    assert said("case", tells, _with(telling, status="ill")) == "deny case.not_open"


def test_the_controller_can_tell_him() -> None:
    """The duty is one that it discharges."""
    assert TELL.duty in DUTIES
