"""A lab process that speaks JSON lines: commands on stdin, events on stdout. It dies with its parent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from dialer.core.phone import masked_in

Event = dict[str, Any]
PDEATHSIG = (
    "setpriv",
    "--pdeathsig",
    "KILL",
)  # bound to the thread that starts it: start from the main thread


class ChildFailed(RuntimeError):
    """The process ended or said nothing in time; the message names its log."""


class Child:
    """`python -m MODULE --config FILE` with its configuration and log in `run_dir`."""

    def __init__(self, module: str, name: str, config: dict[str, Any], run_dir: Path) -> None:
        self.module, self.name, self.config = module, name, config
        self.config_path = run_dir / f"{name}.json"
        self.log_path = run_dir / f"{name}.log"
        self.events: list[Event] = []
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def start(self, timeout_s: float = 10.0) -> Event:
        """Start it and wait for its `ready` event."""
        self.config_path.parent.mkdir(parents=True, exist_ok=True)
        self.config_path.write_text(json.dumps(self.config))
        words = [*PDEATHSIG, sys.executable, "-m", self.module, "--config", str(self.config_path)]
        pipe = asyncio.subprocess.PIPE
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, stderr=log)
        self._reader = asyncio.create_task(self._read(self._process))
        return await self.wait_for("ready", timeout_s=timeout_s)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            async with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def wait_for(self, event: str, *, timeout_s: float = 5.0, since: int = 0, **values: Any) -> Event:
        """The first event of that name and values from the `since`-th on. Raises ChildFailed."""

        def found() -> Event | None:
            wanted = {"event": event, **values}.items()
            return next((e for e in self.events[since:] if wanted <= {k: e.get(k) for k in e}.items()), None)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: found() is not None or self._has_ended())
        if (seen := found()) is None:
            raise ChildFailed(masked_in(f"`{self.name}` did not say `{event}`; hint: see `{self.log_path}`"))
        return seen

    def _has_ended(self) -> bool:
        return self._process is None or (self._reader is not None and self._reader.done())

    async def send(self, command: str | dict[str, Any]) -> None:
        """One command line: words as they are, data as JSON."""
        if self._process is None or self._process.stdin is None:
            raise ChildFailed(masked_in(f"`{self.name}` is not running"))
        line = command if isinstance(command, str) else json.dumps(command)
        self._process.stdin.write((line + "\n").encode())
        await self._process.stdin.drain()

    async def kill(self) -> None:
        """SIGKILL: it writes nothing any more."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def stop(self) -> None:
        """Close its stdin, which asks it to end; kill it where it does not within two seconds."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader


def read_lines(path: Path) -> list[Event]:
    """The events of an evidence file; a last line cut by a kill is left out."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]
