"""A regulator for the lab: takes number lists over HTTP, and by its seed loses, delays, doubles, reorders and rejects.

It keeps what it has taken, checks each signature, and counts what it did wrong in `misdeeds`. Loopback only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from dialer.core.entry import canonical
from dialer.policy_signature import is_signed

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Habits:
    """How often it does what, of 1. `rejects` is settled by what a line says, so that asking again changes nothing."""

    cuts: float = 0.15
    forgets: float = 0.1
    fails: float = 0.1
    delays: float = 0.4
    doubles: float = 0.25
    withholds: float = 0.2
    rejects: float = 0.1
    longest_delay: int = 12


FAULTLESS = Habits(0, 0, 0, 0, 0, 0, 0)


@dataclass
class _Delivery:
    """One submission in the inbox: taken once as many requests have passed."""

    due: int
    content: dict[str, Any]


@dataclass
class LabRegulator:
    """Its whole state. `holds` is its list: content of a line by number, kind, enterprise and agency."""

    public_key: bytes
    seed: int
    habits: Habits = field(default_factory=Habits)
    token: str = ""
    holds: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    misdeeds: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._inbox: list[_Delivery] = []
        self._answers: dict[str, dict[int, tuple[str, str]]] = {}
        self._keys: set[str] = set()
        self._requests = 0

    @property
    def settled(self) -> bool:
        """Whether nothing waits in its inbox any more."""
        return not self._inbox

    # -- taking --------------------------------------------------------------------------------------------

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Take a submission, or pretend to."""
        self._tick()
        raw = await request.read()
        signature = request.headers.get("Dialer-Signature", "")
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401, text="who are you")
        if not is_signed(self.public_key, raw, signature):
            return web.Response(status=422, text="the signature is not the officer's")
        if self._does("cuts"):
            return self._cut(request)
        if self._does("fails"):
            return web.Response(status=503, text="come again")
        key = request.headers.get("Idempotency-Key", "")
        if key not in self._keys:
            self._keys.add(key)
            self._receive(json.loads(raw))
        # The answer may be lost after the work was done.
        return self._cut(request) if self._does("cuts") else web.json_response({}, status=202)

    def _receive(self, content: dict[str, Any]) -> None:
        if self._does("forgets"):
            return
        for _ in range(2 if self._does("doubles") else 1):
            late = self._dice.randint(1, self.habits.longest_delay) if self._does("delays") else 0
            self._inbox.append(_Delivery(self._requests + late, content))

    def _tick(self) -> None:
        """A request has come: what is due by now is taken, in an order of its own."""
        self._requests += 1
        due = [one for one in self._inbox if one.due <= self._requests]
        self._inbox = [one for one in self._inbox if one.due > self._requests]
        order = self._dice.sample(due, len(due))
        self.misdeeds["reorders"] += sum(a is not b for a, b in zip(order, due, strict=True))
        for one in order:
            self._take(one.content)

    def _take(self, content: dict[str, Any]) -> None:
        answers = self._answers.setdefault(content["submission"], {})
        for row in content["lines"]:
            line = row["line"]
            if row["change"] != "removed" and self._refuses(line):
                answers[row["no"]] = ("rejected", f"第{row['no']}行与电信企业登记不符")
                continue
            answers[row["no"]] = ("acknowledged", "")
            if row["change"] == "removed":
                self.holds.pop(_key(line), None)
            else:
                self.holds[_key(line)] = line

    def _refuses(self, line: dict[str, Any]) -> bool:
        drawn = hashlib.sha256(canonical({"seed": self.seed, "line": line})).digest()
        refused = drawn[0] / 256 < self.habits.rejects
        self.misdeeds["rejects"] += refused
        return refused

    # -- answering -----------------------------------------------------------------------------------------

    async def answers(self, request: web.Request) -> web.StreamResponse:
        """What it says of a submission: some lines twice, some not yet, in any order."""
        self._tick()
        if self._does("fails"):
            return web.Response(status=503, text="come again")
        ident = request.match_info["submission"]
        waits = any(one.content["submission"] == ident for one in self._inbox)
        if ident not in self._answers:
            if waits:
                return web.json_response({"submission": ident, "state": "received", "lines": []})
            return web.Response(status=404)
        lines = [
            {"no": no, "answer": answer, "reason": reason}
            for no, (answer, reason) in self._answers[ident].items()
            if not self._does("withholds")
        ]
        lines += [one for one in lines if self._does("doubles")]
        self._dice.shuffle(lines)
        state = "received" if waits else "answered"
        return web.json_response({"submission": ident, "state": state, "lines": lines})

    async def numbers(self, request: web.Request) -> web.StreamResponse:
        """Its list of one enterprise."""
        self._tick()
        if self._does("fails"):
            return web.Response(status=500, text="come again")
        uscc = request.query["uscc"]
        held = [line for line in self.holds.values() if line["enterprise"]["uscc"] == uscc]
        return web.json_response({"numbers": self._dice.sample(held, len(held))})

    def _does(self, habit: str) -> bool:
        drawn = self._dice.random() < float(getattr(self.habits, habit))
        self.misdeeds[habit] += drawn
        return drawn

    @staticmethod
    def _cut(request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _key(line: dict[str, Any]) -> tuple[str, ...]:
    agency = line["agency"]["id"] if line["agency"] else ""
    return (line["enterprise"]["id"], line["number"], line["kind"], agency)


@asynccontextmanager
async def regulating(regulator: LabRegulator) -> AsyncIterator[str]:
    """Run it on a free port of this machine; its address."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/submissions", regulator.submit)
    app.router.add_get("/submissions/{submission}", regulator.answers)
    app.router.add_get("/numbers", regulator.numbers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        addresses = runner.addresses
        yield f"http://{LOOPBACK}:{addresses[0][1]}"
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
