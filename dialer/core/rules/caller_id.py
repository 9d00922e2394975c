"""The number presented stands in the register for this enterprise, agency, purpose and trunk's carrier, today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dialer.core.facts import Facts, NumberEntry
from dialer.core.verdict import Verdict

USABLE = ("allocated", "reported")
Check = Callable[[NumberEntry, Facts], bool]

# In the order in which a fault is named: the first check that no entry of this number passes is the reason.
CHECKS: dict[str, tuple[str, Check]] = {
    "enterprise": ("other_enterprise", lambda one, facts: one.enterprise == facts.enterprise),
    "agency": ("other_agency", lambda one, facts: one.agency == facts.agency),
    "purpose": ("other_purpose", lambda one, facts: facts.purpose in one.purposes),
    "status": ("not_usable", lambda one, facts: one.status in USABLE),
    "outbound": ("takes_calls_only", lambda one, facts: one.may_dial_out),
    "period": ("ended", lambda one, facts: one.period.holds(facts.now)),
    "carrier": (
        "other_carrier",
        lambda one, facts: facts.trunk is not None and one.carrier == facts.trunk.carrier,
    ),
}


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: what of the register entry is compared; `listed` alone asks only that the number stands there."""

    __pydantic_config__ = {"extra": "forbid"}
    checks: frozenset[str]

    def __post_init__(self) -> None:
        unknown = sorted(self.checks - {"listed", *CHECKS})
        if unknown or not self.checks:
            raise ValueError(f"checks are listed, {', '.join(CHECKS)}; not {unknown or 'nothing'}")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny unless one entry of the number passes every check asked for."""
    values = {"caller_id": facts.caller_id, "class": facts.caller_id_class, **_trunk_values(facts)}
    left = [one for one in facts.numbers if one.number == facts.caller_id]
    if not left:
        return Verdict(code="caller_id.not_registered", denied=True, opens_at=None, values=values)
    for name, (code, passes) in CHECKS.items():
        if name not in params.checks:
            continue
        passing = [one for one in left if passes(one, facts)]
        if not passing:
            return _denied(name, code, left, facts, values)
        left = passing
    ends = [one.period.end for one in left] if "period" in params.checks else [None]
    closes_at = None if None in ends else max(end for end in ends if end is not None)
    return Verdict(
        code="caller_id.registered",
        denied=False,
        opens_at=facts.now,
        closes_at=closes_at,
        values={**values, "status": left[0].status},
    )


def _denied(
    name: str, code: str, entries: list[NumberEntry], facts: Facts, values: dict[str, str]
) -> Verdict:
    entry = entries[0]
    shown = {**values, "status": entry.status, "carrier": entry.carrier, "enterprise": entry.enterprise}
    shown["registered_for"] = "+".join(sorted(purpose.value for purpose in entry.purposes))
    shown["date"] = entry.period.end.isoformat() if entry.period.end else ""
    opens_at = None
    if name == "period":
        starts = [one.period.start for one in entries if one.period.start and one.period.start > facts.now]
        # Another entry's later checks may still fail then; the search asks again at that instant.
        opens_at = min(starts, default=None)
        if opens_at is not None and not any(
            one.period.end and one.period.end <= facts.now for one in entries
        ):
            code, shown["date"] = "not_begun", opens_at.isoformat()
    return Verdict(code=f"caller_id.{code}", denied=True, opens_at=opens_at, values=shown)


def _trunk_values(facts: Facts) -> dict[str, str]:
    if facts.trunk is None:
        return {"trunk": "", "trunk_carrier": ""}
    return {"trunk": facts.trunk.name, "trunk_carrier": facts.trunk.carrier}
