"""Who calls and how to refuse is said first; the refusal key stays open; what proves it becomes an obligation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.verdict import Obligation, Verdict

# Ways of saying it, and what each one obliges to.
DUTIES = {
    "recorded": (Obligation("announce", {"mode": "recorded"}), Obligation("refusal_key")),
    "agent_spoken": (
        Obligation("announce", {"mode": "agent_spoken"}),
        Obligation("refusal_key"),
        Obligation("agent_key"),
        Obligation("record_bridge"),
    ),
}
MODES = frozenset(DUTIES)
PARTS = frozenset(
    {
        "enterprise_name",
        "agency_name",
        "agent_name",
        "contact",
        "refusal_method",
        "call_purpose",
        "debt_collector",
        "agency_told",
        "annual_rate",
        "recording_notice",
        "ai_notice",
    }
)


@dataclass(frozen=True, slots=True)
class Params:
    """`parts`: what the opening must say, words of `PARTS`; `modes`: how it may be said.

    `agent_spoken` alone is for where a recorded opening is itself a prerecorded call that needs consent.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    parts: frozenset[str]
    modes: frozenset[str] = MODES

    def __post_init__(self) -> None:
        unknown = sorted(self.modes - MODES)
        if unknown or not self.modes:
            raise ValueError(f"modes are recorded, agent_spoken; not {unknown or 'nothing'}")
        strange = sorted(self.parts - PARTS)
        if strange:
            raise ValueError(f"parts are {', '.join(sorted(PARTS))}; not {strange}")
        if not self.parts:
            raise ValueError("a disclosure without parts says nothing")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny an opening that leaves a part out or is said in a way not allowed; else oblige to say it."""
    script = facts.script
    if script is None:
        return Verdict(
            code="disclosure.no_script", denied=True, opens_at=None, values={"script": facts.script_id}
        )
    missing = params.parts - script.parts
    values = {"script": script.id, "mode": script.mode, "missing": "+".join(sorted(missing))}
    if missing:
        return Verdict(code="disclosure.part_missing", denied=True, opens_at=None, values=values)
    if script.mode not in params.modes:
        return Verdict(code="disclosure.mode_not_allowed", denied=True, opens_at=None, values=values)
    return Verdict("disclosure.complete", False, facts.now, None, values, DUTIES[script.mode])
