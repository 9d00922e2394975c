"""Every port that `place_call` uses, wrapped: each call is numbered and told, and at one of them the process stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialer.ports.calls import KeyPressed, NotStaged

# What of a port is awaited, and what of it is called at once. Whatever is in neither passes through unseen.
AWAITED = {
    "record": {"admit", "reconfirm", "note", "settle", "reverse", "opt_out"},
    "revocations": {"next"},
    "pbx": {"usable", "stage", "bridge"},
    "leg": {"event", "play", "stop_playing", "exists", "renew", "hang_up", "dial"},
    "talk": {"close"},
    "agent": {"gone", "ticked"},
}
AT_ONCE = {"record": {"abandon"}, "leg": {"drained"}}
ENTERED = {"record": {"revocations"}, "agents": {"reserve"}}
# What a call gives back that is a port itself.
GIVES = {"stage": "leg", "bridge": "talk", "leg_of": "leg", "talk_of": "talk"}
# The first argument but one tells these calls apart.
TOLD_APART = {"note", "reconfirm"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the process stops, and how: `where` is before, inside or after; `how` is kill or stop.

    Inside is `inside_ms` after the call has suspended for the first time.
    """

    name: str
    occurrence: int
    where: str
    how: str
    inside_ms: float = 0.0

    def __str__(self) -> str:
        return f"{self.how} {self.where} {self.name} #{self.occurrence}"


class Watcher:
    """Tells each port call on a file that survives a kill, and stops the process at the fault."""

    def __init__(self, path: Path, fault: Fault | None) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._fault = fault
        self._seen: Counter[str] = Counter()
        self._last_heard = "nothing"

    def disarm(self) -> None:
        """The call that was to be stopped is over: the next one is not it."""
        self._fault = None

    def tell(self, what: str, **more: Any) -> None:
        """Append one line."""
        line = {"what": what, "at": time.time(), **more}
        os.write(self._file, (json.dumps(line, default=str) + "\n").encode())

    async def awaited(self, name: str, begin: Callable[[], Awaitable[Any]]) -> Any:
        """One awaited port call."""
        if name == "leg.event":
            name = f"leg.event behind {self._last_heard}"
        number = self._number(name)
        self._strike(name, number, "before")
        fault = self._fault
        if fault is None or (fault.name, fault.occurrence, fault.where) != (name, number, "inside"):
            result = await begin()
        else:
            result = await self._interrupted(name, number, begin)
        self.tell("returned", name=name, number=number)
        self._strike(name, number, "after")
        return result

    async def _interrupted(self, name: str, number: int, begin: Callable[[], Awaitable[Any]]) -> Any:
        assert self._fault is not None
        running = asyncio.ensure_future(begin())
        try:
            await asyncio.sleep(self._fault.inside_ms / 1000)
        except asyncio.CancelledError:
            running.cancel()
            raise
        self._strike(name, number, "inside")
        return await running

    def heard(self, event: object) -> None:
        """An event has reached the controller."""
        self._last_heard = type(event).__name__
        digit = event.digit if isinstance(event, KeyPressed) else ""
        name = f"heard {self._last_heard}"
        self.tell("heard", name=name, digit=digit)
        self._strike(name, self._number(name, "point"), "after")

    def at_once(self, name: str) -> None:
        """A port call that does not wait is about to begin."""
        self._strike(name, self._number(name, "at_once"), "before")

    def _number(self, name: str, kind: str = "awaited") -> int:
        self._seen[name] += 1
        self.tell("begun", kind=kind, name=name, number=self._seen[name])
        return self._seen[name]

    def _strike(self, name: str, number: int, where: str) -> None:
        fault = self._fault
        if fault is None or (fault.name, fault.occurrence, fault.where) != (name, number, where):
            return
        self.tell("struck", name=name, number=number, where=where)
        os.kill(os.getpid(), signal.SIGKILL if fault.how == "kill" else signal.SIGSTOP)
        self.tell("went on")


class Watched:
    """A port that is told of. What it gives back that is a port is told of as well."""

    def __init__(self, inner: Any, kind: str, watcher: Watcher) -> None:
        self._inner, self._kind, self._watcher = inner, kind, watcher

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if name in ENTERED.get(self._kind, ()):
            return self._entered(name, value)
        if name in AWAITED.get(self._kind, ()):
            return self._awaited(name, value)
        if name in AT_ONCE.get(self._kind, ()):
            return self._at_once(name, value)
        if name in GIVES:
            return lambda *given, **named: self._told_of(name, value(*given, **named))
        return value

    def _told_of(self, name: str, result: Any) -> Any:
        if name not in GIVES or isinstance(result, NotStaged):
            return result
        return Watched(result, GIVES[name], self._watcher)

    def _awaited(self, name: str, value: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*given: Any, **named: Any) -> Any:
            apart = f" {given[1]}" if name in TOLD_APART else ""
            label = f"{self._kind}.{name}{apart}"
            result = await self._watcher.awaited(label, lambda: value(*given, **named))
            if name == "event":
                self._watcher.heard(result)
            if name == "admit":
                self._watcher.tell("admitted", admission=type(result).__name__)
            return self._told_of(name, result)

        return call

    def _at_once(self, name: str, value: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._watcher.at_once(f"{self._kind}.{name}")
            result = value(*given, **named)
            for event in result if name == "drained" else ():
                self._watcher.heard(event)
            return result

        return call

    def _entered(self, name: str, value: Callable[..., Any]) -> Callable[..., Any]:
        kind = {"revocations": "revocations", "reserve": "agent"}[name]

        @asynccontextmanager
        async def entered(*given: Any, **named: Any) -> AsyncIterator[Any]:
            inner = value(*given, **named)
            label = f"{self._kind}.{name}"
            found = await self._watcher.awaited(label, inner.__aenter__)
            try:
                yield None if found is None else Watched(found, kind, self._watcher)
            except BaseException as error:
                if not await inner.__aexit__(type(error), error, error.__traceback__):
                    raise
            else:
                await self._watcher.awaited(f"{label} left", lambda: inner.__aexit__(None, None, None))

        return entered
