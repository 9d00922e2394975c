"""Nobody acts for an enterprise without its written authority: agency and platform, purpose, product, period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.entrusted import judge_entrusted
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`party`: whose authority is asked for, `agency` or `platform`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    party: str

    def __post_init__(self) -> None:
        if self.party not in ("agency", "platform"):
            raise ValueError("party is agency or platform")


def judge(params: Params, facts: Facts) -> Verdict:
    """Permit a call of the enterprise itself; deny a party without a document that covers this call today."""
    party = facts.agency if params.party == "agency" else facts.platform
    if party is None:
        return Verdict("entrustment.own", False, facts.now, None, {"party": params.party})
    if params.party == "agency" and not facts.agency_known:
        return Verdict("entrustment.party_unknown", True, None, None, {"party": party})
    return judge_entrusted("entrustment", party, facts)
