"""Somebody else than the debtor: only where the text allows it, until he asks to be left alone, and of no debt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.over_time import check_unknown, over_time, unknown
from dialer.core.rules.preference import in_scope
from dialer.core.verdict import Obligation, Value, Verdict

PARTIES = frozenset({"debtor", "guarantor", "third_party_liable", "third_party"})
# What a script says of a debt may not be played to somebody whom it does not concern.
TELLS_DEBT = "debt_detail"
NO_DEBT_DETAIL = (Obligation("no_debt_detail"),)


@dataclass(frozen=True, slots=True)
class Params:
    """`like_debtor`: who may be called as the debtor is.

    Anybody else only after `after_failures` consecutive failures to reach the debtor, or where his number is invalid;
    None is never. `stop_on_request`: not after he asked to be left alone. `unknown`: `permit|deny` where nobody said
    who is called.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    like_debtor: frozenset[str] = frozenset({"debtor", "guarantor", "third_party_liable"})
    after_failures: int | None = None
    stop_on_request: bool = True
    unknown: str = "deny"

    def __post_init__(self) -> None:
        wrong = sorted(self.like_debtor - PARTIES)
        if wrong or "debtor" not in self.like_debtor:
            raise ValueError(f"like_debtor names debtor and others of {', '.join(sorted(PARTIES))}")
        if self.after_failures is not None and self.after_failures < 1:
            raise ValueError("contact is lost after one failure or more")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Permit the debtor; a third person only after loss of contact, never after his request, and of no debt."""
    if facts.callee_party not in PARTIES:
        return unknown("third_party.unknown", params.unknown, facts)
    if facts.callee_party in params.like_debtor:
        values = {"party": facts.callee_party}
        return Verdict("third_party.like_debtor", False, facts.now, None, values)
    return over_time(facts, lambda at: _at(params, facts, at), _requests(facts))


def _at(params: Params, facts: Facts, at: datetime) -> Verdict:
    lost = facts.lost_contact
    values: dict[str, Value] = {
        "party": facts.callee_party,
        "failures": lost.failures if lost else 0,
        "needed": params.after_failures,
    }
    if params.after_failures is None:
        return Verdict("third_party.never", True, None, None, values)
    if params.stop_on_request and any(one <= at for one in _requests(facts)):
        return Verdict("third_party.asked_to_stop", True, None, None, values)
    if lost is None or not (lost.number_invalid or lost.failures >= params.after_failures):
        return Verdict("third_party.debtor_reachable", True, None, None, values)
    if facts.script is None or TELLS_DEBT in facts.script.parts:
        return Verdict("third_party.script_tells_debt", True, None, None, values)
    return Verdict("third_party.after_lost_contact", False, at, None, values, NO_DEBT_DETAIL)


def _requests(facts: Facts) -> list[datetime]:
    """When the callee asked to be left alone: as a third person, or by an opt-out like anybody."""
    return [
        *(one.at for one in facts.events if one.kind in ("stop_request", "opt_out")),
        *(one.stated_at for one in facts.preferences if one.kind == "opt_out" and in_scope(one, facts)),
    ]
