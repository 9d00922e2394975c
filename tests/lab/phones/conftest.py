"""One Asterisk for each module of this folder, its trunk pointing at a carrier exchange."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from ari_caller import AGENT, PASSWORD, PERSON, Ari

from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk
from dialer.lab.exchange import Exchange
from dialer.lab.peer import Peer


@pytest.fixture(scope="module")
def trunk_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def asterisk(
    tmp_path_factory: pytest.TempPathFactory, asterisk_root: Path, trunk_port: int
) -> Iterator[LabAsterisk]:
    trunks, agents = [Trunk("main", "127.0.0.1", trunk_port)], [AgentPhone(AGENT, PASSWORD)]
    run_dir = tmp_path_factory.mktemp("asterisk")
    with LabAsterisk(run_dir, app="peers", trunks=trunks, agents=agents, root=asterisk_root) as running:
        yield running


@pytest_asyncio.fixture
async def ari(asterisk: LabAsterisk) -> AsyncIterator[Ari]:
    user, password = next(iter(asterisk.users.items()))
    headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
    async with aiohttp.ClientSession(headers=headers) as session:
        ari = Ari(session, asterisk.ari_url)
        async with session.ws_connect(f"{asterisk.ari_url}/ari/events?app=peers") as link:

            async def listen() -> None:
                async for message in link:
                    ari.events.append(message.json())

            listening = asyncio.create_task(listen())
            yield ari
            listening.cancel()


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer() as peer:
        yield peer


@pytest_asyncio.fixture
async def exchange(trunk_port: int, peer: Peer, tmp_path: Path) -> AsyncIterator[Exchange]:
    routes = {PERSON: ("127.0.0.1", peer.port)}
    async with Exchange(routes, tmp_path / "evidence.jsonl", port=trunk_port) as exchange:
        yield exchange
