"""A real Asterisk for the tests of this folder: fetched once, started as often as a test asks."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from dialer.lab import asterisk_packages
from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk

LabAsteriskFactory = Callable[..., LabAsterisk]


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    """Root below which `usr/sbin/asterisk` lies; fetched on a machine's first run."""
    return asterisk_packages.obtain()


@pytest.fixture
def lab_asterisk(asterisk_root: Path) -> Iterator[LabAsteriskFactory]:
    """`lab_asterisk(app=…, trunks=…, agents=…, sounds_dir=…)` starts one; all are killed after the test."""
    started: list[LabAsterisk] = []
    base = Path(tempfile.mkdtemp(prefix="dialer-lab-test-"))

    def factory(
        *,
        app: str = "dialer-test",
        trunks: Sequence[Trunk] = (),
        agents: Sequence[AgentPhone] = (),
        sounds_dir: Path | None = None,
    ) -> LabAsterisk:
        asterisk = LabAsterisk(
            base / str(len(started)),
            app=app,
            trunks=trunks,
            agents=agents,
            sounds_dir=sounds_dir,
            root=asterisk_root,
        )
        started.append(asterisk)
        asterisk.start()
        return asterisk

    yield factory
    for asterisk in started:
        asterisk.kill()
    shutil.rmtree(base)


AriLink = tuple[aiohttp.ClientSession, AsyncIterator[dict[str, Any]]]


@contextlib.asynccontextmanager
async def _link(
    asterisk: LabAsterisk,
) -> AsyncIterator[AriLink]:
    """ARI as user `dialer`: a session for REST and the events of the application, ten seconds at most."""
    headers = {"Authorization": aiohttp.encode_basic_auth("dialer", asterisk.users["dialer"])}
    async with (
        aiohttp.ClientSession(f"{asterisk.ari_url}/ari/", headers=headers) as http,
        asyncio.timeout(10),
        http.ws_connect("events", params={"app": "dialer-test"}) as socket_,
    ):
        yield http, (message.json() async for message in socket_)


@pytest.fixture
def link() -> Callable[[LabAsterisk], contextlib.AbstractAsyncContextManager[AriLink]]:
    """`async with link(asterisk) as (http, events)`: REST below `/ari/` and the events of `dialer-test`."""
    return _link
