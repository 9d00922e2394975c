"""Saying approved prompts to somebody whose channel is up, and hearing his keys meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.core.errors import DialerError
from dialer.ports.calls import HungUp, KeyPressed, LinkLost, PlayedOut
from dialer.ports.ways_in import ArrivedLeg, Prompts

# After the length of a file Asterisk says that it has played it; then it never will.
PLAYED_WITHIN_S = 3.0
NEXT, NEVER = "next", "never"


class Gone(DialerError):
    """He has hung up, or nobody can say whether he has."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class Speaking:
    """One leg and its only reader. What has no prompt is not said."""

    def __init__(self, leg: ArrivedLeg, prompts: Prompts) -> None:
        self._leg = leg
        self._prompts = prompts

    async def say(self, *names: str) -> str | None:
        """Play these one after the other; a key ends it and is returned. Raises Gone and Fault."""
        for name in names:
            prompt = self._prompts.get(name)
            if prompt is None:
                continue
            playback = await self._leg.play(prompt.sha256)
            digit = await self._heard(prompt.duration_ms / 1000 + PLAYED_WITHIN_S, playback)
            if digit is not None:
                await self._leg.stop_playing(playback)
                return digit
        return None

    async def tone(self, name: str, lasts_s: float) -> None:
        """Let a tone of Asterisk's sound for so long. Raises Gone and Fault."""
        playback = await self._leg.tone(name)
        await self._heard(lasts_s, playback)
        await self._leg.stop_playing(playback)

    async def key(self, within_s: float | None) -> str | None:
        """The next key, None where none comes in time. Raises Gone."""
        return await self._heard(within_s, None)

    async def _heard(self, within_s: float | None, playback: str | None) -> str | None:
        try:
            async with asyncio.timeout(within_s):
                while True:
                    match await self._leg.event():
                        case KeyPressed(digit):
                            return digit
                        case PlayedOut(ended) if ended == playback:
                            return None
                        case HungUp(cause):
                            raise Gone(f"hung up, cause {cause}")
                        case LinkLost(why):
                            raise Gone(why)
        except TimeoutError:
            return None

    def missed(self) -> Iterator[str]:
        """Keys that were heard and not taken yet: a key counts though its channel is gone."""
        for event in self._leg.drained():
            if isinstance(event, KeyPressed):
                yield event.digit


def instant_prompts(at: datetime | None, zone: str) -> tuple[str, ...]:
    """The names of the prompts that say when, figure by figure, as it is there; None is never."""
    if at is None:
        return (NEVER,)
    local = at.astimezone(ZoneInfo(zone))
    parts = ((local.month, "month"), (local.day, "day"), (local.hour, "hour"), (local.minute, "minute"))
    spoken = [(*(f"digit.{figure}" for figure in str(value)), word) for value, word in parts]
    return (NEXT, *(name for part in spoken for name in part))
