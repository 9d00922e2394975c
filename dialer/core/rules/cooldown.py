"""An interval after an event: no call for so many days or hours after a conversation, an opt-out or a complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import day_start
from dialer.core.facts import Facts
from dialer.core.limits import Counted, Limit, Subject
from dialer.core.policy import Purpose
from dialer.core.rules.channel import EVERY, VOICE
from dialer.core.rules.preference import in_scope
from dialer.core.verdict import Value, Verdict

EVENTS = ("conversation", "opt_out", "complaint")


@dataclass(frozen=True, slots=True)
class Params:
    """`after`: `conversation|opt_out|complaint`. Either `days`, civil days where the callee is, the event's own day
    being day 1, or `hours`, from the event on.

    `per`, `purposes` (empty means any) and `same_enterprise` tell whose conversations and about what: an opt-out and
    a complaint are always the person's own, to this enterprise. A consent after an opt-out ends its interval.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    after: str
    days: int | None = None
    hours: int | None = None
    per: Subject = Subject.PERSON
    purposes: frozenset[Purpose] = frozenset()
    same_enterprise: bool = True
    _limit: Limit | None = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        if self.after not in EVENTS:
            raise ValueError(f"after is {', '.join(EVENTS)}")
        if (self.days is None) == (self.hours is None):
            raise ValueError("an interval has days or hours, one of them")
        if (self.days or self.hours or 0) < 1:
            raise ValueError("an interval is at least one long")
        talked = self.after == "conversation"
        if not talked and (self.per is not Subject.PERSON or self.purposes or not self.same_enterprise):
            raise ValueError("per, purposes and same_enterprise belong to conversations")
        if self.per is Subject.PERSON_ENTERPRISE and not self.same_enterprise:
            raise ValueError("person_enterprise counts the touches of one enterprise")
        object.__setattr__(self, "_limit", self._conversations() if talked else None)

    @property
    def channels(self) -> frozenset[str]:
        """What follows a conversation is a rest from calls; a refusal and a complaint are about every channel."""
        return VOICE if self.after == "conversation" else EVERY

    @property
    def as_limit(self) -> Callable[[], Limit] | None:
        """Tells what the record must look up, the newest conversation; None where that is nothing."""
        limit = self._limit
        return None if limit is None else lambda: limit

    def _conversations(self) -> Limit:
        longest = timedelta(days=self.days + 2) if self.days else timedelta(hours=self.hours or 0)
        purposes = frozenset(one.value for one in self.purposes)
        return Limit(self.per, Counted.CONVERSED, purposes, self.same_enterprise, 0, longest)


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny until the interval after the newest event is over in every zone the callee may be in."""
    if not facts.zones:
        return Verdict("hours.zone_unknown", True, None)
    # An opt-out counts from when the consents after it have run out.
    ends = [(_end(params, at, facts), at, since) for at, since in _events(params, facts)]
    held = [(end, at) for end, at, since in ends if since <= facts.now < end]
    values: dict[str, Value] = {"after": params.after, "interval": _interval(params)}
    if held:
        end, at = max(held)
        values |= {"at": facts.told(at), "until": facts.told(end)}
        return Verdict("cooldown.begun", True, _opens_at(ends, facts.now), None, values)
    closes_at = min((since for end, _, since in ends if facts.now < since < end), default=None)
    return Verdict("cooldown.over", False, facts.now, closes_at, values)


def _opens_at(ends: list[tuple[datetime, datetime, datetime]], now: datetime) -> datetime:
    """The end of the denial that holds now, through the intervals that begin to count meanwhile."""
    opens_at = now
    while True:
        reached = max((end for end, _, since in ends if since <= opens_at), default=opens_at)
        if reached <= opens_at:
            return opens_at
        opens_at = reached


def _events(params: Params, facts: Facts) -> Iterator[tuple[datetime, datetime]]:
    """(event, counts from) of each that may begin an interval."""
    if params._limit is not None:
        for at in facts.touches[params._limit.key]:
            yield at, at
    for happened in facts.events:
        if happened.kind == params.after:
            yield happened.at, happened.at
    if params.after == "opt_out":
        yield from _opt_outs(facts)


def _opt_outs(facts: Facts) -> Iterator[tuple[datetime, datetime]]:
    said = [one for one in facts.preferences if in_scope(one, facts)]
    for one in said:
        if one.kind != "opt_out":
            continue
        later = [other for other in said if other.kind == "accept" and other.stated_at > one.stated_at]
        if any(other.until is None for other in later):
            continue
        yield one.stated_at, max([one.stated_at, *(other.until for other in later if other.until)])


def _end(params: Params, event: datetime, facts: Facts) -> datetime:
    if params.days is None:
        return event + timedelta(hours=params.hours or 0)
    days = params.days
    return max(day_start(event, ZoneInfo(one.zone), days=days, late=True) for one in facts.zones)


def _interval(params: Params) -> str:
    return f"{params.days} days" if params.days else f"{params.hours} rolling_hours"
