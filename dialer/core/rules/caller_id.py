"""The number presented stands in the register for this enterprise, agency, purpose and trunk's carrier, today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from dialer.core.facts import Facts, NumberEntry
from dialer.core.rules.dated import covered_until
from dialer.core.verdict import Value, Verdict

PREFIX = re.compile(r"^\+?[0-9]{1,15}\Z")
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
    """`checks`: what of the register entry is compared; `listed` alone asks only that the number stands there.

    `series`: the number begins with one of these; `barred`: with none of these. Both are in its canonical spelling:
    `95…` or `0…` in mainland China, `+91160…` abroad.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str] = frozenset()
    series: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    _passes: tuple[Check, ...] = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        unknown = sorted(self.checks - {"listed", *CHECKS})
        if unknown or not (self.checks or self.series or self.barred):
            raise ValueError(f"checks are listed, {', '.join(CHECKS)}; not {unknown or 'nothing'}")
        strange = [one for one in (*self.series, *self.barred) if not PREFIX.match(one)]
        if strange:
            raise ValueError(f"a series is a plus sign and digits, or digits; not {strange}")
        if any(one.startswith(self.barred) for one in self.series if self.barred):
            raise ValueError("a series that begins with a barred one is empty")
        asked = tuple(passes for name, (_, passes) in CHECKS.items() if name in self.checks)
        object.__setattr__(self, "_passes", asked)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a number of another series, and one of which no entry passes every check asked for."""
    number = facts.caller_id
    trunk = facts.trunk
    values: dict[str, Value] = {
        "caller_id": number,
        "class": facts.caller_id_class,
        "trunk": trunk.name if trunk else "",
        "trunk_carrier": trunk.carrier if trunk else "",
    }
    if params.series and not number.startswith(params.series):
        values["series"] = ", ".join(params.series)
        return Verdict("caller_id.other_series", True, None, None, values)
    if params.barred and number.startswith(params.barred):
        values["barred"] = ", ".join(params.barred)
        return Verdict("caller_id.barred_series", True, None, None, values)
    if not params.checks:
        return Verdict("caller_id.in_series", False, facts.now, None, values)
    entries = [one for one in facts.numbers if one.number == number]
    if not entries:
        return Verdict("caller_id.not_registered", True, None, None, values)
    for one in entries:
        for passes in params._passes:
            if not passes(one, facts):
                break
        else:
            values["status"] = one.status
            closes_at = _closes_at(params, entries, one, facts)
            return Verdict("caller_id.registered", False, facts.now, closes_at, values)
    return _denied(params, entries, values, facts)


def _denied(params: Params, entries: list[NumberEntry], values: dict[str, Value], facts: Facts) -> Verdict:
    """Deny for the first check that none of the entries left by the checks before it passes."""
    left, found = entries, ""
    for name, (code, passes) in CHECKS.items():
        if name in params.checks:
            passing = [one for one in left if passes(one, facts)]
            if not passing:
                found = code
                break
            left = passing
    values |= _entry_values(left[0], facts)
    if found == "ended":
        ended = any(one.period.end is not None and one.period.end <= facts.now for one in left)
        starts = [one.period.start for one in left if one.period.start is not None]
        if starts and not ended:
            found, values["date"] = "not_begun", facts.told(min(starts))
    return Verdict(f"caller_id.{found}", True, _opens_at(params, entries, facts), None, values)


def _opens_at(params: Params, entries: list[NumberEntry], facts: Facts) -> datetime | None:
    """The next start of a period whose entry passes everything else; None where there is none."""
    if "period" not in params.checks:
        return None
    starts = [one.period.start for one in entries if _passes_but_period(params, one, facts)]
    return min((start for start in starts if start is not None and start > facts.now), default=None)


def _closes_at(
    params: Params, entries: list[NumberEntry], holding: NumberEntry, facts: Facts
) -> datetime | None:
    if holding.period.end is None or "period" not in params.checks:
        return None
    if len(entries) == 1:
        return holding.period.end
    documents = [(one.number, one.period, "valid", _passes_but_period(params, one, facts)) for one in entries]
    return covered_until(facts.now, documents, holding.period)


def _passes_but_period(params: Params, one: NumberEntry, facts: Facts) -> bool:
    return all(
        passes(one, facts) for name, (_, passes) in CHECKS.items() if name in params.checks - {"period"}
    )


def _entry_values(entry: NumberEntry, facts: Facts) -> dict[str, str]:
    return {
        "status": entry.status,
        "carrier": entry.carrier,
        "enterprise": entry.enterprise,
        "registered_for": "+".join(sorted(purpose.value for purpose in entry.purposes)),
        "date": facts.told(entry.period.end) if entry.period.end else "",
    }
