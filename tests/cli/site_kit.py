"""A site in a folder of its own: settings, keys, signed policy, sample files, and its controller as a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialer.policy_files import load_rulebook
from dialer.policy_signature import make_key, sign, write_signature

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "dialer/lab/sample"
ENTERPRISE = "jiangsu-example"

SETTINGS = """
[site]
name = "test site"
data_dir = "data"
zone = "Asia/Shanghai"

[ari]
url = "http://127.0.0.1:9"
user = "dialer"
password_file = "ari.password"
sounds_dir = "sounds"

[policy]
folder = "{policies}"
signature = "rulebook.sig.json"
revision = 1
trusted_keys = {{ officer = "officer.pub.pem" }}

[secrets]
dir = "secrets"

[agents]
names = ["1001", "1002"]

[lab]
clock_offset_s = {offset_s}
people = ["lin", "wang"]
"""

# A Tuesday, ten in the morning in Nanjing: every hour rule is content.
WORKING_HOUR = "2026-11-24T10:00:00+08:00"
NIGHT = "2026-11-24T23:30:00+08:00"


@dataclass
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its answer as JSON."""
        return json.loads(self.out)


class Site:
    """One site. `run` runs a command against it; `start` starts its controller."""

    def __init__(self, folder: Path, offset_s: int = 0) -> None:
        self.folder = folder
        self.config = folder / "dialer.toml"
        self._owner: subprocess.Popen[str] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(SETTINGS.format(policies=ROOT / "policies", offset_s=offset_s))
        password = folder / "ari.password"
        password.write_text("not a password of anybody\n")
        password.chmod(0o600)
        make_key(folder / "officer.pem", folder / "officer.pub.pem")
        rulebook = load_rulebook(ROOT / "policies", 1)
        signature = sign(rulebook, folder / "officer.pem", "officer", datetime.now(UTC))
        write_signature(signature, folder / "rulebook.sig.json")

    def run(self, *words: str, config: bool = True, env: dict[str, str] | None = None) -> Said:
        """Run a command to its end."""
        asked = [sys.executable, "-m", "dialer", *words]
        if config:
            asked += ["--config", str(self.config)]
        done = subprocess.run(
            asked,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "LANG": "C.UTF-8", **(env or {})},
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, config: bool = True, person: str = "lin") -> Said:
        """Run a command that must succeed, as one of the lab's people."""
        said = self.run(*words, config=config, env={"DIALER_LAB_PERSON": person})
        assert said.code == 0, said
        return said

    def start(self, *more: str) -> str:
        """Start the controller; its first line, once it answers."""
        reading, writing = os.pipe()
        asked = [
            sys.executable,
            "-m",
            "dialer",
            "serve",
            "--config",
            str(self.config),
            "--ready-fd",
            str(writing),
        ]
        with (self.folder / "serve.log").open("a") as log:
            self._owner = subprocess.Popen(
                [*asked, *more],
                pass_fds=(writing,),
                stdout=log,
                stderr=log,
                text=True,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        os.close(writing)
        with os.fdopen(reading) as end:
            line = end.readline().strip()
        assert line, (self.folder / "serve.log").read_text()
        return line

    @property
    def pid(self) -> int:
        """The controller's process."""
        assert self._owner is not None
        return self._owner.pid

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the controller; its exit code."""
        if self._owner is None:
            return 0
        self._owner.send_signal(how)
        code = self._owner.wait(timeout=30)
        self._owner = None
        return code

    def call_file(self, name: str = "call", **changes: Any) -> Path:
        """A CALL.json in this site's folder."""
        asked: dict[str, Any] = {
            "idempotency_key": f"key-{name}",
            "enterprise": ENTERPRISE,
            "purpose": "collection",
            "product": "credit",
            "person": {"id": "P001"},
            "number": "13800000001",
            "caller_id": "95000001",
            "script": "collection-recorded",
        }
        asked.update(changes)
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(asked, ensure_ascii=False))
        return path

    def load_samples(self) -> None:
        """Put register, scripts and preferences of the lab's sample in force; the controller runs."""
        self.ok("register", "import", str(SAMPLE / "register.yaml"))
        self.ok("script", "import", str(SAMPLE / "scripts.yaml"))
        for script in ("collection-recorded", "marketing-recorded", "closing"):
            self.ok("script", "approve", script, "1", person="wang")
        self.ok("preference", "import", str(SAMPLE / "preferences.csv"))
