"""A bridge of a person and an agent, in which keys are heard, with its recording."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriRejected
from dialer.ari.events import RecordingFailed, RecordingFinished
from dialer.core.errors import Fault
from dialer.core.verdict import Value

log = logging.getLogger(__name__)

# Plain `mixing` of two like legs passes keys through unheard.
BRIDGE_TYPE = "mixing,dtmf_events"
FORMAT = "wav"
KEPT_WITHIN_S = 3.0


class AriTalk:
    """The port `Talk`: `open`, and `close` on every path."""

    def __init__(
        self,
        asterisk: AriConnection,
        bridge: str,
        recordings: Path | None,
        *,
        recorded: bool,
        running: bool = False,
    ) -> None:
        self.recording = bridge if recorded else ""
        self._asterisk = asterisk
        self._bridge = bridge
        self._recordings = recordings
        self._running = running
        # Of a bridge that another controller made nobody knows whether it was recorded.
        self._found = running

    async def open(self, person: str, agent: str) -> None:
        """Make the bridge, begin its recording, then join both: nothing is said unrecorded. Raises AriError."""
        bridges = self._asterisk.bridges
        await bridges.create(BRIDGE_TYPE, self._bridge, "talk")
        if self.recording:
            await bridges.record(self._bridge, self.recording, FORMAT)
            self._running = True
        try:
            await bridges.add_channel(self._bridge, person, agent)
        except AriError:
            # Nobody was joined, so nothing was said that would have to be kept.
            self._running = False
            raise

    async def close(self) -> Mapping[str, Value] | None:
        """End recording and bridge, and say what was kept. Raises Fault where a recording cannot be read."""
        try:
            return await self._keep() if self._running else None
        finally:
            try:
                await self._asterisk.bridges.destroy(self._bridge)
            except AriError as error:
                log.info("bridge was gone: %s", error)

    async def _keep(self) -> Mapping[str, Value] | None:
        self._running = False
        with self._asterisk.events_of(self.recording) as events:
            try:
                await self._asterisk.recordings.stop(self.recording)
                async with asyncio.timeout(KEPT_WITHIN_S):
                    while not isinstance(await events.next(), RecordingFinished | RecordingFailed):
                        pass
            except AriRejected as error:
                if self._found and error.status == HTTPStatus.NOT_FOUND:
                    return None
                log.warning("recording `%s` could not be ended: %s", self.recording, error)
            except (AriError, TimeoutError, EOFError) as error:
                log.warning("the end of recording `%s` was not heard: %r", self.recording, error)
        content = await self._content()
        return {
            "recording": self.recording,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }

    async def _content(self) -> bytes:
        try:
            if self._recordings is not None:
                path = self._recordings / f"{self.recording}.{FORMAT}"
                return await asyncio.to_thread(path.read_bytes)
            return await self._asterisk.recordings.file(self.recording)
        except (OSError, AriError) as error:
            raise Fault("sound.audio", str(error)) from None
