"""A loop whose time passes only while everybody waits: an hour takes a moment, and waiting for ever is an error."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

MIDDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


class EverybodyWaits(BaseException):
    """Nothing is due any more and the work is not done."""


class _Jump(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready: list[Any] = super().select(0)
        if not ready and timeout is None:
            raise EverybodyWaits
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time begins at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds that nobody could have waited through in vain."""
        return self._jump.skipped_s


class VirtualClock:
    """The port `Clock` on whatever loop runs."""

    def now(self) -> datetime:
        """Midday of a working day, and what has passed since."""
        return MIDDAY + timedelta(seconds=asyncio.get_running_loop().time())

    def boottime_ns(self) -> int:
        """The loop's time."""
        return int(asyncio.get_running_loop().time() * 1e9)


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
