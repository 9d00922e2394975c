"""A registry of people who want no calls, kept by somebody else: the line was looked up lately and is not listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.rules.consent import consent_boundaries, consents_at
from dialer.core.rules.over_time import check_unknown, over_time
from dialer.core.verdict import Value, Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`registry`: its id in the facts. `max_age_days`: a look-up counts for so many days of 24 hours, [from, to).

    None counts without end. `consent_overrides`: a consent to this enterprise's calls counts more than the registry.
    `unknown`: `permit|deny` where the line was never looked up.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    registry: str
    max_age_days: int | None = None
    consent_overrides: bool = False
    unknown: str = "deny"

    def __post_init__(self) -> None:
        if not self.registry:
            raise ValueError("registry names one")
        if self.max_age_days is not None and self.max_age_days < 1:
            raise ValueError("a look-up counts for at least one day")
        check_unknown(self.unknown)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny a listed line, and one that was never looked up or too long ago."""
    listing = facts.registries.get(params.registry)
    end = None
    if listing is not None and params.max_age_days is not None:
        end = listing.scrubbed_at + timedelta(days=params.max_age_days)
    boundaries = [end, *(consent_boundaries(facts) if params.consent_overrides else ())]
    return over_time(facts, lambda at: _at(params, facts, end, at), boundaries)


def _at(params: Params, facts: Facts, end: datetime | None, at: datetime) -> Verdict:
    listing = facts.registries.get(params.registry)
    values: dict[str, Value] = {"registry": params.registry}
    if params.consent_overrides and _agreed(facts, at):
        return Verdict("external_registry.consented", False, at, None, values)
    if listing is None:
        denied = params.unknown == "deny"
        return Verdict("external_registry.unknown", denied, None if denied else at, None, values)
    values |= {"scrubbed_at": facts.told(listing.scrubbed_at), "max_age_days": params.max_age_days}
    if listing.listed:
        return Verdict("external_registry.listed", True, None, None, values)
    if end is not None and at >= end:
        return Verdict("external_registry.stale", True, None, None, values)
    return Verdict("external_registry.not_listed", False, at, None, values)


def _agreed(facts: Facts, at: datetime) -> bool:
    # A consent to everybody's calls is what the registry stands against: this enterprise must be named.
    return any(one.enterprise == facts.enterprise for one in consents_at(facts, at, "calls"))
