"""The telecom enterprise that carries the call holds its licence, and has reviewed whom it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Carrier, Facts, Review
from dialer.core.rules.over_time import check_unknown, over_time, unknown
from dialer.core.verdict import Value, Verdict

DOCUMENTS = frozenset({"licence", "entrustment"})


@dataclass(frozen=True, slots=True)
class Params:
    """`licensed`: its telecom licence is valid today. `reviewed`: one of these was reviewed; empty asks for none.

    `licence` is one of the enterprise's own, `entrustment` one of the agency or platform of this call.
    `review_max_age_days`: a review counts for so many days of 24 hours; None is without end. `unknown`:
    `permit|deny` where nothing is known of the carrier or its reviews.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    licensed: bool = True
    reviewed: frozenset[str] = DOCUMENTS
    review_max_age_days: int | None = None
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted(self.reviewed - DOCUMENTS)
        if wrong:
            raise ValueError(f"reviewed names licence, entrustment; not {wrong}")
        if not (self.licensed or self.reviewed):
            raise ValueError("a rule that asks neither for a licence nor for a review asks nothing")
        if self.review_max_age_days is not None and self.review_max_age_days < 1:
            raise ValueError("a review counts for at least one day")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a carrier whose licence does not hold now, or who has reviewed no document of this call's parties."""
    carrier = facts.carrier
    if carrier is None:
        return unknown("carrier.unknown", params.unknown, facts)
    return over_time(facts, lambda at: _at(params, facts, carrier, at), _boundaries(params, carrier))


def _at(params: Params, facts: Facts, carrier: Carrier, at: datetime) -> Verdict:
    values = {"carrier": carrier.id, "licence": carrier.licence, "status": carrier.status}
    if params.licensed and (carrier.status != "valid" or not carrier.licence):
        return Verdict("carrier.not_licensed", True, None, None, values)
    if params.licensed and not carrier.period.holds(at):
        return _out_of_time(facts, carrier, at, values)
    if not params.reviewed:
        return Verdict("carrier.licensed", False, at, None, values)
    if carrier.reviews is None:
        denied = params.unknown == "deny"
        return Verdict("carrier.unknown", denied, None if denied else at, None, values)
    for one in carrier.reviews:
        if _counts(params, facts, one, at):
            return Verdict("carrier.reviewed", False, at, None, values)
    lapsed = max(
        (
            end
            for one in carrier.reviews
            if one.what in params.reviewed and _of_this_call(one, facts) and (end := _end(params, one))
        ),
        default=None,
    )
    if lapsed is not None and lapsed <= at:
        return Verdict("carrier.review_ended", True, None, None, {**values, "date": facts.told(lapsed)})
    return Verdict("carrier.not_reviewed", True, None, None, values)


def _out_of_time(facts: Facts, carrier: Carrier, at: datetime, values: Mapping[str, Value]) -> Verdict:
    start, end = carrier.period.start, carrier.period.end
    if end is not None and end <= at:
        return Verdict("carrier.licence_ended", True, None, None, {**values, "date": facts.told(end)})
    date = facts.told(start) if start is not None else ""
    return Verdict("carrier.licence_not_begun", True, None, None, {**values, "date": date})


def _counts(params: Params, facts: Facts, review: Review, at: datetime) -> bool:
    end = _end(params, review)
    return (
        review.what in params.reviewed
        and review.reviewed_at <= at
        and (end is None or at < end)
        and _of_this_call(review, facts)
    )


def _of_this_call(review: Review, facts: Facts) -> bool:
    if review.what == "licence":
        return any(one.number == review.document for one in facts.licences)
    parties = (facts.agency, facts.platform)
    return any(one.document == review.document and one.party in parties for one in facts.entrustments)


def _end(params: Params, review: Review) -> datetime | None:
    days = params.review_max_age_days
    return None if days is None else review.reviewed_at + timedelta(days=days)


def _boundaries(params: Params, carrier: Carrier) -> list[datetime | None]:
    period = carrier.period
    found = [period.start, period.end] if params.licensed else []
    if params.reviewed:
        for one in carrier.reviews or ():
            found += (one.reviewed_at, _end(params, one))
    return found
