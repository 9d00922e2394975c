"""Just enough ARI to place a call from a test and to see its events."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

PERSON, CALLER_ID, PERMIT, AGENT, PASSWORD = "13800000001", "95001234", "v1.k1.abc", "li", "lab-only"


@dataclass
class Ari:
    """One session of the application `peers`; `events` grows while the test runs."""

    session: aiohttp.ClientSession
    base: str
    events: list[dict[str, Any]] = field(default_factory=list)

    async def post(self, path: str, variables: dict[str, str] | None = None, **params: str) -> None:
        url, body = f"{self.base}/ari/{path}", {"variables": variables} if variables else None
        async with self.session.post(url, params=params, json=body) as answer:
            assert answer.status < 300, await answer.text()

    async def dial(self, endpoint: str, **variables: str) -> str:
        channel = str(uuid.uuid4())
        created = {"endpoint": endpoint, "app": "peers", "channelId": channel}
        await self.post("channels/create", variables, **created)
        await self.seen("StasisStart", channel)  # before it, a dial may get 409 "not in Stasis"
        await self.post(f"channels/{channel}/dial", timeout="8")
        return channel

    async def call(self, number: str = PERSON) -> str:
        return await self.dial(
            f"PJSIP/{number}@trunk-main",
            **{"CONNECTEDLINE(num)": CALLER_ID, "PJSIP_HEADER(add,X-Dialer-Permit)": PERMIT},
        )

    async def seen(self, kind: str, channel: str, **expected: str) -> dict[str, Any]:
        async with asyncio.timeout(6):
            while True:
                for event in self.events:
                    about = event.get("channel", {})
                    values = {"type": kind, "id": channel, **expected}
                    if all(str(event.get(k, about.get(k))) == v for k, v in values.items()):
                        return event
                await asyncio.sleep(0.02)

    async def hang_up(self, channel: str) -> None:
        await self.session.delete(f"{self.base}/ari/channels/{channel}")

    async def bridge(self, *channels: str) -> str:
        bridge = str(uuid.uuid4())
        await self.post("bridges", type="mixing,dtmf_events", bridgeId=bridge)
        await self.post(f"bridges/{bridge}/addChannel", channel=",".join(channels))
        return bridge
