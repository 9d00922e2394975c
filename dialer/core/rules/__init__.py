"""The closed vocabulary: one small pure module for each kind, each with `Params` and `judge(params, facts)`.

A kind looks at contacts on its channels. One whose parameters tell that it asks something of a call only, such as a
limit on attempts, has them say so: their property `channels` goes before the kind's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dialer.core.facts import Facts
from dialer.core.rules import (
    abandonment,
    agency,
    breaker,
    caller_id,
    carrier,
    case,
    consent,
    cooldown,
    disclosure,
    entrustment,
    external_registry,
    frequency,
    hours,
    in_flight,
    licence,
    message,
    number_cap,
    number_health,
    number_list,
    platform,
    preference,
    purpose,
    reassigned,
    recording,
    retention,
    same_number,
    script,
    sound,
    stop,
    third_party,
)
from dialer.core.rules.channel import EVERY, SMS, VOICE
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule: the type of its parameters (None: an engine guard has none), its judge, its channels."""

    name: str
    params: type | None
    judge: Callable[[Any, Facts], Verdict]
    channels: frozenset[str] = EVERY

    def looks_at(self, params: object, channel: str) -> bool:
        """Whether a rule of this kind with these parameters looks at a contact on this channel."""
        return channel in getattr(params, "channels", self.channels)


# Kinds that ask something of a call, or of a message, and nothing of the other.
_ONLY: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("number_cap", "same_number", "abandonment", "script", "disclosure", "recording", "in_flight"), VOICE
    ),
    "message": SMS,
}
# What a pack may use.
VOCABULARY: dict[str, Kind] = {
    name: Kind(name, module.Params, module.judge, _ONLY.get(name, EVERY))
    for name, module in {
        "licence": licence,
        "entrustment": entrustment,
        "agency": agency,
        "platform": platform,
        "carrier": carrier,
        "caller_id": caller_id,
        "number_list": number_list,
        "number_health": number_health,
        "number_cap": number_cap,
        "same_number": same_number,
        "case": case,
        "purpose": purpose,
        "hours": hours,
        "preference": preference,
        "consent": consent,
        "external_registry": external_registry,
        "frequency": frequency,
        "cooldown": cooldown,
        "abandonment": abandonment,
        "breaker": breaker,
        "reassigned": reassigned,
        "third_party": third_party,
        "script": script,
        "message": message,
        "disclosure": disclosure,
        "recording": recording,
        "retention": retention,
    }.items()
}
# What the engine judges beside it.
KINDS: dict[str, Kind] = VOCABULARY | {
    "sound": Kind("sound", None, sound.judge),
    "stop": Kind("stop", None, stop.judge),
    "in_flight": Kind("in_flight", None, in_flight.judge, _ONLY["in_flight"]),
}
