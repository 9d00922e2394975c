"""What is held against the caller ID: suspended by its carrier, noticed, complained of, marked as spam."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialer.core.facts import Facts, NumberHealth
from dialer.core.rules.over_time import check_unknown, over_time, unknown
from dialer.core.verdict import Value, Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`suspended`: a number that its carrier suspended denies; `noticed`: so does a notice nobody has answered.

    `most_complaints`, `most_labels`: so many open complaints, and names that mark it as spam, are borne; None is any
    number. `appealed`: an appeal that was upheld clears both. `unknown`: `permit|deny` where nobody told us.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    suspended: bool = True
    noticed: bool = False
    most_complaints: int | None = None
    most_labels: int | None = None
    appealed: bool = True
    unknown: str = "deny"

    def __post_init__(self) -> None:
        counted = [one for one in (self.most_complaints, self.most_labels) if one is not None]
        if not (self.suspended or self.noticed or counted):
            raise ValueError("a rule that looks at nothing of a number's health asks nothing")
        if any(one < 0 for one in counted):
            raise ValueError("most_complaints and most_labels are none or more")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a number that is suspended, noticed, or has more against it than is borne."""
    health = facts.number_health
    if health is None:
        return unknown("number_health.unknown", params.unknown, facts)
    return over_time(facts, lambda at: _at(params, facts, health, at), (health.suspended_since,))


def _at(params: Params, facts: Facts, health: NumberHealth, at: datetime) -> Verdict:
    values: dict[str, Value] = {"caller_id": facts.caller_id, "appeal": health.appeal}
    since = health.suspended_since
    if params.suspended and since is not None and since <= at:
        return Verdict("number_health.suspended", True, None, None, {**values, "date": facts.told(since)})
    if params.noticed and health.notice is not None:
        return Verdict("number_health.noticed", True, None, None, {**values, "notice": health.notice})
    if not (params.appealed and health.appeal == "upheld"):
        most = params.most_complaints
        if most is not None and health.complaints > most:
            values |= {"complaints": health.complaints, "most": most}
            return Verdict("number_health.complained", True, None, None, values)
        most = params.most_labels
        if most is not None and len(health.labels) > most:
            values |= {"labels": ", ".join(health.labels), "most": most}
            return Verdict("number_health.labelled", True, None, None, values)
    return Verdict("number_health.in_order", False, at, None, values)
