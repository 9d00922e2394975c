"""The platform that carries the call is a party of its own: registered, and authorised in writing by the enterprise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.entrusted import judge_entrusted
from dialer.core.rules.over_time import check_unknown
from dialer.core.verdict import Value, Verdict

CHECKS = frozenset({"registered", "entrusted"})


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: `registered` asks that the register knows the platform, `entrusted` for the enterprise's authority.

    `unknown`: `permit|deny` where nobody looked the platform up.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str] = CHECKS
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted(self.checks - CHECKS)
        if wrong or not self.checks:
            raise ValueError(f"checks are registered, entrusted; not {wrong or 'nothing'}")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Permit a call over no platform; deny one that is not registered, or has no document that covers this call."""
    if facts.platform is None:
        return Verdict("platform.own", False, facts.now)
    values: dict[str, Value] = {"party": facts.platform, "enterprise": facts.enterprise}
    if "registered" in params.checks:
        if facts.platform_known is None and params.unknown == "deny":
            return Verdict("platform.unknown", True, None, None, values)
        if facts.platform_known is False:
            return Verdict("platform.not_registered", True, None, None, values)
    if "entrusted" not in params.checks:
        return Verdict("platform.registered", False, facts.now, None, values)
    return judge_entrusted("platform", facts.platform, facts)
