"""Nobody acts for an enterprise without its written authority: agency and platform, purpose, product, period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.dated import Covering, judge_covering
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
        return Verdict(
            code="entrustment.own", denied=False, opens_at=facts.now, values={"party": params.party}
        )
    values = {
        "party": party,
        "enterprise": facts.enterprise,
        "purpose": facts.purpose.value,
        "product": facts.product,
    }
    if params.party == "agency" and not facts.agency_known:
        return Verdict(code="entrustment.party_unknown", denied=True, opens_at=None, values=values)
    return judge_covering(
        Covering("entrustment", values, facts),
        [
            (
                one.document,
                one.period,
                one.status,
                facts.purpose in one.purposes and facts.product in one.products,
            )
            for one in facts.entrustments
            if one.party == party
        ],
    )
