"""What the controllers of a walk meet: one Asterisk, one carrier exchange, phones, and the server that forks them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from walk_controller import Job
from walk_site import TRUNK, Site, lay_out

from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import ANSWERS, Behaviour
from dialer.lab.exchange import Exchange
from dialer.lab.peer import Peer

HERE = Path(__file__).parent
ENDS_WITHIN_S = 40.0


class World:
    """`async with World(root, asterisk_root, lanes=8, most=1) as world:`; everything it starts ends with it.

    A lane is an application name and an agent of its own: two controllers in one lane never live at once.
    """

    def __init__(self, root: Path, asterisk_root: Path, *, lanes: int = 1, most: int = 1) -> None:
        self.root = root
        self.site: Site = lay_out(root, most)
        self.peer = Peer(default=ANSWERS)
        self.exchange = Exchange({}, root / "exchange.jsonl")
        self.free: asyncio.Queue[int] = asyncio.Queue()
        self._lanes, self._asterisk_root = lanes, asterisk_root
        self._open = AsyncExitStack()
        self._told: dict[str, asyncio.Queue[tuple[str, int]]] = {}
        self._pids: dict[str, int] = {}
        self._numbers = 0

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _start(self) -> None:
        await self._open.enter_async_context(self.peer)
        await self._open.enter_async_context(self.exchange)
        agents = [AgentPhone(f"w{one}", "", "127.0.0.1", self.peer.port) for one in range(self._lanes)]
        trunks = [Trunk(name, "127.0.0.1", self.exchange.port) for name in (TRUNK, "unicom")]
        self.asterisk = LabAsterisk(
            self.root / "asterisk", app="walk", trunks=trunks, agents=agents, root=self._asterisk_root
        )
        self._open.callback(self.asterisk.stop)
        self.asterisk.start()
        for one in range(self._lanes):
            self.free.put_nowait(one)
        await self._start_server()
        code = await self.end_of(self.begin(Job("template", "", str(self.root / "template.jsonl"))))
        assert code == 0, (self.root / "template.jsonl.log").read_text()

    async def _start_server(self) -> None:
        site = json.dumps(
            {name: str(one) if isinstance(one, Path) else one for name, one in asdict(self.site).items()}
        )
        log = self._open.enter_context((self.root / "server.log").open("wb"))
        self._server = await asyncio.create_subprocess_exec(
            "setpriv", "--pdeathsig", "KILL", sys.executable, str(HERE / "walk_controller.py"), site,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log, cwd=HERE,
            env={**os.environ, "PYTHONPATH": f"{HERE.parents[1]}{os.pathsep}{HERE}"},
        )  # fmt: skip
        listening = asyncio.create_task(self._listen())
        self._open.push_async_callback(self._stop_server, listening)

    async def _stop_server(self, listening: asyncio.Task[None]) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        await self._server.wait()
        await listening

    async def _listen(self) -> None:
        assert self._server.stdout is not None
        async for line in self._server.stdout:
            job, what, value = json.loads(line)
            if what == "begun":
                self._pids[job] = value
            self._told[job].put_nowait((what, value))

    # -- controllers ---------------------------------------------------------------------------------------

    def job(self, ident: str, lane: int, **more: Any) -> Job:
        """A job of this world in a lane; its record is a copy of the template's unless it has one."""
        data_dir = self.root / f"data-{ident.split('.')[0]}"
        if not data_dir.exists():
            shutil.copytree(self.site.data_dir, data_dir)
        return Job(
            ident,
            str(data_dir),
            str(self.root / f"report-{ident}.jsonl"),
            app=f"walk-{lane}",
            ari_url=self.asterisk.ari_url,
            password=self.asterisk.users["dialer"],
            recordings=str(self.asterisk.recordings_dir),
            agents=(f"w{lane}",),
            **more,
        )

    def begin(self, job: Job) -> Job:
        """Fork the controller of a job."""
        assert self._server.stdin is not None
        self._told[job.id] = asyncio.Queue()
        self._server.stdin.write(job.line().encode())
        return job

    async def next_of(self, job: Job, timeout_s: float = ENDS_WITHIN_S) -> tuple[str, int]:
        """What next becomes of a process: `begun`, `stopped` (with its id) or `ended` (with its code)."""
        async with asyncio.timeout(timeout_s):
            return await self._told[job.id].get()

    async def end_of(self, job: Job, timeout_s: float = ENDS_WITHIN_S) -> int:
        """The exit code of a process, waited for; -9 where it was killed."""
        while True:
            what, value = await self.next_of(job, timeout_s)
            if what == "ended":
                return value

    def kill(self, job: Job) -> None:
        """kill -9 the process of a job that has begun."""
        os.kill(self._pids[job.id], signal.SIGKILL)

    async def reported(self, job: Job, what: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """The first line of a job's report that says `what`, waited for."""
        async with asyncio.timeout(timeout_s):
            while not (found := [one for one in read_report(job) if one["what"] == what]):
                await asyncio.sleep(0.05)
        return found[0]

    # -- people --------------------------------------------------------------------------------------------

    def phone(self, behaviour: Behaviour) -> str:
        """The number of a new person whose phone behaves like this."""
        self._numbers += 1
        number = f"1380{self._numbers:07d}"
        self.peer.behaviours[number] = behaviour
        self.exchange.route(number, ("127.0.0.1", self.peer.port))
        return number


def read_report(job: Job) -> list[dict[str, Any]]:
    """What a controller told, in order; a last line cut by a kill is left out."""
    path = Path(job.report)
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def rows(job: Job, query: str) -> list[dict[str, Any]]:
    """Rows of a record whose owner is gone."""
    with sqlite3.connect(f"file:{job.data_dir}/record.db", uri=True) as record:
        record.row_factory = sqlite3.Row
        found = [dict(one) for one in record.execute(query)]
    record.close()
    return found
