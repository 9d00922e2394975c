"""Asterisk as the watchdog sees it: every channel, through an application of its own that owns none of them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable

from dialer.ari.arriving import names_of
from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriRejected
from dialer.ari.events import Dial
from dialer.ari.pbx import CALLER_NUMBER, PERMIT_VARIABLE, REMOTE_USER
from dialer.core.permit import Wire
from dialer.ports.watchdog import TrunkLeg

log = logging.getLogger(__name__)

TAKEN_DOWN_S = 0.1


class WatchedAsterisk:
    """The port `WatchedPbx`. `asterisk` is subscribed to all; `trunk_name` matches trunk channels' names, group 1
    being the trunk."""

    def __init__(self, asterisk: AriConnection, trunk_name: re.Pattern[str]) -> None:
        self._asterisk = asterisk
        self._trunk_name = trunk_name

    async def dials(self) -> AsyncIterator[Awaitable[TrunkLeg | None]]:
        """Every trunk leg at the instant Asterisk says that its INVITE leaves; awaited, what it shows."""
        with self._asterisk.events() as events:
            async for event in events:
                if isinstance(event, Dial) and event.dialstatus == "":
                    trunk = self._trunk_name.match(event.peer.name)
                    if trunk is not None:
                        yield self._shown(event.peer.id, trunk[1])

    async def _shown(self, channel: str, trunk: str) -> TrunkLeg | None:
        """What a leg shows; None where it ended before it could be looked at."""
        caller_id, uri, token = await asyncio.gather(
            self._read(channel, CALLER_NUMBER),
            self._read(channel, "CHANNEL(pjsip,remote_uri)"),
            self._read(channel, PERMIT_VARIABLE),
        )
        if not (caller_id and uri and token) and await self._ends(channel):
            return None
        dialled = REMOTE_USER.match(uri)
        return TrunkLeg(channel, Wire(dialled[1] if dialled else "", caller_id, trunk), token)

    async def _read(self, channel: str, variable: str) -> str:
        try:
            return await self._asterisk.channels.get_variable(channel, variable)
        except AriError as error:
            log.info("a watched channel could not be read: %s", error)
            return ""

    async def _ends(self, channel: str) -> bool:
        """Whether a leg that shows less than it should is one that was refused at once, and is being taken down."""
        await asyncio.sleep(TAKEN_DOWN_S)
        try:
            await self._asterisk.channels.get(channel)
        except AriRejected as error:
            return error.status == 404
        except AriError:
            return False
        return False

    async def end(self, channel: str) -> None:
        """Hang a channel up; one that is gone is no fault."""
        try:
            await self._asterisk.channels.hangup(channel)
        except AriRejected as error:
            if error.status != 404:
                log.error("a rogue channel could not be ended: %s", error)
        except AriError as error:
            log.error("a rogue channel could not be ended: %s", error)


def trunk_names(endpoint: str) -> re.Pattern[str]:
    """What trunk channels are called, from the endpoint's form such as `PJSIP/{number}@trunk-{trunk}`."""
    return names_of(endpoint, "trunk")
