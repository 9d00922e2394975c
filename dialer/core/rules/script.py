"""Only approved words: the script is approved, for this enterprise, purpose and product, today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`scope`: what of the script must match the call."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    scope: frozenset[str] = frozenset({"enterprise", "purpose", "product"})

    def __post_init__(self) -> None:
        unknown = sorted(self.scope - {"enterprise", "purpose", "product"})
        if unknown:
            raise ValueError(f"scope names enterprise, purpose, product; not {unknown}")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a script that is unknown, not approved, made for another call, or outside its period."""
    script = facts.script
    values = {"script": facts.script_id, "purpose": facts.purpose.value, "product": facts.product}
    if script is None:
        return Verdict(code="script.unknown", denied=True, opens_at=None, values=values)
    values |= {"status": script.status, "version": str(script.version)}
    fits = {
        "enterprise": script.enterprise == facts.enterprise,
        "purpose": facts.purpose in script.purposes,
        "product": facts.product in script.products,
    }
    if script.status != "approved":
        return Verdict(code="script.not_approved", denied=True, opens_at=None, values=values)
    for name in sorted(params.scope):
        if not fits[name]:
            return Verdict(code=f"script.other_{name}", denied=True, opens_at=None, values=values)
    if not script.period.holds(facts.now):
        start = script.period.start
        opens_at = start if start is not None and start > facts.now else None
        return Verdict(code="script.outside_period", denied=True, opens_at=opens_at, values=values)
    return Verdict(
        code="script.approved", denied=False, opens_at=facts.now, closes_at=script.period.end, values=values
    )
