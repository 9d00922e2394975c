"""A whole controller in this process on a real Asterisk: people who call back, an agent who dials, the real record."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialer import secrets
from dialer.core.admission import Actor
from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.behaviour import CallSeen
from dialer.lab.dialling import DiallingPeer
from dialer.reconcile import Reconciler
from dialer.register_files import load_register
from dialer.script_files import load_scripts
from dialer.settings import Settings, load_settings
from dialer.wiring.controller import Controller, connect
from dialer.wiring.site import open_record, put_rulebook, signed_rulebook

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))
from api_kit import OFFICER, SAMPLE, SECOND, WorkingHour, settings_in

APP = "ways"
AGENT = "1001"
CALLER_ID = "95000001"
OPERATOR = Actor("operator", frozenset({"operator"}), "self")
PATIENCE_S = 12.0


@dataclass
class Ways:
    """The controller, and the phones around it. `people` and `agents` place calls, too."""

    controller: Controller
    asterisk: LabAsterisk
    people: DiallingPeer
    agents: DiallingPeer

    @property
    def sip(self) -> tuple[str, int]:
        """Where Asterisk listens."""
        return ("127.0.0.1", self.asterisk.sip_port)

    async def entries(self, kind: str) -> list[str]:
        """The entries of a type, as the text of their bytes."""
        found = await self.controller.store.entries(0, 10_000)
        return [one.content.decode() for one in found if one.type == kind]

    async def until(self, met: Callable[[], Any]) -> None:
        """Wait for something; TimeoutError where it does not come."""
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                await asyncio.sleep(0.02)

    async def ended(self, peer: DiallingPeer, number: str) -> CallSeen:
        """A call of this number that has ended."""
        return await peer.wait_for(number, lambda seen: seen.ended_at, PATIENCE_S)


def _settings(folder: Path, asterisk: LabAsterisk) -> Settings:
    """Those of the API's tests, with this Asterisk and the lab's prompts."""
    settings_in(folder)
    text = (folder / "dialer.toml").read_text()
    text = text.replace("http://127.0.0.1:9", asterisk.ari_url).replace(
        'user = "dialer"', f'user = "dialer"\napp = "{APP}"'
    )
    text += f'[prompts]\nfile = "{SAMPLE / "prompts/prompts.yaml"}"\n[timing]\nring_timeout_s = 6\n'
    (folder / "dialer.toml").write_text(text)
    (folder / "password").write_text(asterisk.users["dialer"] + "\n")
    return load_settings(folder / "dialer.toml")


@asynccontextmanager
async def ways_in(start: Callable[..., LabAsterisk], folder: Path) -> AsyncIterator[Ways]:
    """Everything up: register and script in force, at ten in the morning of a working day."""
    async with DiallingPeer() as people, DiallingPeer() as agents:
        asterisk = start(
            app=APP,
            trunks=[Trunk(name, "127.0.0.1", people.port) for name in ("telecom",)],
            agents=[AgentPhone(AGENT, host="127.0.0.1", port=agents.port)],
        )
        settings = _settings(folder, asterisk)
        clock, keys = WorkingHour(), secrets.ensure(settings.secrets.dir)
        rulebook, signature = signed_rulebook(settings)
        made: list[Controller] = []
        store = open_record(
            settings, keys, clock, rulebook, lambda: tuple(made[0].supervisor.unsound()) if made else ()
        )
        try:
            await put_rulebook(store, rulebook, signature)
            controller = connect(settings, clock, keys, store, rulebook)
            made.append(controller)
            await store.put_in_force("register", load_register(SAMPLE / "register.yaml"), OFFICER)
            for row in load_scripts(SAMPLE / "scripts.yaml", settings.ari.sounds_dir):
                await store.put_script(row, OFFICER)
            await store.approve_script("collection-recorded", 1, SECOND)
            async with controller.asterisk:
                await controller.asterisk.wait_connected(5)
                reconciler = Reconciler(
                    store, controller.pbx, controller.agents, controller.supervisor, controller.reception.has
                )
                tasks = [asyncio.create_task(one) for one in (reconciler.run(), controller.reception.run())]
                ways = Ways(controller, asterisk, people, agents)
                try:
                    await ways.until(lambda: controller.supervisor.ready()[0])
                    yield ways
                finally:
                    await controller.supervisor.drain(0.0)
                    await controller.agents.close()
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            store.close()
