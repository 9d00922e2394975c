"""What must be kept is kept long enough: the site's settings are at or above the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.channel import EVERY, VOICE
from dialer.core.rules.over_time import check_unknown
from dialer.core.verdict import Value, Verdict

DATA = frozenset({"recording", "call_detail", "consent", "decision"})


@dataclass(frozen=True, slots=True)
class Params:
    """`data`: what is kept, `recording|call_detail|consent|decision`; `least_days`: for how many days at least.

    A text that says months or years is written as the longest days those can be. `unknown`: `permit|deny` where
    nobody said how long it is kept.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    data: str
    least_days: int
    unknown: str = "deny"

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"data is {', '.join(sorted(DATA))}")
        if self.least_days < 1:
            raise ValueError("what must be kept is kept for at least one day")
        check_unknown(self.unknown)

    @property
    def channels(self) -> frozenset[str]:
        """Of a message nothing is recorded."""
        return VOICE if self.data == "recording" else EVERY


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny where the data would be deleted before its time."""
    values: dict[str, Value] = {"data": params.data, "least_days": params.least_days}
    if params.data not in facts.retention_days:
        denied = params.unknown == "deny"
        return Verdict("retention.unknown", denied, None if denied else facts.now, None, values)
    kept = facts.retention_days[params.data]
    values["kept_days"] = kept
    if kept is not None and kept < params.least_days:
        return Verdict("retention.too_short", True, None, None, values)
    return Verdict("retention.kept", False, facts.now, None, values)
