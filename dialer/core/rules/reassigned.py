"""Whether the line still belongs to the same subscriber, by a look-up that is not older than so many days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.verdict import Value, Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`max_age_days`: a look-up serves so many days of 24 hours. `unknown`: what holds without one, `permit|deny`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    max_age_days: int
    unknown: str = "deny"

    def __post_init__(self) -> None:
        if self.max_age_days < 1:
            raise ValueError("a look-up serves at least one day")
        if self.unknown not in ("permit", "deny"):
            raise ValueError("unknown is permit or deny")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a line that went to somebody else, one never looked up, and one looked up too long ago."""
    found = facts.reassigned
    denies = params.unknown == "deny"
    if found is None:
        return Verdict("reassigned.unknown", denies, None if denies else facts.now)
    values: dict[str, Value] = {
        "checked_at": facts.told(found.checked_at),
        "max_age_days": params.max_age_days,
    }
    if found.reassigned:
        return Verdict("reassigned.other_subscriber", True, None, None, values)
    until = found.checked_at + timedelta(days=params.max_age_days)
    if until <= facts.now:
        return Verdict("reassigned.stale", denies, None if denies else facts.now, None, values)
    return Verdict("reassigned.same_subscriber", False, facts.now, until if denies else None, values)
