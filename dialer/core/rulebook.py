"""The rulebook: policy set, calendars, zone data and engine revision under one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.entry import canonical
from dialer.core.limits import Limit
from dialer.core.policy import PolicySet, Purpose

# Changes whenever the meaning of a kind of rule changes, so that an old decision is replayed by the right engine.
ENGINE = "1"


@dataclass(frozen=True)
class Rulebook:
    """What decisions are made by. `revision` grows with every set put in force; `zones` names the zone data used.

    `digest` is the SHA-256 (hex) of the canonical bytes of all of it, and what the compliance officer signs.
    """

    policy: PolicySet
    revision: int
    zones: str
    calendars: tuple[str, ...] = ()
    engine: str = ENGINE
    digest: str = field(init=False)
    changes: tuple[datetime, ...] = field(init=False)
    _limits: Mapping[Purpose, tuple[Limit, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        content = {
            "type": "rulebook",
            "v": 1,
            "policy": self.policy,
            "revision": self.revision,
            "zones": self.zones,
            "calendars": self.calendars,
            "engine": self.engine,
        }
        object.__setattr__(self, "digest", hashlib.sha256(canonical(content)).hexdigest())
        dates = {
            date_start(day, ZoneInfo(pack.zone))
            for pack in self.policy.packs
            for rule in pack.rules
            for day in (rule.in_force_from, rule.in_force_to)
            if day is not None
        }
        object.__setattr__(self, "changes", tuple(sorted(dates)))
        object.__setattr__(self, "_limits", {purpose: self._limits_for(purpose) for purpose in Purpose})

    def limits(self, purpose: Purpose) -> tuple[Limit, ...]:
        """Every series of touches that some rule of this book may ask for about a call of this purpose."""
        return self._limits[purpose]

    def _limits_for(self, purpose: Purpose) -> tuple[Limit, ...]:
        found: dict[str, Limit] = {}
        for pack in self.policy.packs:
            for rule in pack.rules:
                limit = getattr(rule.params, "as_limit", None)
                if limit is not None and purpose in rule.applies.purposes:
                    one: Limit = limit()
                    # Two windows may share a series: the record then looks back over the longer.
                    found[one.key] = max(found.get(one.key, one), one, key=lambda each: each.longest)
        return tuple(found[key] for key in sorted(found))
