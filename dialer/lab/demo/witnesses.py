"""What the record tells and what phones and exchange saw of one fate, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """The record's account of one item, as the API gives it. `entries`: of its attempt, oldest first.

    `opt_outs`: the sources of what this person said no by. `spoken`: prompts for the agent who dialled by hand.
    """

    effect: str = "none"
    denials: tuple[Json, ...] = ()
    next_instant: datetime | None = None
    outcome: str = ""
    attempt: str = ""
    entries: tuple[Json, ...] = ()
    why: str = ""
    opt_outs: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[str, ...]:
        """What happened to the attempt, in order."""
        return tuple(str(one["type"]) for one in self.entries)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON's own types."""
        return {
            "effect": self.effect,
            "denials": [dict(one) for one in self.denials],
            "next_instant": self.next_instant.isoformat() if self.next_instant else None,
            "outcome": self.outcome,
            "attempt": self.attempt,
            "entries": [dict(one) for one in self.entries],
            "why": self.why,
            "opt_outs": list(self.opt_outs),
            "spoken": list(self.spoken),
        }


@dataclass(frozen=True, slots=True)
class Saw:
    """What phone and exchange saw of the call of one item; INVITEs are counted by Call-ID.

    `permit_proof`: `genuine`, or why the token proves nothing for the digits, caller ID and trunk of this INVITE.
    `agent_heard_s`: the person's own tone at any agent's phone; `heard_agent_s` the other way round; `announced_s`
    all else that was no silence. `by_phone`: INVITEs by the phone's own account. `watchdog`: why it ended this call.
    `dialler_heard_s`: sound at the phone of the agent who dialled by hand, `dialler_told_s` that of the prompts.
    `called_back_s`: what the person heard when he called back.
    """

    phone: str
    invites: int = 0
    by_phone: int = 0
    other_invites: int = 0
    call_id: str = ""
    at: datetime | None = None
    from_user: str = ""
    pai_user: str = ""
    phone_from_user: str = ""
    phone_pai_user: str = ""
    permit: str = ""
    permit_proof: str = ""
    rang: bool = False
    status: int = 0
    answered: bool = False
    announced_s: float = 0.0
    announcement_s: float = 0.0
    heard_agent_s: float = 0.0
    agent_heard_s: float = 0.0
    person_pressed: str = ""
    agent_pressed: str = ""
    ended_by: str = ""
    watchdog: str = ""
    dialler_heard_s: float = 0.0
    dialler_told_s: float = 0.0
    called_back_s: float = 0.0

    @property
    def announcement(self) -> str:
        """How much of the approved audio reached the ear: `none`, `part` or `whole`."""
        if self.announced_s <= 0.0:
            return "none"
        return "whole" if self.announced_s >= WHOLE * self.announcement_s else "part"

    @property
    def talked(self) -> bool:
        """Whether either heard the other at all."""
        return self.heard_agent_s > 0.0 or self.agent_heard_s > 0.0

    def as_json(self) -> dict[str, Any]:
        """The same in JSON's own types."""
        shown = asdict(self)
        shown["at"] = self.at.isoformat() if self.at else None
        return {**shown, "announcement": self.announcement, "talked": self.talked}


# The meter counts whole windows of 100 ms, and speech has pauses: windows at their edges fall to either side.
WHOLE = 0.85


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which witnesses do not agree."""

    about: str
    expected: str
    record: str = ""
    phone: str = ""

    def __str__(self) -> str:
        seen = ", ".join(
            f"{name} `{value}`" for name, value in (("record", self.record), ("phone", self.phone)) if value
        )
        return f"{self.about}: expected `{self.expected}`, {seen or 'nothing seen'}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One fate with its witnesses; they agree where nothing differs."""

    fate: Any
    told: Told
    saw: Saw
    differences: Sequence[Difference] = field(default=())

    @property
    def agree(self) -> bool:
        """Whether expectation, record and phone tell the same story."""
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """One object of `--json`."""
        return {
            "fate": self.fate.id,
            "title": {"zh": self.fate.title.zh, "en": self.fate.title.en},
            "agree": self.agree,
            "differences": [str(one) for one in self.differences],
            "expectation": self.fate.expect.as_json(),
            "record": self.told.as_json(),
            "phone": self.saw.as_json(),
        }
