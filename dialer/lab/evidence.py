"""What the lab's carrier saw: JSON lines that survive a kill, folded into one record for each INVITE."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InviteSeen:
    """One ring, by Call-ID: a retransmission is no ring of its own.

    `number` is the called number as on the wire. `at` is UTC wall time and `boottime_s` CLOCK_BOOTTIME, both
    at arrival. `final_status` is 0 while none was seen.
    """

    number: str
    call_id: str
    at: datetime
    boottime_s: float
    from_user: str
    from_display: str
    pai_user: str
    permit: str
    retransmissions: int = 0
    provisional_status: int = 0
    cancelled_at: datetime | None = None
    final_status: int = 0
    final_at: datetime | None = None


def utc(timestamp_s: float) -> datetime:
    return datetime.fromtimestamp(timestamp_s, UTC)


@dataclass(slots=True)
class Ledger:
    """Folds events into `InviteSeen`s; with a path, each event is on file before it is folded."""

    path: Path | None = None
    by_call: dict[str, InviteSeen] = field(default_factory=dict)
    _fd: int = -1

    def open(self) -> None:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def write(self, event: str, call_id: str, **more: Any) -> None:
        """Stamp, append and fold one event."""
        boottime_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        line: Event = {
            "event": event,
            "call_id": call_id,
            "at": time.time(),
            "boottime_s": boottime_s,
            **more,
        }
        if self._fd >= 0:
            os.write(self._fd, (json.dumps(line) + "\n").encode())
        self.fold(line)

    def fold(self, line: Event) -> None:
        call_id, at = line["call_id"], utc(line["at"])
        if line["event"] == "invite":
            names = ("number", "call_id", "boottime_s", "from_user", "from_display", "pai_user", "permit")
            self.by_call[call_id] = InviteSeen(at=at, **{name: line[name] for name in names})
            return
        seen = self.by_call.get(call_id)
        if seen is None:
            return
        match line["event"]:
            case "retransmission":
                seen = replace(seen, retransmissions=seen.retransmissions + 1)
            case "cancel" if seen.cancelled_at is None:
                seen = replace(seen, cancelled_at=at)
            case "provisional":
                seen = replace(seen, provisional_status=line["status"])
            case "final" if not seen.final_status:
                seen = replace(seen, final_status=line["status"], final_at=at)
        self.by_call[call_id] = seen

    def of(self, number: str | None = None) -> list[InviteSeen]:
        """Every INVITE for one number (all numbers without one), oldest first."""
        return [seen for seen in self.by_call.values() if number is None or seen.number == number]


def read_evidence(path: Path, number: str | None = None) -> list[InviteSeen]:
    """The same list from the evidence file, for other processes; a last line cut by a kill is left out."""
    ledger = Ledger()
    for line in path.read_text().splitlines(keepends=True) if path.exists() else []:
        if line.endswith("\n"):
            ledger.fold(json.loads(line))
    return ledger.of(number)
