"""Whether the clocks may be believed: wall time against the record and against CLOCK_BOOTTIME."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialer.core.entry import from_us, to_us
from dialer.core.facts import Unsound
from dialer.ports.calls import Clock

BACK = timedelta(seconds=1)
APART = timedelta(seconds=1)


class ClockWatch:
    """Compares both clocks since its construction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._boot_ns = clock.now(), clock.boottime_ns()

    def unsound(self, now: datetime, newest_us: int) -> list[Unsound]:
        """What is wrong with `now`, the newest instant in the record being `newest_us`."""
        found = []
        if to_us(now + BACK) < newest_us:
            found.append(Unsound("sound.clock_back", {"newest": from_us(newest_us).isoformat()}))
        gone = timedelta(microseconds=(self._clock.boottime_ns() - self._boot_ns) // 1000)
        apart = (now - self._wall) - gone
        if abs(apart) > APART:
            found.append(Unsound("sound.clock_apart", {"apart_s": f"{apart.total_seconds():.1f}"}))
        return found
