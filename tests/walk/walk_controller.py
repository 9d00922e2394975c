"""The controller as a process of its own, forked by a server that has imported everything, real in every part.

The server reads a job a line on stdin, forks, and tells on stdout when the job's process stops or ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import logging
import os
import select
import signal
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import uuid4

from walk_broken import BROKEN
from walk_ports import Fault, Watched, Watcher
from walk_site import ENTERPRISE, RECORDED, Site, fill, law

from dialer.agents import AgentDesk
from dialer.ari.connection import AriConnection
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.clock import SystemClock
from dialer.core.admission import Actor, Denied, Permitted, Request
from dialer.core.policy import Purpose
from dialer.core.rulebook import Rulebook
from dialer.numbers import parse_callee
from dialer.place_call import CallResult
from dialer.ports.calls import Timing
from dialer.reconcile import Reconciler
from dialer.record.given import Enrolment, Spans
from dialer.record.store import RecordStore
from dialer.secrets import ensure
from dialer.supervise import Supervisor

MAX_DEAF_S = 4.0
TIMING = Timing(
    max_deaf_s=MAX_DEAF_S,
    renew_every_s=1.0,
    ring_slack_s=1.0,
    agent_spoken_within_s=4.0,
    listen_after_s=0.5,
    max_call_s=7.0,
    hangup_heard_s=1.5,
)
READY_S, QUIET_S = 10.0, 12.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `person`: who is called, by his number where he has no other name.

    `gap_s` is waited before it; `step_s` moves this process's wall clock before it.
    """

    key: str
    number: str
    script: str = RECORDED
    agent: str | None = None
    person: str = ""
    gap_s: float = 0.0
    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """One life of a controller: requests one after the other, each waited for; then it ends by itself.

    Without requests it makes the record of the site. `burst` sends all requests at once. `clock_s`: how far
    the wall clock was set from the right time before it began.
    """

    id: str
    data_dir: str
    report: str
    app: str = ""
    ari_url: str = ""
    password: str = ""
    recordings: str = ""
    asked: tuple[Asked, ...] = ()
    burst: bool = False
    fault: Fault | None = None
    broken: str = ""
    agents: tuple[str, ...] = ()
    ring_timeout_s: float = 5.0
    ring_grace_s: float = 5.0
    clock_s: float = 0.0

    @staticmethod
    def read(line: str) -> Job:
        """The job of a line."""
        raw = json.loads(line)
        raw["asked"] = tuple(Asked(**one) for one in raw["asked"])
        raw["fault"] = Fault(**raw["fault"]) if raw["fault"] else None
        return Job(**{**raw, "agents": tuple(raw["agents"])})

    def line(self) -> str:
        """The job as a line."""
        return json.dumps(asdict(self)) + "\n"


class SteppedClock(SystemClock):
    """The clock of the machine, which somebody sets."""

    def step(self, by_s: float) -> None:
        """Set the wall clock forward, or back."""
        self._offset += timedelta(seconds=by_s)


class Controller:
    """Record, Asterisk, agents, supervisor and reconciler of one job."""

    def __init__(self, job: Job, site: Site, rulebook: Rulebook, connection: AriConnection) -> None:
        self._job = job
        self.clock = SteppedClock(site.offset_s + job.clock_s)
        self.watcher = Watcher(Path(job.report), job.fault)
        self.store = RecordStore.open(
            Path(job.data_dir),
            secrets=ensure(site.secrets_dir),
            clock=self.clock,
            rulebooks={rulebook.digest: rulebook},
            spans=Spans(ring_timeout_s=job.ring_timeout_s, ring_grace_s=job.ring_grace_s),
            soundness=lambda: self.supervisor.unsound(),
            lab=True,
        )
        endpoints = Endpoints(
            "PJSIP/{number}@trunk-{trunk}", "PJSIP/agent-{agent}", site.sounds, Path(job.recordings)
        )
        self.pbx = AriPbx(connection, endpoints, self.clock)
        self.agents = AgentDesk(self.pbx, job.agents, TIMING)
        record, pbx = BROKEN[job.broken](self.store, self.pbx)
        watched = Watched(pbx, "pbx", self.watcher)
        self.supervisor = Supervisor(
            Watched(record, "record", self.watcher),
            watched,
            Watched(self.agents, "agents", self.watcher),
            self.clock,
            TIMING,
        )
        self.reconciler = Reconciler(self.store, watched, self.agents, self.supervisor)

    async def run(self) -> None:
        """Reconcile, place what is asked for, and end once nothing is followed any more."""
        async with asyncio.TaskGroup() as beside:
            reconciling = beside.create_task(self.reconciler.run())
            async with asyncio.timeout(READY_S):
                while not self.supervisor.ready()[0]:
                    await asyncio.sleep(0.01)
            self.watcher.tell("ready")
            requests = [(one, await self._request(one)) for one in self._job.asked]
            if self._job.burst:
                await asyncio.gather(*(self._place(*one) for one in requests))
            else:
                for one in requests:
                    await self._place(*one)
            await self._until_quiet()
            reconciling.cancel()

    async def _request(self, asked: Asked) -> Request:
        callee = parse_callee(asked.number)
        assert callee is not None
        person = Enrolment(asked.person or callee.e164, None, callee)
        enrolled = await self.store.enrol(ENTERPRISE, [person])
        return Request(
            id=uuid4(),
            idempotency_key=asked.key,
            digest=f"digest of {asked.key}",
            actor=Actor("walk", frozenset(), "test"),
            enterprise=ENTERPRISE,
            purpose=Purpose.COLLECTION,
            product="credit",
            person=enrolled[0].person,
            line=enrolled[0].line,
            callee=callee,
            script=asked.script,
            agent=asked.agent,
        )

    async def _place(self, asked: Asked, request: Request) -> None:
        await asyncio.sleep(asked.gap_s)
        if asked.step_s:
            self.clock.step(asked.step_s)
        self.watcher.tell("asked", key=asked.key)
        try:
            self.watcher.tell("placed", key=asked.key, **_said(await self.supervisor.place(request)))
        except Exception as error:
            self.watcher.tell("placed", key=asked.key, raised=repr(error))
        self.watcher.disarm()

    async def _until_quiet(self) -> None:
        """Until no call is followed and Asterisk has none of ours; then tell what it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                while self.supervisor.desk.followed or self.supervisor.live or await self._left():
                    await asyncio.sleep(0.05)
                await self.agents.close()
                while await self._left(agents=True):
                    await asyncio.sleep(0.05)
        followed = [str(one) for one in self.supervisor.desk.followed]
        self.watcher.tell("quiet", left=await self._left(agents=True), followed=followed)

    async def _left(self, *, agents: bool = False) -> list[str]:
        """The channels of this application in Asterisk."""
        standing = await self.pbx.standing()
        return [str(one) for one in (*standing.attempts, *(standing.others if agents else ()))]


def _said(result: CallResult) -> dict[str, Any]:
    admission = result.admission
    if isinstance(admission, Denied):
        instant: datetime | None = admission.next_instant
        rules = [[one.rule, one.code] for one in admission.decision.denials]
        return {"admission": "Denied", "rules": rules, "next": instant.timestamp() if instant else None}
    end = str(result.end.outcome) if result.end else ""
    attempt = str(admission.permit.id) if isinstance(admission, Permitted) else str(admission.attempt)
    return {"admission": type(admission).__name__, "attempt": attempt, "end": end}


async def live(job: Job, site: Site, rulebook: Rulebook) -> None:
    """The life of one process."""
    if not job.app:
        clock = SystemClock(site.offset_s)
        store = RecordStore.open(
            site.data_dir,
            secrets=ensure(site.secrets_dir),
            clock=clock,
            rulebooks={rulebook.digest: rulebook},
            lab=True,
        )
        await fill(store, site, rulebook)
        store.close()
        return
    async with AriConnection(job.ari_url, "dialer", job.password, job.app) as connection:
        controller = Controller(job, site, rulebook, connection)
        await controller.run()
        controller.store.close()


def _child(job: Job, site: Site, rulebook: Rulebook) -> NoReturn:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    log = os.open(f"{job.report}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s.%(msecs)03d %(name)s %(message)s", force=True)
    try:
        asyncio.run(live(job, site, rulebook))
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def serve(site: Site) -> None:
    """Fork a process for each job until stdin ends."""
    rulebook = law(site.most)
    gc.collect()
    gc.freeze()
    jobs: dict[int, str] = {}
    waiting = b""
    while True:
        if select.select([0], [], [], 0.01)[0]:
            if not (read := os.read(0, 1 << 16)):
                return
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                job = Job.read(line.decode())
                pid = os.fork()
                if not pid:
                    _child(job, site, rulebook)
                jobs[pid] = job.id
                _say(job.id, "begun", pid)
        while jobs and (found := os.waitpid(-1, os.WNOHANG | os.WUNTRACED))[0]:
            pid, status = found
            if os.WIFSTOPPED(status):
                _say(jobs[pid], "stopped", pid)
            else:
                _say(jobs.pop(pid), "ended", os.waitstatus_to_exitcode(status))


def _say(job: str, what: str, value: int) -> None:
    os.write(1, (json.dumps([job, what, value]) + "\n").encode())


def site_of(text: str) -> Site:
    """The site of a JSON text."""
    raw: dict[str, Any] = json.loads(text)
    return Site(**{name: Path(one) if isinstance(one, str) else one for name, one in raw.items()})  # type: ignore[arg-type]


if __name__ == "__main__":
    serve(site_of(sys.argv[1]))
