"""What the watchdog needs of Asterisk: all its trunk legs, none its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Protocol

from dialer.core.permit import Wire


@dataclass(frozen=True, slots=True)
class TrunkLeg:
    """An outbound trunk channel whose INVITE leaves, and what it shows. `token` is empty where it has none."""

    channel: str
    wire: Wire
    token: str


class WatchedPbx(Protocol):
    """Asterisk, as the watchdog sees it."""

    def dials(self) -> AsyncIterator[Awaitable[TrunkLeg | None]]:
        """Every trunk leg at the instant its INVITE leaves; awaited, what it shows, or None where it ended before."""
        ...

    async def end(self, channel: str) -> None:
        """Hang a channel up; one that is gone is no fault."""
        ...
