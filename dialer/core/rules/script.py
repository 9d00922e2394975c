"""Only approved words: the script is approved, for this enterprise, purpose and product, today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts, Script
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
    if script.status != "approved":
        return Verdict("script.not_approved", True, None, None, values)
    other = _other(params, facts, script)
    if other:
        return Verdict(f"script.other_{other}", True, None, None, values)
    if not script.period.holds(facts.now):
        start, end = script.period.start, script.period.end
        if end is not None and end <= facts.now:
            return Verdict("script.ended", True, None, None, {**values, "date": facts.told(end)})
        date = facts.told(start) if start is not None else ""
        return Verdict("script.not_begun", True, start, None, {**values, "date": date})
    return Verdict("script.approved", False, facts.now, script.period.end, values)


def _other(params: Params, facts: Facts, script: Script) -> str:
    """What of the call the script was not made for, in alphabetical order; empty where it fits."""
    if "enterprise" in params.scope and script.enterprise != facts.enterprise:
        return "enterprise"
    if "product" in params.scope and facts.product not in script.products:
        return "product"
    if "purpose" in params.scope and facts.purpose not in script.purposes:
        return "purpose"
    return ""
