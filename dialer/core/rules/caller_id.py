"""The number presented stands in the register for this enterprise, agency, purpose and trunk's carrier, today."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

from dialer.core.civil_time import FOREVER, NextSpan, Span, next_of_all, next_of_any, once
from dialer.core.facts import Facts, NumberEntry
from dialer.core.phone import CALLER_ID_CLASSES
from dialer.core.rules import channel
from dialer.core.rules.weekly import hours_told, is_open, open_span
from dialer.core.verdict import Value, Verdict

PREFIX = re.compile(r"^\+?[0-9]{1,15}\Z")
USABLE = ("allocated", "reported")
# A number that carries voice; any other, such as an SMS port, is no caller ID at all, whatever a rule asks for.
VOICE = "voice"
# The kind of number by the channel it is presented on, and what is said of one of the other kind.
KINDS: Mapping[str, tuple[str, str]] = {
    "voice": (VOICE, "caller_id.sms_port"),
    "sms": ("sms_port", "caller_id.voice_number"),
}
# Promises about dialling out, which a message does not do.
DIALS = frozenset({"outbound", "undertaking"})
# Beside the classes of numbers: what the register says is the access number of a call centre.
ACCESS_CODE = "access_code"
TYPES = (ACCESS_CODE, *(name for name, _ in CALLER_ID_CLASSES))
# What of an entry passes or fails as time goes by.
TIMED = frozenset({"period", "windows"})
_BEGINNING = datetime.min.replace(tzinfo=UTC)
Check = Callable[[NumberEntry, Facts], bool]

# In the order in which a fault is named: the first check that no entry of this number passes is the reason.
CHECKS: dict[str, tuple[str, Check]] = {
    "enterprise": ("other_enterprise", lambda one, facts: one.enterprise == facts.enterprise),
    "agency": ("other_agency", lambda one, facts: one.agency == facts.agency),
    "purpose": ("other_purpose", lambda one, facts: facts.purpose in one.purposes),
    "status": ("not_usable", lambda one, facts: one.status in USABLE),
    "outbound": ("takes_calls_only", lambda one, facts: one.may_dial_out),
    "undertaking": ("no_undertaking", lambda one, facts: one.undertaking is not None),
    "period": ("ended", lambda one, facts: one.period.holds(facts.now)),
    "windows": ("outside_windows", lambda one, facts: is_open(one.hours, facts.now)),
    "carrier": (
        "other_carrier",
        lambda one, facts: facts.trunk is not None and one.carrier == facts.trunk.carrier,
    ),
}


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: what of the register entry is compared; `listed` alone asks only that the number stands there.

    `undertaking` asks for the outbound undertaking of the types of number in `undertaking_for`: `access_code`, or a
    class of number such as `cn_95`; `windows` keeps the number's own weekly windows. `series`: the number begins with
    one of these; `barred`: with none of these. Both are in its canonical spelling: `95…` or `0…` in mainland China,
    `+91160…` abroad.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str] = frozenset()
    series: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    undertaking_for: frozenset[str] = frozenset({ACCESS_CODE})
    # By the channel of the contact.
    _of: Mapping[str, Mapping[str, Check]] = field(
        init=False, repr=False, compare=False, metadata={"canonical": False}
    )

    def __post_init__(self) -> None:
        unknown = sorted(self.checks - {"listed", *CHECKS})
        if unknown or not (self.checks or self.series or self.barred):
            raise ValueError(f"checks are listed, {', '.join(CHECKS)}; not {unknown or 'nothing'}")
        strange = [one for one in (*self.series, *self.barred) if not PREFIX.match(one)]
        if strange:
            raise ValueError(f"a series is a plus sign and digits, or digits; not {strange}")
        if any(one.startswith(self.barred) for one in self.series if self.barred):
            raise ValueError("a series that begins with a barred one is empty")
        types = sorted(self.undertaking_for - set(TYPES))
        if types or not self.undertaking_for:
            raise ValueError(f"undertaking_for names {', '.join(TYPES)}; not {types or 'nothing'}")
        checks = {name: passes for name, (_, passes) in CHECKS.items() if name in self.checks}
        if "undertaking" in checks:
            checks["undertaking"] = partial(_undertaken, self.undertaking_for)
        texts = {name: passes for name, passes in checks.items() if name not in DIALS}
        object.__setattr__(self, "_of", {"voice": checks, "sms": texts})

    @property
    def channels(self) -> frozenset[str]:
        """Series are those that people are called from: who asks for nothing else looks at calls only."""
        return channel.EVERY if self.checks else channel.VOICE


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
    by_voice = facts.channel == "voice"
    if by_voice and params.series and not number.startswith(params.series):
        values["series"] = "+".join(params.series)
        return Verdict("caller_id.other_series", True, None, None, values)
    if by_voice and params.barred and number.startswith(params.barred):
        values["barred"] = "+".join(params.barred)
        return Verdict("caller_id.barred_series", True, None, None, values)
    if not params.checks:
        return Verdict("caller_id.in_series", False, facts.now, None, values)
    kind, other_kind = KINDS[facts.channel]
    entries = [one for one in facts.numbers if one.number == number and one.kind == kind]
    if not entries:
        other = any(one.number == number for one in facts.numbers)
        return Verdict(other_kind if other else "caller_id.not_registered", True, None, None, values)
    checks = params._of[facts.channel].values()
    for one in entries:
        for passes in checks:
            if not passes(one, facts):
                break
        else:
            values["status"] = one.status
            closes_at = _closes_at(params, entries, one, facts)
            return Verdict("caller_id.registered", False, facts.now, closes_at, values)
    return _denied(params, entries, values, facts)


def _undertaken(types: frozenset[str], one: NumberEntry, facts: Facts) -> bool:
    needed = facts.caller_id_class in types or (one.access_code and ACCESS_CODE in types)
    return not needed or one.undertaking is not None


def _denied(params: Params, entries: list[NumberEntry], values: dict[str, Value], facts: Facts) -> Verdict:
    """Deny for the first check that none of the entries left by the checks before it passes."""
    left, found = entries, ""
    for name, passes in params._of[facts.channel].items():
        passing = [one for one in left if passes(one, facts)]
        if not passing:
            found = CHECKS[name][0]
            break
        left = passing
    values |= _entry_values(left[0], facts)
    if found == "ended":
        ended = [one.period.end for one in left if one.period.end is not None and one.period.end <= facts.now]
        starts = [one.period.start for one in left if one.period.start is not None]
        if ended:
            values["date"] = facts.told(max(ended))
        elif starts:
            found, values["date"] = "not_begun", facts.told(min(starts))
    return Verdict(f"caller_id.{found}", True, _opens_at(params, entries, facts), None, values)


def _opens_at(params: Params, entries: list[NumberEntry], facts: Facts) -> datetime | None:
    """When an entry that fails by time alone passes again; None where there is none."""
    if not params.checks & TIMED:
        return None
    span = _span(params, entries, facts)
    return span[0] if span else None


def _closes_at(
    params: Params, entries: list[NumberEntry], holding: NumberEntry, facts: Facts
) -> datetime | None:
    if len(entries) == 1 and (holding.hours is None or "windows" not in params.checks):
        return holding.period.end if "period" in params.checks else None
    span = _span(params, entries, facts)
    return None if span is None or span[1] >= FOREVER else span[1]


def _span(params: Params, entries: list[NumberEntry], facts: Facts) -> Span | None:
    """The span from now on, or the next, in which some entry passes every check."""
    untimed = [passes for name, passes in params._of[facts.channel].items() if name not in TIMED]
    sources = [_times(params, one) for one in entries if all(passes(one, facts) for passes in untimed)]
    return next_of_any(sources, facts.now)


def _times(params: Params, one: NumberEntry) -> NextSpan:
    """When the entry passes by time."""
    parts: list[NextSpan] = []
    if "period" in params.checks:
        parts.append(partial(once, one.period.start or _BEGINNING, one.period.end or FOREVER))
    if "windows" in params.checks and one.hours is not None:
        parts.append(partial(open_span, one.hours))
    return partial(_in_all, parts or [partial(once, _BEGINNING, FOREVER)])


def _in_all(parts: list[NextSpan], at: datetime) -> Span | None:
    return next_of_all(parts, at, FOREVER)


def _entry_values(entry: NumberEntry, facts: Facts) -> dict[str, str]:
    return {
        "number": f"{entry.number} ({entry.document})" if entry.document else entry.number,
        "status": entry.status,
        "carrier": entry.carrier,
        "enterprise": entry.enterprise,
        "agency": entry.agency or entry.enterprise,
        "registered_for": "+".join(sorted(purpose.value for purpose in entry.purposes)),
        "date": facts.told(entry.period.end) if entry.period.end else "no_end",
        "windows": hours_told(entry.hours) if entry.hours else "",
    }
