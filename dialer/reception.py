"""Whoever comes to us is served by the way he came; beside the others, and never by dialling from here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from dialer.core.errors import DialerError
from dialer.ports.calls import HungUp
from dialer.ports.ways_in import Arrival, ArrivalPbx, Way
from dialer.speaking import Gone
from dialer.unbroken import unbroken

log = logging.getLogger(__name__)

HANGUP_HEARD_S = 3.0
Serve = Callable[[Arrival], Awaitable[None]]


class Reception:
    """Serves arrivals until cancelled; their legs are hung up on every path."""

    def __init__(self, pbx: ArrivalPbx, ways: Mapping[Way, Serve]) -> None:
        self._pbx = pbx
        self._ways = ways
        self._here: set[str] = set()

    def has(self, channel: str) -> bool:
        """Whether this channel is being served."""
        return channel in self._here

    async def run(self) -> None:
        """Serve everybody who comes."""
        async with asyncio.TaskGroup() as beside:
            async for arrival in self._pbx.arrivals():
                self._here.add(arrival.leg.id)
                beside.create_task(self._serve(arrival), name=f"{arrival.way} {arrival.leg.id}")

    async def _serve(self, arrival: Arrival) -> None:
        try:
            await self._ways[arrival.way](arrival)
        except Gone as gone:
            log.info("channel `%s` has gone: %s", arrival.leg.id, gone)
        except DialerError as trouble:
            log.error("channel `%s` is not served: %s", arrival.leg.id, trouble)
        except Exception:
            # One who cannot be served is a defect of ours; the next one is served all the same.
            log.exception("channel `%s` is not served", arrival.leg.id)
        finally:
            await unbroken(self._leave(arrival))

    async def _leave(self, arrival: Arrival) -> None:
        await arrival.leg.hang_up()
        try:
            async with asyncio.timeout(HANGUP_HEARD_S):
                while not isinstance(await arrival.leg.event(), HungUp):
                    pass
        except TimeoutError:
            log.debug("the end of channel `%s` was not heard", arrival.leg.id)
        self._here.discard(arrival.leg.id)
