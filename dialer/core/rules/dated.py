"""What licences and entrustments share: a document that covers a call, with a period and a status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dialer.core.facts import Facts, Period
from dialer.core.verdict import Value, Verdict

Document = tuple[str, Period, str, bool]
# Statuses that are reasons of their own: see `entrusted`.
UNDERIVED = ("sub_without_consent", "sub_of_nothing")


def judge_covering(
    kind: str, values: dict[str, Value], facts: Facts, documents: Sequence[Document]
) -> Verdict:
    """Permit if one document covers the call now; else deny by the one that comes nearest.

    `kind` prefixes the reason codes; `values` is what every finding shows, and gains what this one adds.
    `documents`: (number, period, status, whether its scope covers the call).
    """
    now = facts.now
    longest: Document | None = None
    for one in documents:
        if one[3] and one[2] == "valid" and one[1].holds(now):
            longest = one if longest is None else _longer(longest, one)
    if longest is not None:
        values["document"] = longest[0]
        closes_at = covered_until(now, documents, longest[1])
        return Verdict(f"{kind}.holds", False, now, closes_at, values)
    starts = [
        start
        for _, period, status, covers in documents
        if covers and status == "valid" and (start := period.start) is not None and start > now
    ]
    values["document"], code, values["date"], period = _nearest(facts, documents)
    values["until"] = facts.told(period.end) if period.end is not None else "no_end"
    return Verdict(f"{kind}.{code}", True, min(starts, default=None), None, values)


def _longer(one: Document, other: Document) -> Document:
    """The document that holds longer; the first of two that end together."""
    if one[1].end is None or (other[1].end is not None and other[1].end <= one[1].end):
        return one
    return other


def covered_until(now: datetime, documents: Sequence[Document], period: Period) -> datetime | None:
    """The first instant after `now` that no covering document holds; `period` is that of one which holds now."""
    end = period.end
    if len(documents) == 1:
        return end
    while end is not None:
        following = [one[1] for one in documents if one[3] and one[2] == "valid" and one[1].holds(end)]
        if not following:
            return end
        ends = [one.end for one in following]
        end = None if None in ends else max(one for one in ends if one is not None)
    return None


def _nearest(facts: Facts, documents: Sequence[Document]) -> tuple[str, str, str, Period]:
    """The document to name, why it does not hold, the date or status that matters, its period.

    Ended before unsuited before none.
    """
    for number, period, status, covers in documents:
        if covers and status in UNDERIVED:
            return number, status, "", period
        if covers and status != "valid":
            return number, "not_valid", status, period
    for number, period, _, covers in documents:
        if covers and period.end is not None and period.end <= facts.now:
            return number, "ended", facts.told(period.end), period
        if covers and period.start is not None:
            return number, "not_begun", facts.told(period.start), period
    for number, period, _, _ in documents:
        return number, "out_of_scope", "", period
    return "", "none", "", Period()
