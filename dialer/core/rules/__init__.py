"""The closed vocabulary: one small pure module for each kind, each with `Params` and `judge(params, facts)`."""

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
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule: the type of its parameters (None: an engine guard has none) and its judge."""

    name: str
    params: type | None
    judge: Callable[[Any, Facts], Verdict]


# What a pack may use.
VOCABULARY: dict[str, Kind] = {
    name: Kind(name, module.Params, module.judge)
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
        "disclosure": disclosure,
        "recording": recording,
        "retention": retention,
    }.items()
}
# What the engine judges beside it.
KINDS: dict[str, Kind] = VOCABULARY | {
    "sound": Kind("sound", None, sound.judge),
    "stop": Kind("stop", None, stop.judge),
    "in_flight": Kind("in_flight", None, in_flight.judge),
}
