"""Webhooks out: one signed POST for each thing told, sent again a few times, never to another address than was set."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

log = logging.getLogger(__name__)

# After each failure but the last it waits so long.
WAITS_S = (1.0, 5.0)
TIMEOUT_S = 10.0
SIGNATURE = "Dialer-Signature"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where things are told. The secret is shared with the receiver, who checks `signature` over what he got."""

    url: str
    secret: bytes = field(repr=False)
    now: Callable[[], datetime]
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def tell(self, key: str, content: Mapping[str, Any]) -> bool:
        """POST `content` under an idempotency key: the same key is the same thing told. Whether a 2xx answered.

        Redirects are not followed. 4xx but 408 and 429 is not sent again: the receiver will not want it later either.
        """
        body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        async with ClientSession(timeout=ClientTimeout(total=TIMEOUT_S)) as session:
            for wait_s in (*WAITS_S, None):
                status = await self._post(session, key, body)
                if status is not None and 200 <= status < 300:
                    return True
                if wait_s is None or (
                    status is not None and 300 <= status < 500 and status not in (408, 429)
                ):
                    break
                await self.wait(wait_s)
        log.warning("webhook: `%s` was not taken: %s", key, status or "no answer")
        return False

    async def _post(self, session: ClientSession, key: str, body: bytes) -> int | None:
        at = int(self.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            SIGNATURE: f"t={at},v1={signature(self.secret, at, body)}",
        }
        try:
            async with session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (ClientError, TimeoutError, OSError) as error:
            log.info("webhook: no answer: %s", type(error).__name__)
            return None


def signature(secret: bytes, at: int, body: bytes) -> str:
    """HMAC-SHA256 (hex) over `<at>.<body>`; `at` is in seconds since 1970 UTC."""
    return hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
