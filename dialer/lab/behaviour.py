"""How a simulated phone behaves, as data, and what it saw of a call."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Press:
    """A key pressed `at_s` after the answer and held for `hold_ms`."""

    at_s: float
    key: str
    hold_ms: int = 100


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a number does with an INVITE: its final `status`, sent `delay_s` later; 0 never answers.

    `ring` sends 180 at once, `early_media` 183 with the tone before the answer; with neither the phone is
    silent until its final answer. `hang_up_after_s` counts from the answer.
    """

    status: int = 200
    delay_s: float = 0.1
    ring: bool = True
    early_media: bool = False
    tone_hz: int = 0
    presses: tuple[Press, ...] = ()
    hang_up_after_s: float | None = None


ANSWERS = Behaviour(tone_hz=500)
RINGS = Behaviour(status=0)
SILENT = Behaviour(status=0, ring=False)
BUSY = Behaviour(status=486, delay_s=0.0, ring=False)
REJECTS = Behaviour(status=603, delay_s=0.3)
UNALLOCATED = Behaviour(status=404, delay_s=0.0, ring=False)
UNAVAILABLE = Behaviour(status=503, delay_s=0.0, ring=False)


@dataclass(slots=True)
class CallSeen:
    """The callee's own evidence of one call; instants are UTC; `ended_by`: caller, callee or empty so far.

    `renegotiations` are re-INVITEs and UPDATEs within the call, each by its own CSeq: such as tell who joined it.
    `sound_heard_s` is all audio that was no silence, speech included; `tones_heard_s` maps Hz to seconds.
    """

    number: str
    call_id: str
    invited_at: datetime
    invited_boottime_s: float
    from_user: str
    from_display: str
    pai_user: str
    permit: str
    retransmissions: int = 0
    renegotiations: int = 0
    status: int = 0
    answered_at: datetime | None = None
    keys_heard: list[str] = field(default_factory=list)
    keys_pressed: list[str] = field(default_factory=list)
    tones_heard_s: dict[int, float] = field(default_factory=dict)
    sound_heard_s: float = 0.0
    packets_heard: int = 0
    ended_at: datetime | None = None
    ended_by: str = ""
    cancelled: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values; instants in ISO 8601."""
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(self).items()}
