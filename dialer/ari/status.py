"""Whether the link can be relied on, and why not; to be looked at or waited for."""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import Enum

from dialer.ari.errors import AriNotSent, AriRejected
from dialer.ari.models import Identity


class LinkState(Enum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    REFUSED = "refused"
    REPLACED = "replaced"
    CLOSED = "closed"


class Status:
    """`generation` counts the links that came up; `identity` is the Asterisk of the newest of them."""

    def __init__(self) -> None:
        self.state = LinkState.CONNECTING
        self.why = "not connected yet"
        self.identity: Identity | None = None
        self.generation = 0
        self._refusal: AriRejected | None = None
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self.state is LinkState.CONNECTED

    def up(self, identity: Identity) -> bool:
        """The link is up; whether this is another Asterisk process than that of the link before."""
        before, self.identity = self.identity, identity
        self.generation += 1
        self._enter(LinkState.CONNECTED, f"generation {self.generation}")
        return before is not None and _process(before) != _process(identity)

    def down(self, state: LinkState, why: str) -> bool:
        """The link is down for this reason; whether that is news."""
        news = (self.state, self.why) != (state, why)
        self._enter(state, why)
        return news

    def refused(self, refusal: AriRejected) -> bool:
        self._refusal = refusal
        return self.down(LinkState.REFUSED, str(refusal))

    def _enter(self, state: LinkState, why: str) -> None:
        self.state, self.why = state, why
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait_connected(self, timeout_s: float | None) -> Identity:
        try:
            async with asyncio.timeout(timeout_s):
                while not self.connected or self.identity is None:
                    self._raise_if_hopeless()
                    await self._changed.wait()
                return self.identity
        except TimeoutError:
            pass
        raise AriNotSent("connect", f"no link within `{timeout_s:g}` s: {self.why}")

    def _raise_if_hopeless(self) -> None:
        if self.state is LinkState.REFUSED and (refusal := self._refusal) is not None:
            raise AriRejected(refusal.operation, refusal.status, refusal.asterisk_words)
        if self.state in (LinkState.REPLACED, LinkState.CLOSED):
            raise AriNotSent("connect", self.why)


def _process(identity: Identity) -> tuple[str, str, datetime]:
    return identity.system_name, identity.entity_id, identity.started_at
