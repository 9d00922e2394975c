"""`dialer serve` as a real process before a real Asterisk and simulated phones, with a cable that can be cut."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import ANSWERS, Behaviour, CallSeen
from dialer.lab.peer import Peer
from dialer.policy_files import load_rulebook
from dialer.policy_signature import make_key, sign, write_signature
from dialer.register_files import load_register
from dialer.script_files import load_scripts, script_json

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("lab", "contract", "path")]
from pbx_worlds import write_tone  # noqa: E402
from placing import Wire  # noqa: E402

SAMPLE = ROOT / "dialer/lab/sample"
APP, AGENTS = "dialer-faults", ("1001", "1002")
# A Tuesday, ten in the morning in Nanjing: every hour rule is content.
BEGINS = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ENTERPRISE, CALLER_ID = "jiangsu-example", "95000001"
MAX_DEAF_S, GRACE_S, RING_S = 6.0, 3.0, 12.0
PATIENCE_S = 15.0

SCRIPTS = """
- {id: opening, version: 1, enterprise: jiangsu-example, purposes: [collection], products: [credit], mode: recorded,
   parts: [enterprise_name, contact, refusal_method], audio: opening.wav,
   text: "示例消金，电话4000000001，拒绝此类来电请按九"}
- {id: closing, version: 1, enterprise: jiangsu-example, purposes: [collection], products: [credit], mode: recorded,
   text: 再见, audio: closing.wav, closing: true}
"""


def settings(folder: Path, url: str) -> str:
    """dialer.toml of a lab site."""
    offset_s = round((BEGINS - datetime.now(UTC)).total_seconds())
    return f"""
[site]
name = "faults"
data_dir = "data"
zone = "Asia/Shanghai"
[ari]
url = "{url}"
user = "dialer"
password_file = "ari.password"
app = "{APP}"
sounds_dir = "sounds"
[policy]
folder = "{ROOT / "policies"}"
signature = "rulebook.sig.json"
revision = 1
trusted_keys = {{ officer = "officer.pub.pem" }}
[secrets]
dir = "secrets"
[agents]
names = {json.dumps(AGENTS)}
[timing]
ring_timeout_s = {RING_S:g}
ring_grace_s = {GRACE_S:g}
max_deaf_s = {MAX_DEAF_S:g}
renew_every_s = 1
max_call_s = 30
[lab]
clock_offset_s = {offset_s}
people = ["lin", "wang"]
"""


@dataclass(slots=True)
class Site:
    """One site, its phones, and its controller's process while it runs."""

    folder: Path
    asterisk: LabAsterisk
    people: Peer
    phones: Peer
    wire: Wire
    owner: subprocess.Popen[bytes] | None = None
    standing: str = ""
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def log(self) -> str:
        """What the controller logged."""
        return (self.folder / "serve.log").read_text()

    def write_password(self, password: str) -> None:
        """Where the controller reads it."""
        path = self.folder / "ari.password"
        path.write_text(password + "\n")
        path.chmod(0o600)

    def words(self, *more: str) -> list[str]:
        """How the controller is started."""
        return [sys.executable, "-m", "dialer", "serve", "--config", "dialer.toml", *more]

    def env(self) -> dict[str, str]:
        """The environment of every process of this site."""
        return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LANG": "C.UTF-8"}

    async def start(self, *more: str) -> None:
        """Start the controller; it answers when this returns."""
        reading, writing = os.pipe()
        words = self.words("--ready-fd", str(writing), "--drain-s", "0.5", *more)
        with (self.folder / "serve.log").open("ab") as log:
            self.owner = subprocess.Popen(
                words,
                pass_fds=(writing,),
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.env(),
            )
        os.close(writing)
        with os.fdopen(reading) as end:
            self.standing = (await asyncio.to_thread(end.readline)).strip()
        assert self.standing, self.log

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the controller; its exit code."""
        owner, self.owner = self.owner, None
        if owner is None:
            return 0
        owner.send_signal(how)
        try:
            return await asyncio.to_thread(owner.wait, PATIENCE_S)
        except subprocess.TimeoutExpired:
            owner.kill()
            raise

    async def ask(self, method: str, path: str, body: Any = None, person: str = "lin") -> tuple[int, Any]:
        """Status and answer of the controller's API."""
        connector = aiohttp.UnixConnector(str(self.folder / "data/dialer.sock"))
        async with aiohttp.ClientSession("http://dialer", connector=connector) as session:
            content = None if body is None else json.dumps(body)
            who = {"Dialer-Lab-Person": person}
            async with session.request(method, path, data=content, headers=who) as answer:
                text = await answer.text()
                return answer.status, json.loads(text) if "json" in answer.content_type else text

    async def ok(self, method: str, path: str, body: Any = None, person: str = "lin") -> Any:
        """An answer that must not be a refusal."""
        status, told = await self.ask(method, path, body, person)
        assert status < 400, told
        return told

    async def run(self, *words: str) -> tuple[int, str]:
        """A command of its own process: exit code and everything it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer", *words, "--config", "dialer.toml",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=self.folder,
            env=self.env(),
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def furnish(self) -> None:
        """Register and approved scripts in force; an opening of one second."""
        for name, seconds in (("opening", 1.0), ("closing", 0.5)):
            made = write_tone(self.folder / "made", seconds)
            (self.folder / f"{name}.wav").write_bytes((self.folder / f"made/{made}.wav").read_bytes())
        (self.folder / "scripts.yaml").write_text(SCRIPTS)
        rows = [
            script_json(one) for one in load_scripts(self.folder / "scripts.yaml", self.folder / "sounds")
        ]
        await self.ok("PUT", "/v1/register", {"document": load_register(SAMPLE / "register.yaml")})
        await self.ok("PUT", "/v1/scripts", {"scripts": rows})
        for name in ("opening", "closing"):
            await self.ok("POST", f"/v1/scripts/{name}/approve", {"version": 1}, "wang")

    def request(self, number: str, **changes: Any) -> dict[str, Any]:
        """A lawful call; one person a number."""
        return {
            "idempotency_key": f"key-{number}",
            "enterprise": ENTERPRISE,
            "purpose": "collection",
            "product": "credit",
            "person": {"id": f"P{number[-4:]}", "name": f"张三{number[-4:]}"},
            "number": number,
            "caller_id": CALLER_ID,
            "script": "opening",
            **changes,
        }

    def call(self, number: str, **changes: Any) -> asyncio.Task[dict[str, Any]]:
        """Ask for a call and wait for its end in a task."""
        task = asyncio.create_task(self.ok("POST", "/v1/calls?wait=end", self.request(number, **changes)))
        self._tasks.add(task)
        return task

    async def called(self, number: str, **changes: Any) -> dict[str, Any]:
        """The end of a call."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.call(number, **changes)

    async def ready(self, *, within_s: float = PATIENCE_S) -> None:
        """Wait until a call could begin."""
        async with asyncio.timeout(within_s):
            while (await self.ask("GET", "/readyz"))[0] != 200:
                await asyncio.sleep(0.05)

    async def not_ready(self) -> str:
        """Wait until no call could begin; why."""
        async with asyncio.timeout(PATIENCE_S):
            while (told := await self.ask("GET", "/readyz"))[0] == 200:
                await asyncio.sleep(0.05)
        return str(told[1]["detail"])

    async def seen(
        self, number: str, met: Callable[[CallSeen], object] = lambda seen: seen.status
    ) -> CallSeen:
        """What the phone saw, once it has."""
        return await self.people.wait_for(number, met, PATIENCE_S)

    def disk_full(self, full: bool = True) -> None:
        """No file of the controller grows beyond its first page; or all may again."""
        assert self.owner is not None
        hard = resource.prlimit(self.owner.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.owner.pid, resource.RLIMIT_FSIZE, (4096 if full else hard, hard))

    def leaks(self) -> list[str]:
        """Where in record, journal, key store or log a number that was called, a name or an id is in clear."""
        asked = [self.request(number) for number in {one.number for one in self.people.evidence()}]
        clear = [
            word for one in asked for word in (one["number"], one["person"]["id"], one["person"]["name"])
        ]
        files = [self.folder / "serve.log", *(self.folder / "data").glob("*")]
        texts = {path.name: path.read_bytes() for path in files if path.is_file()}
        return [f"{name}: {word}" for name, text in texts.items() for word in clear if word.encode() in text]

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(subprocess.TimeoutExpired):
            await self.stop()


def codes(told: Mapping[str, Any]) -> set[str]:
    """The reason codes of what denied."""
    found = (told.get("decision") or told)["findings"]
    return {one["code"] for one in found if one["effect"] == "deny" and one["mode"] == "enforce"}


def reasons(told: Mapping[str, Any]) -> str:
    """What is said to people of what denied."""
    found = (told.get("decision") or told)["findings"]
    denying = [one for one in found if one["effect"] == "deny" and one["mode"] == "enforce"]
    return " ".join(json.dumps(one, ensure_ascii=False) for one in denying)


@asynccontextmanager
async def site_of(
    start: Callable[..., LabAsterisk], folder: Path, people: Mapping[str, Behaviour], *, serving: bool = True
) -> AsyncIterator[Site]:
    """A furnished site whose controller is ready; with `serving` False nothing runs yet."""
    desks = {f"agent-{name}": Behaviour(tone_hz=900) for name in AGENTS}
    async with AsyncExitStack() as open_:
        persons = await open_.enter_async_context(Peer(people, default=ANSWERS))
        phones = await open_.enter_async_context(Peer(desks))
        asterisk = start(
            app=APP,
            trunks=[Trunk(name, "127.0.0.1", persons.port) for name in ("telecom",)],
            agents=[AgentPhone(name, host="127.0.0.1", port=phones.port) for name in AGENTS],
        )
        wire = Wire(int(asterisk.ari_url.rpartition(":")[2]))
        await open_.enter_async_context(wire.strung())
        site = Site(folder, asterisk, persons, phones, wire)
        (folder / "dialer.toml").write_text(settings(folder, f"http://127.0.0.1:{wire.port}"))
        site.write_password(asterisk.users["dialer"])
        make_key(folder / "officer.pem", folder / "officer.pub.pem")
        rulebook = load_rulebook(ROOT / "policies", 1)
        write_signature(
            sign(rulebook, folder / "officer.pem", "officer", datetime.now(UTC)), folder / "rulebook.sig.json"
        )
        open_.push_async_callback(site.close)
        if serving:
            await site.start()
            await site.furnish()
            await site.ready()
        yield site
        await site.close()
        assert site.leaks() == []
