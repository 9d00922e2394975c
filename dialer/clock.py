"""The clock of this machine, perhaps shifted by a declared lab offset. Implements `ports.calls.Clock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Wall time plus `offset_s` seconds (0 outside a lab), and CLOCK_BOOTTIME, which is never shifted."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self._offset = timedelta(seconds=offset_s)

    def now(self) -> datetime:
        """The instant by the wall clock: aware, UTC."""
        return datetime.now(UTC) + self._offset

    def boottime_ns(self) -> int:
        """Nanoseconds since boot, suspended time included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
