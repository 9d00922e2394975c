"""What licences and entrustments share: a document that covers a call, with a period and a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.core.facts import Facts, Period
from dialer.core.verdict import Value, Verdict

Document = tuple[str, Period, str, bool]


@dataclass(frozen=True, slots=True)
class Covering:
    """`kind` prefixes the reason codes; `values` is what every finding shows."""

    kind: str
    values: Mapping[str, Value]
    facts: Facts


def judge_covering(about: Covering, documents: Sequence[Document]) -> Verdict:
    """Permit if one document covers the call now; else deny by the one that comes nearest.

    `documents`: (number, period, status, whether its scope covers the call).
    """
    holding = [one for one in documents if one[3] and one[2] == "valid" and one[1].holds(about.facts.now)]
    if holding:
        number, period, _, _ = max(
            holding, key=lambda one: (one[1].end is None, one[1].end or about.facts.now)
        )
        return Verdict(
            code=f"{about.kind}.holds",
            denied=False,
            opens_at=about.facts.now,
            closes_at=covered_until(about.facts.now, documents, period),
            values={**about.values, "document": number},
        )
    coming = [
        one
        for one in documents
        if one[3] and one[2] == "valid" and one[1].start is not None and one[1].start > about.facts.now
    ]
    opens_at = min((one[1].start for one in coming if one[1].start is not None), default=None)
    number, code, date = _nearest(about, documents)
    values = {**about.values, "document": number, "date": date}
    return Verdict(code=f"{about.kind}.{code}", denied=True, opens_at=opens_at, values=values)


def covered_until(now: datetime, documents: Sequence[Document], period: Period) -> datetime | None:
    """The first instant after `now` that no covering document holds."""
    end = period.end
    while end is not None:
        following = [one[1] for one in documents if one[3] and one[2] == "valid" and one[1].holds(end)]
        if not following:
            return end
        ends = [one.end for one in following]
        end = None if None in ends else max(one for one in ends if one is not None)
    return None


def _nearest(about: Covering, documents: Sequence[Document]) -> tuple[str, str, str]:
    """The document to name, why it does not hold, and the date that matters: ended before unsuited before none."""
    for number, _, status, covers in documents:
        if covers and status != "valid":
            return number, "not_valid", status
    for number, period, _, covers in documents:
        if covers and period.end is not None and period.end <= about.facts.now:
            return number, "ended", about.facts.told(period.end)
        if covers and period.start is not None:
            return number, "not_begun", about.facts.told(period.start)
    for number, _, _, _ in documents:
        return number, "out_of_scope", ""
    return "", "none", ""
