"""Watches the trunk from outside: every outbound leg needs a valid permit for its number, caller ID and trunk.

Runs as its own process with its own ARI user and trusts neither controller nor record: the token that travels with the
channel is checked when Asterisk says that the INVITE leaves. What has none is hung up and told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dialer.core.permit import TokenRefused, check
from dialer.ports.watchdog import TrunkLeg, WatchedPbx

log = logging.getLogger(__name__)

# Between the permit's end and our hearing of a dial that was in time.
LEEWAY = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the watchdog found of one leg: the permit, or why there is none."""

    channel: str
    found: UUID | TokenRefused


async def watch(
    pbx: WatchedPbx,
    keys: Mapping[str, bytes],
    now: Callable[[], datetime],
    told: Callable[[Judged], None] = lambda judged: None,
) -> None:
    """Judge every trunk leg and end the rogue ones, each beside the others; until cancelled."""

    async def judge(shown: Awaitable[TrunkLeg | None]) -> None:
        if (leg := await shown) is None:
            return
        found = check(leg.token, keys, leg.wire, now(), leg.channel, LEEWAY)
        if isinstance(found, TokenRefused):
            log.error(
                "channel `%s` left by a trunk without a permit (%s) and is ended", leg.channel, found.reason
            )
            await pbx.end(leg.channel)
        told(Judged(leg.channel, found))

    # Looking at a leg takes time; who sends many rogues at once must not buy it for the last of them.
    async with asyncio.TaskGroup() as beside:
        async for shown in pbx.dials():
            beside.create_task(judge(shown))
