"""Runs many calls at once; begins none while the link is down, the record is not reconciled, or it is told to drain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from dialer.core.admission import Request
from dialer.core.errors import Fault
from dialer.core.facts import Unsound
from dialer.following import Desk
from dialer.place_call import CallResult, place_call
from dialer.ports.calls import Agents, Clock, Pbx, Record, Timing

log = logging.getLogger(__name__)


class Supervisor:
    """Places calls in tasks of their own. `unsound()` is what the record asks before it says yes."""

    def __init__(self, record: Record, pbx: Pbx, agents: Agents, clock: Clock, timing: Timing) -> None:
        self.desk = Desk(record, pbx, agents, clock, timing, self._later)
        self._calls: set[asyncio.Task[CallResult]] = set()
        self._leftovers: set[asyncio.Task[None]] = set()
        self._closed: str | None = "not yet reconciled with asterisk"

    # -- whether a call may begin --------------------------------------------------------------------------

    def open(self) -> None:
        """Every live channel is accounted for: calls may begin."""
        self._closed = None

    def shut(self, why: str) -> None:
        """No call begins until `open`; live calls go on."""
        self._closed = why

    def ready(self) -> tuple[bool, str]:
        """Whether a call could begin now, and if not, why."""
        return self._closed is None, self._closed or "ready"

    def unsound(self) -> Sequence[Unsound]:
        """The same, as facts for a decision."""
        return () if self._closed is None else (Unsound("sound.link_down", {"why": self._closed}),)

    # -- calls ---------------------------------------------------------------------------------------------

    async def place(self, request: Request) -> CallResult:
        """Place one call and wait for its end; a waiter who leaves does not end the call."""
        return await asyncio.shield(self.start(request))

    def start(self, request: Request) -> asyncio.Task[CallResult]:
        """Place one call in a task of its own."""
        task = asyncio.create_task(place_call(request, self.desk), name=f"call {request.id}")
        self._calls.add(task)
        task.add_done_callback(self._finished)
        return task

    @property
    def live(self) -> int:
        """How many requests are being worked on."""
        return len(self._calls)

    async def drain(self, grace_s: float) -> None:
        """Begin nothing more, let live calls end within `grace_s` seconds, then end them; every end is written."""
        self.shut("the controller is stopping")
        if self._calls:
            await asyncio.wait(self._calls, timeout=grace_s)
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        if self._leftovers:
            await asyncio.wait(self._leftovers, timeout=grace_s)
        for leftover in self._leftovers:
            leftover.cancel()

    def _finished(self, task: asyncio.Task[CallResult]) -> None:
        self._calls.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A fault of the world is told to who asked; 500 requests for two agents are no 500 tracebacks.
            defect = None if isinstance(error, Fault) else error
            log.error("%s ended by %s: %s", task.get_name(), type(error).__name__, error, exc_info=defect)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="an end that waits for the record")
        self._leftovers.add(task)
        task.add_done_callback(self._leftovers.discard)
