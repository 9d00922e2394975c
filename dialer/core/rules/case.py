"""The debt may be collected at all: the case is open, with whoever calls, on no hold, and the debtor was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Case, Facts
from dialer.core.rules.disclosure import DUTIES
from dialer.core.rules.over_time import check_unknown, over_time, unknown
from dialer.core.verdict import Obligation, Verdict

# What a case may be. In which of them one may call is policy.
STATUSES = (
    "assigned",
    "withdrawn",
    "settled",
    "paid",
    "instalment",
    "disputed",
    "suspended",
    "ill",
    "deceased",
    "litigated",
    "insolvent",
)
# What an opening says that tells the debtor who collects, and the duty to play it.
TOLD_BY = "agency_told"
TELL = Obligation("tell_debtor")
CHECKS = frozenset({"status", "assignee", "hold", "told"})


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: what of the case is compared. `statuses`: those in which one may call.

    `assignee`: the case is with the agency that calls, or with the enterprise where it calls itself. `hold`: no hold
    is in force. `told`: before an agency calls, the debtor was told at least `told_days` days of 24 hours ago.
    `tell_debtor`: where he was not told at all, a call whose approved script tells him first is permitted, and
    obliged to do so. `unknown`: `permit|deny` where nothing is known of the case.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str]
    statuses: frozenset[str] = frozenset({"assigned"})
    told_days: int = 0
    tell_debtor: bool = False
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted((self.checks - CHECKS) | (self.statuses - set(STATUSES)))
        if wrong or not self.checks:
            raise ValueError(f"checks are {', '.join(sorted(CHECKS))}; not {wrong or 'nothing'}")
        if not self.statuses:
            raise ValueError("a case without a status in which one may call denies every call")
        if self.told_days < 0:
            raise ValueError("days since the debtor was told are none or more")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a closed case, one that is with somebody else or on hold, and an agency the debtor was not told of."""
    case = facts.case
    if case is None:
        return unknown("case.unknown", params.unknown, facts)
    boundaries = [_callable_from(params, case)] if "told" in params.checks else []
    for one in case.holds:
        boundaries += (one.period.start, one.period.end)
    return over_time(facts, lambda at: _at(params, facts, case, at), boundaries)


def _at(params: Params, facts: Facts, case: Case, at: datetime) -> Verdict:
    values = {
        "status": case.status,
        "assigned_to": case.assigned_to or facts.enterprise,
        "party": facts.agency or facts.enterprise,
    }
    if "status" in params.checks and case.status not in params.statuses:
        return Verdict("case.not_open", True, None, None, values)
    if "assignee" in params.checks and case.assigned_to != facts.agency:
        return Verdict("case.assigned_elsewhere", True, None, None, values)
    holds = case.holds if "hold" in params.checks else ()
    held = next((one for one in holds if one.period.holds(at)), None) if holds else None
    if held is not None:
        until = facts.told(held.period.end) if held.period.end else "it_is_lifted"
        return Verdict("case.on_hold", True, None, None, {**values, "reason": held.reason, "until": until})
    if "told" in params.checks and facts.agency is not None:
        start = _callable_from(params, case)
        if start is None and params.tell_debtor and _tells(facts):
            duties = (*DUTIES.get(facts.script.mode, ()), TELL) if facts.script else ()
            return Verdict("case.tells_debtor", False, at, None, values, duties)
        if start is None:
            return Verdict("case.debtor_not_told", True, None, None, values)
        if at < start:
            return Verdict("case.debtor_told_late", True, None, None, {**values, "date": facts.told(start)})
    return Verdict("case.open", False, at, None, values)


def _tells(facts: Facts) -> bool:
    return facts.script is not None and facts.script.status == "approved" and TOLD_BY in facts.script.parts


def _callable_from(params: Params, case: Case) -> datetime | None:
    told = case.debtor_told_at
    return None if told is None else told + timedelta(days=params.told_days)
