"""How far the list is on which the caller ID stands: submitted to the regulator, acknowledged, or sent back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.over_time import check_unknown
from dialer.core.verdict import Verdict

REASONS = {
    "unsubmitted": "number_list.unsubmitted",
    "submitted": "number_list.not_acknowledged",
    "rejected": "number_list.rejected",
    "withdrawn": "number_list.withdrawn",
}


@dataclass(frozen=True, slots=True)
class Params:
    """`denied_states`: the states that deny, of `unsubmitted|submitted|rejected|withdrawn`.

    `submitted` is not acknowledged yet; what is acknowledged never denies. `unknown`: `permit|deny` where nobody said.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    denied_states: frozenset[str]
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted(self.denied_states - set(REASONS))
        if wrong or not self.denied_states:
            raise ValueError(f"denied states are {', '.join(REASONS)}; not {wrong or 'nothing'}")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a number whose list is in a state that denies, with a reason for each."""
    state = facts.number_list
    values = {"caller_id": facts.caller_id, "state": state}
    if state not in (*REASONS, "acknowledged"):
        denied = params.unknown == "deny"
        return Verdict("number_list.unknown", denied, None if denied else facts.now, None, values)
    if state in params.denied_states:
        return Verdict(REASONS[state], True, None, None, values)
    return Verdict("number_list.in_order", False, facts.now, None, values)
