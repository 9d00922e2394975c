"""One debtor is called about one case from one number, so that he knows it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """Nothing to choose."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


def judge(_params: Params, facts: Facts) -> Verdict:
    """Deny another caller ID than the one first used for this person and case, while that may be used."""
    values = {"caller_id": facts.caller_id, "kept": facts.kept_caller_id or ""}
    if facts.kept_caller_id is None:
        return Verdict("same_number.first", False, facts.now, None, values)
    if facts.kept_caller_id != facts.caller_id:
        return Verdict("same_number.other", True, None, None, values)
    return Verdict("same_number.kept", False, facts.now, None, values)
