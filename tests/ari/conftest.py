"""A scripted Asterisk and quick connections to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from scripted import APP, PASSWORD, USER, Connect, ScriptedAsterisk

from dialer.ari.connection import AriConnection


@pytest_asyncio.fixture
async def asterisk() -> AsyncIterator[ScriptedAsterisk]:
    """A scripted ARI that accepts us and takes commands over the websocket."""
    async with ScriptedAsterisk() as running:
        yield running


@pytest_asyncio.fixture
async def connect(asterisk: ScriptedAsterisk) -> AsyncIterator[Connect]:
    """`connect(**options)` starts a connection with short times; all are closed after the test."""
    opened: list[AriConnection] = []

    def begin(*, password: str = PASSWORD, **options: object) -> AriConnection:
        quick = {"backoff_min_s": 0.02, "backoff_max_s": 0.1, "request_timeout_s": 0.3, **options}
        connection = AriConnection(asterisk.url, USER, password, APP, **quick)  # type: ignore[arg-type]
        opened.append(connection)
        connection.start()
        return connection

    yield begin
    for connection in opened:
        await connection.close()
