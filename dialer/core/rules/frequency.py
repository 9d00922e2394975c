"""Not too often: at most so many touches of a person or line within a window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import Span, day_start
from dialer.core.facts import Consent, Facts, Preference, ZoneSource
from dialer.core.limits import Counted, Limit, Subject, Window, WindowKind
from dialer.core.policy import Purpose
from dialer.core.rules.channel import EVERY, VOICE
from dialer.core.verdict import Value, Verdict

_MEMORIES = 1024


@dataclass(frozen=True, slots=True)
class Params:
    """At most `most` touches of `per` within the last `window_n` `window` (where the callee is, or hours).

    `window`: `days`, a touch's own day being day 1 of `window_n` consecutive ones; `rolling_hours`;
    `calendar_month`. `counts`: which touches; `purposes`: of which purposes, empty means any; `same_enterprise`: only
    of this enterprise with all its agencies, or of everyone here. `direct_prior_consent_days`: a touch on one of so
    many days from a consent on (its own day is day 1) is not counted and not denied; 0 counts every touch.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    most: int
    per: Subject
    counts: Counted
    window: WindowKind
    window_n: int = 1
    purposes: frozenset[Purpose] = frozenset()
    same_enterprise: bool = True
    direct_prior_consent_days: int = 0
    _limit: Limit = field(init=False, repr=False, compare=False, metadata={"canonical": False})
    _window: Window = field(init=False, repr=False, compare=False, metadata={"canonical": False})
    _told: Mapping[str, Value] = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("a limit of zero is not a limit: forbid the purpose instead")
        if self.window_n < 1:
            raise ValueError("a window is at least one long")
        if self.direct_prior_consent_days < 0:
            raise ValueError("days after a consent are not negative")
        if self.per is Subject.PERSON_ENTERPRISE and not self.same_enterprise:
            raise ValueError("person_enterprise counts the touches of one enterprise")
        window = Window(self.window, self.window_n)
        limit = Limit(
            subject=self.per,
            counted=self.counts,
            purposes=frozenset(one.value for one in self.purposes),
            same_enterprise=self.same_enterprise,
            most=self.most,
            longest=window.longest,
            consent_days=self.direct_prior_consent_days,
        )
        object.__setattr__(self, "_window", window)
        object.__setattr__(self, "_limit", limit)
        told = {
            "most": self.most,
            "per": self.per.value,
            "counts": self.counts.value,
            "window": f"{self.window_n} {self.window.value}",
        }
        object.__setattr__(self, "_told", told)

    @property
    def channels(self) -> frozenset[str]:
        """A message is a contact, and no attempt or conversation."""
        return EVERY if self.counts is Counted.CONTACTS else VOICE

    def as_limit(self) -> Limit:
        """What the record must look up."""
        return self._limit


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny when the window is full in any zone the callee may be in; a missing series denies too."""
    touches = facts.touches[params._limit.key]
    if not facts.zones:
        return Verdict("hours.zone_unknown", True, None)
    counted = 0
    if touches:
        for zone in facts.zones:
            start = _starts(params._window, facts.now, zone.zone)
            counted = max(counted, len([touch for touch in touches if touch >= start]))
    values: dict[str, Value] = {"counted": counted, **params._told}
    if counted < params.most:
        return Verdict("frequency.below", False, facts.now, None, values)
    # The window has room again once the `most`-th newest touch has left it, wherever the callee is.
    newest = touches[params.most - 1]
    room = max(params._window.leaves(newest, ZoneInfo(zone.zone)) for zone in facts.zones)
    excused = excused_spans(facts, params.direct_prior_consent_days)
    for start, end in excused:
        if start <= facts.now < end:
            return Verdict("frequency.consented", False, facts.now, end if end < room else None, values)
    opens_at = min((start for start, _ in excused if start > facts.now), default=room)
    return Verdict("frequency.full", True, min(opens_at, room), None, values)


@lru_cache(maxsize=_MEMORIES)
def _starts_on(window: Window, zone: str, day_of: datetime) -> datetime:
    return window.starts(day_of, ZoneInfo(zone))


def _starts(window: Window, now: datetime, zone: str) -> datetime:
    """Where the window begins. Of civil windows it is the same in each hour of a day, and remembered by the hour."""
    if window.kind is WindowKind.ROLLING_HOURS:
        return window.starts(now, ZoneInfo(zone))
    return _starts_on(window, zone, now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0))


@dataclass(frozen=True, slots=True)
class About:
    """What of a call says whose consent excuses it; the record knows it before there are facts."""

    enterprise: str
    purpose: Purpose
    product: str
    zones: tuple[ZoneSource, ...]
    consents: tuple[Consent, ...]
    preferences: tuple[Preference, ...]
    channel: str = "voice"


def excused_spans(about: About | Facts, days: int) -> list[Span]:
    """The spans in which a direct prior consent excuses a touch, joined and in order.

    A consent does so until its `days`-th day ends (in the first of the zones the callee may be in), it ends itself,
    or an opt-out withdraws it.
    """
    if not days or not about.zones or not about.consents:
        return []
    opt_outs = [one.stated_at for one in about.preferences if one.kind == "opt_out" and _concerns(one, about)]
    given = [one for one in about.consents if "calls" in one.covers and _concerns(one, about)]
    spans: list[Span] = []
    for one in sorted(given, key=lambda one: one.given_at):
        ends = [day_start(one.given_at, ZoneInfo(zone.zone), days=days) for zone in about.zones]
        ends += [at for at in opt_outs if at >= one.given_at]
        end = min([*ends, one.until] if one.until is not None else ends)
        if spans and one.given_at <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        elif one.given_at < end:
            spans.append((one.given_at, end))
    return spans


def _concerns(one: Consent | Preference, about: About | Facts) -> bool:
    return (
        one.enterprise in (None, about.enterprise)
        and one.purpose in (None, about.purpose)
        and one.product in (None, about.product)
        and one.channel in (None, about.channel)
    )
