"""Consent that can be proved: of how many kinds of evidence, how old, and given after the last opt-out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Consent, Facts
from dialer.core.rules.over_time import over_time
from dialer.core.rules.preference import in_scope
from dialer.core.verdict import Value, Verdict

EVIDENCE = frozenset({"sms", "telephone", "writing", "web"})
COVERS = ("calls", "hours")


@dataclass(frozen=True, slots=True)
class Params:
    """`kinds`: how many different kinds of evidence are needed, of those named in `evidence`.

    `covers`: what was agreed to, `calls` or calls outside `hours`. `max_age_days`: a consent counts for so many days
    of 24 hours; None is until it ends or is withdrawn.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    kinds: int = 1
    evidence: frozenset[str] = EVIDENCE
    covers: str = "calls"
    max_age_days: int | None = None

    def __post_init__(self) -> None:
        wrong = sorted(self.evidence - EVIDENCE)
        if wrong:
            raise ValueError(f"evidence is sms, telephone, writing, web; not {wrong}")
        if not 1 <= self.kinds <= len(self.evidence):
            raise ValueError("kinds is at least one, and no more than the kinds of evidence named")
        if self.covers not in COVERS:
            raise ValueError("covers is calls or hours")
        if self.max_age_days is not None and self.max_age_days < 1:
            raise ValueError("a consent counts for at least one day")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny unless enough kinds of evidence hold now. No consent on record is no consent."""
    ends = [_end(params, one) for one in facts.consents]
    return over_time(facts, lambda at: _at(params, facts, at), [*consent_boundaries(facts), *ends])


def consents_at(facts: Facts, at: datetime, covers: str) -> list[Consent]:
    """The consents in scope of this call that hold at `at`; an opt-out withdraws every earlier one for good."""
    opt_outs = [
        one.stated_at
        for one in facts.preferences
        if one.kind == "opt_out" and one.stated_at <= at and in_scope(one, facts)
    ]
    last = max(opt_outs, default=None)
    return [
        one
        for one in facts.consents
        if covers in one.covers
        and in_scope(one, facts)
        and one.given_at <= at
        and (one.until is None or at < one.until)
        and (last is None or last < one.given_at)
    ]


def consent_boundaries(facts: Facts) -> list[datetime | None]:
    """Every instant at which `consents_at` may change."""
    return [
        *(one.given_at for one in facts.consents),
        *(one.until for one in facts.consents),
        *(one.stated_at for one in facts.preferences),
    ]


def _at(params: Params, facts: Facts, at: datetime) -> Verdict:
    found = set()
    for one in consents_at(facts, at, params.covers):
        end = _end(params, one)
        if one.evidence in params.evidence and (end is None or at < end):
            found.add(one.evidence)
    values: dict[str, Value] = {
        "found": len(found),
        "needed": params.kinds,
        "evidence": "+".join(sorted(found)),
    }
    if len(found) >= params.kinds:
        return Verdict("consent.given", False, at, None, values)
    return Verdict("consent.too_few" if found else "consent.none", True, None, None, values)


def _end(params: Params, consent: Consent) -> datetime | None:
    return None if params.max_age_days is None else consent.given_at + timedelta(days=params.max_age_days)
