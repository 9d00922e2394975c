"""One site in a run directory: settings, keys, signed policy; and the real controller as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from dialer.core.phone import masked_in
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.child import PDEATHSIG
from dialer.lab.demo.fates import AGENTS, DIALLERS, LAB_BEGINS
from dialer.policy_files import load_rulebook
from dialer.policy_signature import make_key, sign, write_signature

PROMPTS = Path(__file__).parent.parent / "sample/prompts/prompts.yaml"
REVISION = 1
# Two people of the lab: one brings in what another one approves.
SUBMITTER, APPROVER = "lab-lin", "lab-wang"
APP, CONTROLLER = "dialer-demo", "dialer"
RING_TIMEOUT_S = 8
STOP_S = 6.0
# A unix socket's path has room for 108 bytes.
LONGEST_DATA_DIR = 90


class DemoFailed(RuntimeError):
    """The demo could not be run; the message is one line and names a log."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the files of one run lie. `clock_offset_s`: lab time less real time, in whole seconds."""

    run_dir: Path
    data_dir: Path
    sounds_dir: Path
    clock_offset_s: int

    @property
    def config(self) -> Path:
        return self.run_dir / "dialer.toml"

    @property
    def socket(self) -> Path:
        return self.data_dir / "dialer.sock"

    @property
    def secrets_dir(self) -> Path:
        return self.run_dir / "secrets"

    @property
    def watchdog_log(self) -> Path:
        return self.run_dir / "watchdog.log"

    def password_of(self, user: str) -> Path:
        """The file of an ARI user's password."""
        return self.run_dir / f"{user}.password"

    def lab(self, at: datetime) -> datetime:
        """A real instant on the lab clock."""
        return at + timedelta(seconds=self.clock_offset_s)

    def real(self, at: datetime) -> datetime:
        """An instant of the lab clock in real time."""
        return at - timedelta(seconds=self.clock_offset_s)


def lay_out(run_dir: Path, begins: datetime = LAB_BEGINS) -> Site:
    """Make the folders of a run whose lab clock shows `begins` now."""
    data_dir = run_dir / "data"
    if len(os.fsencode(data_dir)) > LONGEST_DATA_DIR:
        data_dir = Path(tempfile.mkdtemp(prefix="dialer-demo-"))
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    sounds_dir = run_dir / "sounds"
    sounds_dir.mkdir(parents=True, exist_ok=True)
    offset_s = round((begins - datetime.now(UTC)).total_seconds())
    return Site(run_dir, data_dir, sounds_dir, offset_s)


def write_settings(site: Site, asterisk: LabAsterisk, policies: Path) -> None:
    """Sign the policy with a key of the lab, and write passwords and `dialer.toml`."""
    key_id = make_key(site.run_dir / "officer.key.pem", site.run_dir / "officer.pem")
    rulebook = load_rulebook(policies, REVISION)
    signed_at = site.lab(datetime.now(UTC))
    signature = sign(rulebook, site.run_dir / "officer.key.pem", "lab compliance officer", signed_at)
    write_signature(signature, site.run_dir / "rulebook.sig.json")
    for user, password in asterisk.users.items():
        with os.fdopen(os.open(site.password_of(user), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(password + "\n")
    site.config.write_text(_toml(_sections(site, asterisk, policies, key_id)), encoding="utf-8")


def _sections(
    site: Site, asterisk: LabAsterisk, policies: Path, key_id: str
) -> Mapping[str, Mapping[str, Any]]:
    return {
        "site": {"name": "lab", "data_dir": str(site.data_dir), "zone": "Asia/Shanghai"},
        "ari": {
            "url": asterisk.ari_url,
            "user": CONTROLLER,
            "password_file": str(site.password_of(CONTROLLER)),
            "app": APP,
            "sounds_dir": str(site.sounds_dir),
            "recordings_dir": str(asterisk.recordings_dir),
        },
        "policy": {
            "folder": str(policies),
            "signature": str(site.run_dir / "rulebook.sig.json"),
            "revision": REVISION,
            "trusted_keys": {key_id: str(site.run_dir / "officer.pem")},
        },
        "timing": {"ring_timeout_s": RING_TIMEOUT_S, "agent_spoken_within_s": 15},
        "lab": {"clock_offset_s": site.clock_offset_s, "people": [SUBMITTER, APPROVER]},
        "agents": {"names": [*AGENTS, *DIALLERS]},
        "prompts": {"file": str(PROMPTS)},
        "secrets": {"dir": str(site.secrets_dir)},
    }


def _toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for name, section in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_value(value)}" for key, value in section.items()]
        lines.append("")
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


class Command:
    """`dialer WORDS` as a process that ends with this one; its output is its log."""

    def __init__(self, name: str, words: list[str], run_dir: Path, person: str = "") -> None:
        self.name, self.words = name, words
        self._env = {**os.environ, **({"DIALER_LAB_PERSON": person} if person else {})}
        self.log_path = run_dir / f"{name}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *PDEATHSIG, sys.executable, "-m", "dialer", *self.words,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for us, who then end it
            )  # fmt: skip

    async def run(self, timeout_s: float = 45.0) -> tuple[int, str]:
        """Run it to its end: exit code, and its output or else its errors. Raises DemoFailed for a late one."""
        process = await asyncio.create_subprocess_exec(
            *PDEATHSIG, sys.executable, "-m", "dialer", *self.words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, env=self._env,
        )  # fmt: skip
        try:
            async with asyncio.timeout(timeout_s):
                output, errors = await process.communicate()
        except TimeoutError:
            raise DemoFailed(f"`dialer {' '.join(self.words)}` took longer than {timeout_s:.0f} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, (output or errors).decode()

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.returncode is not None

    async def stop(self) -> None:
        """Ask it to end, and kill it where it does not."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


class Api:
    """The controller's HTTP on its unix socket."""

    def __init__(self, socket: Path) -> None:
        self._session = aiohttp.ClientSession(
            "http://localhost", connector=aiohttp.UnixConnector(str(socket))
        )

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer as JSON's own types (text where it is none). Raises DemoFailed for a refusal."""
        async with self._session.request(method, path, json=body) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise DemoFailed(masked_in(f"{method} {path} was refused: `{text.strip()}`"))
            return json.loads(text) if "json" in answer.content_type else text

    async def ready(self, controller: Command, timeout_s: float = 45.0) -> None:
        """Wait until a call could be placed. Raises DemoFailed where the controller ends or takes too long."""
        why = ""
        try:
            async with asyncio.timeout(timeout_s):
                while not controller.has_ended:
                    try:
                        await self.ask("GET", "/readyz")
                        return
                    except (aiohttp.ClientError, DemoFailed) as error:
                        why = str(error)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemoFailed(
                f"the controller is not ready: {why}; hint: see `{controller.log_path}`"
            ) from None
        raise DemoFailed(f"the controller ended; hint: see `{controller.log_path}`")

    async def close(self) -> None:
        await self._session.close()
