"""The call must be recorded: deny where that is impossible, else oblige to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.over_time import check_unknown, unknown
from dialer.core.verdict import Obligation, Verdict

DUTIES = {
    "conversation": (Obligation("record_bridge"),),
    "whole_call": (Obligation("record_call"),),
}


@dataclass(frozen=True, slots=True)
class Params:
    """`what`: `conversation`, from the agent's joining on, or `whole_call`, from the answer on.

    `unknown`: `permit|deny` where nobody said whether recording works; what is permitted is obliged all the same.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    what: str = "conversation"
    unknown: str = "deny"

    def __post_init__(self) -> None:
        if self.what not in DUTIES:
            raise ValueError("what is conversation or whole_call")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Oblige to record; whoever cannot may not call."""
    values = {"what": params.what}
    if facts.recording_possible is False:
        return Verdict("recording.not_possible", True, None, None, values)
    if facts.recording_possible is None and params.unknown == "deny":
        return unknown("recording.unknown", params.unknown, facts)
    return Verdict("recording.obliged", False, facts.now, None, values, DUTIES[params.what])
