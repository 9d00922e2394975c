"""The enterprise holds a licence that covers this purpose and product today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.dated import judge_covering
from dialer.core.verdict import Value, Verdict


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
    purpose, product = facts.purpose, facts.product
    values: dict[str, Value] = {"enterprise": facts.enterprise, "purpose": purpose.value, "product": product}
    if not facts.enterprise_known:
        return Verdict("licence.enterprise_unknown", True, None, None, values)
    any_purpose, any_product = "purpose" not in params.scope, "product" not in params.scope
    documents = [
        (
            one.number,
            one.period,
            one.status,
            (any_purpose or purpose in one.purposes) and (any_product or product in one.products),
        )
        for one in facts.licences
    ]
    return judge_covering("licence", values, facts, documents)
