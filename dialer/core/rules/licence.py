"""The enterprise holds a licence that covers this purpose and product today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts, Licence
from dialer.core.rules.dated import Covering, judge_covering
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`scope`: which part of the licence must cover the call."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    scope: frozenset[str] = frozenset({"purpose", "product"})

    def __post_init__(self) -> None:
        unknown = sorted(self.scope - {"purpose", "product"})
        if unknown or not self.scope:
            raise ValueError(f"scope names purpose, product or both, not {unknown or 'nothing'}")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny an unknown enterprise, one without a licence, and a call outside the licence's scope, period or status."""
    values = {"enterprise": facts.enterprise, "purpose": facts.purpose.value, "product": facts.product}
    if not facts.enterprise_known:
        return Verdict(code="licence.enterprise_unknown", denied=True, opens_at=None, values=values)

    def covers(one: Licence) -> bool:
        purpose = "purpose" not in params.scope or facts.purpose in one.purposes
        product = "product" not in params.scope or facts.product in one.products
        return purpose and product

    return judge_covering(
        Covering("licence", values, facts),
        [(one.number, one.period, one.status, covers(one)) for one in facts.licences],
    )
