"""The API on its unix socket in this process: a real record with sample register and scripts, no Asterisk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, UnixConnector

from dialer import secrets
from dialer.api.app import listening, make_app
from dialer.clock import SystemClock
from dialer.core.admission import Actor
from dialer.policy_files import load_rulebook
from dialer.policy_signature import make_key, sign, write_signature
from dialer.register_files import load_register
from dialer.script_files import load_scripts
from dialer.settings import Settings, load_settings
from dialer.wiring.controller import Controller, connect
from dialer.wiring.site import open_record, put_rulebook, signed_rulebook

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "dialer/lab/sample"
TOKEN = "a-token-for-the-test"
OFFICER = Actor("officer", frozenset({"compliance"}), "self")
SECOND = Actor("second", frozenset({"compliance"}), "lab_person")
WORKING_HOUR = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, ten in Nanjing

SETTINGS = f"""
[site]
name = "test"
data_dir = "data"
zone = "Asia/Shanghai"
[ari]
url = "http://127.0.0.1:9"
user = "dialer"
password_file = "password"
sounds_dir = "sounds"
[policy]
folder = "{ROOT / "policies"}"
signature = "rulebook.sig.json"
revision = 1
trusted_keys = {{ officer = "officer.pub.pem" }}
[secrets]
dir = "secrets"
[agents]
names = ["1001"]
"""


class WorkingHour(SystemClock):
    """Always ten o'clock on a Tuesday in Nanjing, and the real clock's seconds since."""

    def __init__(self) -> None:
        super().__init__((WORKING_HOUR - datetime.now(UTC)).total_seconds())


@dataclass
class Api:
    """One API and a client on its socket."""

    controller: Controller
    client: ClientSession
    socket: Path

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        """Status and JSON of an answer; text where it is none."""
        content = None if body is None else json.dumps(body)
        async with self.client.request(method, f"http://dialer{path}", data=content, **more) as answer:
            raw = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(raw) if is_json else raw.decode()


def settings_in(folder: Path) -> Settings:
    """Settings with keys and a signed policy in `folder`."""
    (folder / "password").write_text("no password of anybody\n")
    (folder / "password").chmod(0o600)
    (folder / "dialer.toml").write_text(SETTINGS)
    make_key(folder / "officer.pem", folder / "officer.pub.pem")
    rulebook = load_rulebook(ROOT / "policies", 1)
    signature = sign(rulebook, folder / "officer.pem", "officer", datetime.now(UTC))
    write_signature(signature, folder / "rulebook.sig.json")
    return load_settings(folder / "dialer.toml")


@asynccontextmanager
async def api_in(folder: Path, tcp: str = "") -> AsyncIterator[Api]:
    """The API on a record in `folder`, at ten in the morning. Asterisk is never reached."""
    settings = settings_in(folder)
    clock, keys = WorkingHour(), secrets.ensure(settings.secrets.dir)
    rulebook, signature = signed_rulebook(settings)
    store = open_record(settings, keys, clock, rulebook)
    try:
        await put_rulebook(store, rulebook, signature)
        controller = connect(settings, clock, keys, store, rulebook)
        await controller.house.registers.put_register(
            load_register(SAMPLE / "register.yaml"), OFFICER, "sample"
        )
        for row in load_scripts(SAMPLE / "scripts.yaml", settings.ari.sounds_dir):
            await store.put_script(row, OFFICER)
        await store.approve_script("collection-recorded", 1, SECOND)
        path = folder / "dialer.sock"
        app = make_app(controller.house, "0", TOKEN, ("lin", "wang"))
        async with listening(app, path, tcp), ClientSession(connector=UnixConnector(str(path))) as client:
            yield Api(controller, client, path)
        await controller.supervisor.drain(1.0)
    finally:
        store.close()


def a_call(key: str = "k1", **changes: Any) -> dict[str, Any]:
    """A lawful request at ten in the morning."""
    return {
        "idempotency_key": key,
        "enterprise": "jiangsu-example",
        "purpose": "collection",
        "product": "credit",
        "person": {"id": "P001"},
        "number": "13800000001",
        "caller_id": "95000001",
        "script": "collection-recorded",
        **changes,
    }
