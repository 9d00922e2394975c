"""A call is what it does, not what it is called: with a debt past due a reminder collects, with an offer it sells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.channel import EVERY, VOICE
from dialer.core.rules.over_time import check_unknown, unknown
from dialer.core.verdict import Value, Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`most_overdue_days`: how many days the debt may be past due for the purpose to stand; None does not ask.

    `barred_parts`: parts of a script that make the call marketing. `unknown`: `permit|deny` where neither the debt's
    age nor the script is known.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    most_overdue_days: int | None = None
    barred_parts: frozenset[str] = frozenset()
    unknown: str = "deny"

    def __post_init__(self) -> None:
        if self.most_overdue_days is None and not self.barred_parts:
            raise ValueError("a rule that asks neither for the debt's age nor for the words asks nothing")
        if self.most_overdue_days is not None and self.most_overdue_days < 0:
            raise ValueError("days past due are none or more")
        check_unknown(self.unknown)

    @property
    def channels(self) -> frozenset[str]:
        """Who asks for the words only looks at scripts, and those are spoken."""
        return VOICE if self.most_overdue_days is None else EVERY


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a purpose that the debt's age or the words of the script belie, naming what the call really is."""
    overdue, script = facts.overdue_days, facts.script
    most = params.most_overdue_days
    values: dict[str, Value] = {"purpose": facts.purpose.value, "overdue_days": overdue}
    if most is not None and overdue is not None and overdue > most:
        return Verdict("purpose.is_collection", True, None, None, values)
    barred = sorted(params.barred_parts & script.parts) if script is not None else []
    if barred:
        return Verdict("purpose.is_marketing", True, None, None, {**values, "parts": "+".join(barred)})
    if (most is not None and overdue is None) or (params.barred_parts and script is None):
        return unknown("purpose.unknown", params.unknown, facts)
    return Verdict("purpose.stands", False, facts.now, None, values)
