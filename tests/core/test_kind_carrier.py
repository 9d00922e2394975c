"""Kind carrier: the telecom enterprise is licensed, and reviewed whom it serves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Carrier, Facts, Period


def _with(facts: Facts, **changes: Any) -> Facts:
    assert facts.carrier is not None
    return replace(facts, carrier=replace(facts.carrier, **changes))


def _carrier(facts: Facts) -> Carrier:
    assert facts.carrier is not None
    return facts.carrier


@pytest.mark.parametrize(
    "params",
    [
        {"reviewed": ["colour"]},
        {"licensed": False, "reviewed": []},
        {"review_max_age_days": 0},
        {"unknown": "maybe"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """A rule that asks nothing, or for a document that is none, is refused."""
    with pytest.raises(ValidationError):
        params_of("carrier", params)


def test_licensed_and_reviewed(lawful: Facts) -> None:
    """Permitted until the carrier's own licence ends."""
    verdict = judged("carrier", {}, lawful)
    assert (verdict.code, verdict.closes_at) == ("carrier.reviewed", _carrier(lawful).period.end)


def test_a_carrier_without_licence(lawful: Facts) -> None:
    """No number, a revoked one, or outside its period; the next period opens again."""
    assert said("carrier", {}, _with(lawful, licence="")) == "deny carrier.not_licensed"
    assert said("carrier", {}, _with(lawful, status="revoked")) == "deny carrier.not_licensed"
    start = lawful.now + HOUR
    coming = judged("carrier", {}, _with(lawful, period=Period(start, None)))
    assert (coming.code, coming.opens_at) == ("carrier.licence_not_begun", start)
    assert said("carrier", {"licensed": False}, _with(lawful, status="revoked")) == "permit carrier.reviewed"


def test_what_was_reviewed_must_be_of_this_call(lawful: Facts) -> None:
    """Either the enterprise's licence or the document of this call's agency; nobody else's."""
    review = (_carrier(lawful).reviews or ())[0]
    licence = replace(review, what="licence", document="JR-1")
    other = replace(review, document="WT-9")
    assert said("carrier", {}, _with(lawful, reviews=(licence,))) == "permit carrier.reviewed"
    assert said("carrier", {}, _with(lawful, reviews=(other,))) == "deny carrier.not_reviewed"
    only_licence = {"reviewed": ["licence"]}
    assert said("carrier", only_licence, lawful) == "deny carrier.not_reviewed"
    assert said("carrier", {"reviewed": []}, _with(lawful, reviews=())) == "permit carrier.licensed"


def test_a_review_counts_from_its_day_to_its_age(lawful: Facts) -> None:
    """Not before it was done, and not once it is too old."""
    review = (_carrier(lawful).reviews or ())[0]
    begun, days = lawful.now - DAY, {"review_max_age_days": 2}
    done = _with(lawful, reviews=(replace(review, reviewed_at=begun),))
    assert judged("carrier", days, done).closes_at == begun + 2 * DAY
    coming = _with(lawful, reviews=(replace(review, reviewed_at=lawful.now + HOUR),))
    assert judged("carrier", days, coming).opens_at == lawful.now + HOUR


def test_nothing_known(lawful: Facts) -> None:
    """An unknown carrier or unknown reviews deny, unless the rule lets them."""
    for facts in (replace(lawful, carrier=None), _with(lawful, reviews=None)):
        assert said("carrier", {}, facts) == "deny carrier.unknown"
        assert said("carrier", {"unknown": "permit"}, facts) == "permit carrier.unknown"


def test_a_review_that_is_too_old(lawful: Facts) -> None:
    """The reason says until when it counted, and opens for one that is to come."""
    review = (_carrier(lawful).reviews or ())[0]
    days = {"review_max_age_days": 2}
    old = replace(review, reviewed_at=lawful.now - 2 * DAY)
    verdict = judged("carrier", days, _with(lawful, reviews=(old,)))
    assert (verdict.code, verdict.values["date"]) == ("carrier.review_ended", lawful.told(lawful.now))
    ended = judged("carrier", {}, _with(lawful, period=Period(None, lawful.now)))
    assert (ended.code, ended.values["date"]) == ("carrier.licence_ended", lawful.told(lawful.now))
