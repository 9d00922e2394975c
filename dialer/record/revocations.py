"""Revocations: who listens hears of an opt-out or stop after its commit and before its command is answered."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dialer.ports.calls import Revocable, Revocation

Concerns = Callable[[Revocable], bool]


class Listener:
    """One call that listens. Implements `ports.calls.Revocations`."""

    def __init__(self, request: Revocable) -> None:
        self.request = request
        self._loop = asyncio.get_running_loop()
        self._fired = asyncio.Event()
        self._first: Revocation | None = None

    async def next(self) -> Revocation:
        """Wait for the first revocation."""
        while self._first is None:
            await self._fired.wait()
        return self._first

    def pending(self) -> Revocation | None:
        """A revocation that has already happened, or None."""
        return self._first

    def hear(self, revocation: Revocation) -> None:
        """Take a revocation, from any thread; the first one stays."""
        if self._first is None:
            self._first = revocation
            self._loop.call_soon_threadsafe(self._fired.set)


class Hub:
    """Everybody who listens, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()

    @asynccontextmanager
    async def listening(self, request: Revocable) -> AsyncIterator[Listener]:
        """Listen for `request`, from entry to exit."""
        listener = Listener(request)
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def fire(self, revocation: Revocation, concerns: Concerns) -> None:
        """Tell everybody whom it concerns. Called on the writer's thread, after the commit."""
        with self._lock:
            reached = [one for one in self._listeners if concerns(one.request)]
        for listener in reached:
            listener.hear(revocation)

    def requests(self) -> list[Revocable]:
        """What is listened for now."""
        with self._lock:
            return [one.request for one in self._listeners]


def everything(_request: Revocable) -> bool:
    """Concerns every call."""
    return True


def reaches(scope: str, target: str | None) -> Concerns:
    """Concerns the calls of one enterprise, agency or campaign, or all.

    A permit found after a restart does not say whose campaign or agency it was: it is ended rather than missed.
    """
    if scope == "all":
        return everything
    return lambda request: getattr(request, scope, target) == target


def reaching(person: str, line: str) -> Concerns:
    """Concerns the one call that reaches this person on this line."""
    return lambda request: (str(request.person), str(request.line)) == (person, line)
