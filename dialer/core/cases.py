"""A case is what its changes add up to: nothing is overwritten, the order is that of their instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from dialer.core.entry import from_us, to_us
from dialer.core.facts import Case, Hold, Period

# Where a case is in its course: of these the newest counts.
COURSE = frozenset({"assigned", "withdrawn", "paid", "instalment"})
# What no assignment undoes: it stands until it is lifted by name. Gravest first: that one is the status.
STANDING = ("deceased", "settled", "insolvent", "litigated", "ill", "disputed")
LIFTABLE = frozenset({"held", *STANDING})
KINDS = frozenset({*COURSE, *STANDING, "held", "lifted", "told", "overdue"})
# Ways of telling the debtor who collects.
TOLD_BY = ("sms", "call", "letter", "app", "contract", "other")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a case at `at`. `kind`: one of `KINDS`.

    `party`: the agency of `assigned` and `told`, None the enterprise itself (of `told`: whoever has the case then).
    `until`, `reason`: of `held`. `lifts`: what `lifted` ends, one of `LIFTABLE`. `how`: of `told`, one of `TOLD_BY`.
    `overdue_days`: any change may tell it. Raises ValueError for what cannot be.
    """

    kind: str
    at: datetime
    until: datetime | None = None
    party: str | None = None
    reason: str = ""
    lifts: str = ""
    how: str | None = None
    overdue_days: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a change is one of {', '.join(sorted(KINDS))}")
        for name, where in _ONLY.items():
            if getattr(self, name) and self.kind not in where:
                raise ValueError(f"`{name}` belongs to {' and '.join(sorted(where))}")
        if self.until is not None and self.until <= self.at:
            raise ValueError("a hold ends after it began")
        if self.kind == "lifted" and self.lifts not in LIFTABLE:
            raise ValueError(f"what is lifted is one of {', '.join(sorted(LIFTABLE))}")
        if self.how is not None and self.how not in TOLD_BY:
            raise ValueError(f"the debtor is told by one of {', '.join(TOLD_BY)}")
        if self.kind == "overdue" and self.overdue_days is None:
            raise ValueError("`overdue` tells the days past due")
        if self.overdue_days is not None and self.overdue_days < 0:
            raise ValueError("days past due are none or more")


_ONLY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "until": frozenset({"held"}),
        "reason": frozenset({"held"}),
        "lifts": frozenset({"lifted"}),
        "how": frozenset({"told"}),
        "party": frozenset({"assigned", "told"}),
    }
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case. `overdue_days` as it was told last, None where nobody told."""

    case: Case
    overdue_days: int | None


def fold(changes: Iterable[Change], now: datetime) -> Known | None:
    """The case at `now`, None where nothing was ever told. `changes` stand in the order of their arrival.

    Of two at one instant the later arrival counts. A hold that is yet to come stands in the case; nothing else that is
    yet to come does. A case of which no assignment is known is the enterprise's own.
    """
    course, assigned_to, overdue_days = "assigned", None, None
    standing: set[str] = set()
    holds: list[Hold] = []
    told: dict[str, tuple[datetime, str | None]] = {}
    ordered = sorted(changes, key=lambda one: one.at)
    for one in ordered:
        if one.kind == "held":
            holds.append(Hold(Period(one.at, one.until), one.reason))
        if one.kind == "lifted" and one.lifts == "held":
            holds = [_lifted(hold, one.at) for hold in holds]
        if one.at > now:
            continue
        if one.overdue_days is not None:
            overdue_days = one.overdue_days
        if one.kind in COURSE:
            course = one.kind
            assigned_to = {"assigned": one.party, "withdrawn": None}.get(one.kind, assigned_to)
        elif one.kind in STANDING:
            standing.add(one.kind)
        elif one.kind == "lifted":
            standing.discard(one.lifts)
        elif one.kind == "told" and (party := one.party or assigned_to) is not None:
            told.setdefault(party, (one.at, one.how))
    if not ordered:
        return None
    status = next((one for one in STANDING if one in standing), course)
    told_at, told_how = told.get(assigned_to or "", (None, None))
    return Known(Case(status, assigned_to, _ahead(holds, now), told_at, told_how), overdue_days)


def _lifted(hold: Hold, at: datetime) -> Hold:
    if hold.period.end is not None and hold.period.end <= at:
        return hold
    return Hold(Period(hold.period.start, at), hold.reason)


def _ahead(holds: Iterable[Hold], now: datetime) -> tuple[Hold, ...]:
    """Holds that are not over; one that was lifted when it began never was."""
    return tuple(
        one
        for one in holds
        if one.period.end is None or (now < one.period.end and one.period.start != one.period.end)
    )


def content_of(change: Change) -> dict[str, Any]:
    """A change as it is stored, what is empty left out; instants are microseconds UTC."""
    found = {
        "kind": change.kind,
        "at": to_us(change.at),
        "until": None if change.until is None else to_us(change.until),
        "party": change.party,
        "reason": change.reason or None,
        "lifts": change.lifts or None,
        "how": change.how,
        "days": change.overdue_days,
    }
    return {name: value for name, value in found.items() if value is not None}


def change_of(content: Mapping[str, Any]) -> Change:
    """The change that `content_of` stored. Raises KeyError and ValueError for anything else."""
    until = content.get("until")
    return Change(
        kind=content["kind"],
        at=from_us(content["at"]),
        until=None if until is None else from_us(until),
        party=content.get("party"),
        reason=content.get("reason", ""),
        lifts=content.get("lifts", ""),
        how=content.get("how"),
        overdue_days=content.get("days"),
    )
