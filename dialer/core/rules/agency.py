"""The agency still works for the enterprise: not exited, nothing left to mend, and inspected lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Facts, Inspection, Standing
from dialer.core.rules.over_time import check_unknown, over_time, unknown
from dialer.core.verdict import Value, Verdict

# Which check a standing fails.
_STANDINGS = {"exited": "active", "rectifying": "not_rectifying"}
CHECKS = frozenset({"active", "not_rectifying", "rectified", "inspected"})


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: `active`, the agency has not exited; `not_rectifying`, it is not under rectification.

    `rectified`: nothing that an inspection found is overdue. `inspected`: it was inspected within the last
    `inspected_days` days of 24 hours. `unknown`: `permit|deny` where nobody told of its standing or inspections.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str]
    inspected_days: int = 366
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted(self.checks - CHECKS)
        if wrong or not self.checks:
            raise ValueError(f"checks are {', '.join(sorted(CHECKS))}; not {wrong or 'nothing'}")
        if self.inspected_days < 1:
            raise ValueError("an inspection counts for at least one day")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Permit a call of the enterprise itself; deny an agency whose standing fails a check."""
    if facts.agency is None:
        return Verdict("agency.own", False, facts.now)
    standing = facts.agency_standing
    if standing is None:
        return unknown("agency.unknown", params.unknown, facts)
    return over_time(facts, lambda at: _at(params, facts, standing, at), _boundaries(params, standing))


def _at(params: Params, facts: Facts, standing: Standing, at: datetime) -> Verdict:
    values: dict[str, Value] = {"agency": facts.agency, "status": standing.status}
    asked = _STANDINGS.get(standing.status)
    if asked in params.checks and (standing.since is None or standing.since <= at):
        values["date"] = facts.told(standing.since) if standing.since is not None else "no_date"
        return Verdict(f"agency.{standing.status}", True, None, None, values)
    inspections = standing.inspections
    if inspections is None:
        if params.checks & {"rectified", "inspected"}:
            denied = params.unknown == "deny"
            return Verdict("agency.unknown", denied, None if denied else at, None, values)
        return Verdict("agency.in_order", False, at, None, values)
    if "rectified" in params.checks:
        for one in inspections:
            if _overdue(one, at):
                values |= {"date": facts.told(one.rectify_before or at), "by": one.by}
                return Verdict("agency.rectification_overdue", True, None, None, values)
    if "inspected" in params.checks:
        newest = max((one.at for one in inspections if one.at <= at), default=None)
        if newest is None or at >= newest + timedelta(days=params.inspected_days):
            values |= {"date": facts.told(newest) if newest is not None else "no_date"}
            values["inspected_days"] = params.inspected_days
            return Verdict("agency.not_inspected", True, None, None, values)
    return Verdict("agency.in_order", False, at, None, values)


def _overdue(one: Inspection, at: datetime) -> bool:
    late = one.rectify_before is not None and one.rectify_before <= at
    return late and (one.rectified_at is None or at < one.rectified_at)


def _boundaries(params: Params, standing: Standing) -> list[datetime | None]:
    found = [standing.since]
    for one in standing.inspections or ():
        if "rectified" in params.checks:
            found += (one.rectify_before, one.rectified_at)
        if "inspected" in params.checks:
            found += (one.at, one.at + timedelta(days=params.inspected_days))
    return found
