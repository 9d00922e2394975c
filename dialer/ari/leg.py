"""One channel of ours: its events in the words of the port, and the few commands a call needs."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from uuid import uuid4

from dialer.ari import events as ari
from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriRejected
from dialer.core.errors import Fault
from dialer.ports.calls import Answered, HungUp, KeyPressed, LegEvent, LinkLost, PlayedOut, Ringing, Sent

log = logging.getLogger(__name__)

_BY_STATE: dict[str, LegEvent] = {"Ringing": Ringing(), "Up": Answered()}


class AriLeg:
    """A channel whose id we chose. `bind()` before it exists, so that no event of it is lost."""

    # Whether this leg exists to be dialled by us.
    is_dialled = False

    def __init__(self, asterisk: AriConnection, channel_id: str, sound: Callable[[str], str]) -> None:
        self.id = channel_id
        self._asterisk = asterisk
        self._sound = sound
        self._events = asterisk.events_of(channel_id)
        self._said: set[type] = set()
        self._ready: deque[LegEvent] = deque()
        self._closed = False
        self._stopped: set[str] = set()

    async def entered(self) -> None:
        """Wait until the new channel is in our application: a dial before that is refused. Raises Fault."""
        while not isinstance(event := await self._events.next(), ari.StasisStart):
            heard = self._read(event)
            self._ready.extend(heard)
            if any(isinstance(one, HungUp | LinkLost) for one in heard):
                raise Fault("sound.link_down", "the channel ended before it was staged")

    def bind(self) -> None:
        """Hear this channel from now on."""
        self._events.__enter__()

    def unbind(self) -> None:
        """Hear it no more."""
        self._events.__exit__(None, None, None)

    async def event(self) -> LegEvent:
        """The next event of this leg, in Asterisk's order. A closed connection is told once; nothing follows it."""
        while not self._ready:
            try:
                self._ready.extend(self._read(await self._events.next()))
            except EOFError:
                if self._closed:
                    await asyncio.Event().wait()
                self._closed = True
                return LinkLost("the connection to asterisk is closed")
        return self._ready.popleft()

    def drained(self) -> list[LegEvent]:
        """What was received and not yet taken."""
        waiting = [*self._ready, *(one for event in self._events.drain() for one in self._read(event))]
        self._ready.clear()
        return waiting

    def _read(self, event: ari.Event) -> tuple[LegEvent, ...]:
        """What an event tells."""
        heard: LegEvent | None = None
        match event:
            case ari.Dial(dialstatus=""):
                heard = Sent()
            case ari.Dial(dialstatus="RINGING"):
                heard = Ringing()
            case ari.ChannelStateChange(channel=channel):
                heard = _BY_STATE.get(channel.state)
            case ari.ChannelDtmfReceived(digit=digit):
                return (KeyPressed(digit),)
            case ari.PlaybackFinished(playback=playback):
                # Asterisk says done of a playback that was stopped, too.
                done = playback.state == "done" and playback.id not in self._stopped
                return (PlayedOut(playback.id, done),)
            case ari.ChannelDestroyed(cause=cause):
                self.unbind()
                return (HungUp(cause),)
            case ari.LinkLost(why=why):
                return (LinkLost(why),)
        # A phone that rings or is answered has been sent its INVITE, whichever of the two Asterisk tells first.
        told = (Sent(), heard) if self.is_dialled and isinstance(heard, Ringing | Answered) else (heard,)
        # Asterisk says ringing both by Dial and by its state: once is enough.
        news = tuple(one for one in told if one is not None and type(one) not in self._said)
        self._said.update(type(one) for one in news)
        return news

    async def play(self, sha256: str) -> str:
        """Start playing the approved file of this digest. Raises Fault."""
        return await self._play(self._sound(sha256))

    async def _play(self, media: str) -> str:
        playback = str(uuid4())
        self._events.also(playback)
        try:
            await self._asterisk.channels.play(self.id, media, playback)
        except AriError as error:
            raise Fault("sound.link_down", str(error)) from None
        return playback

    async def stop_playing(self, playback: str) -> None:
        """Stop it; one that is over is no fault."""
        self._stopped.add(playback)
        try:
            await self._asterisk.playbacks.stop(playback)
        except AriError as error:
            log.info("playback was not stopped: %s", error)

    async def exists(self) -> bool | None:
        """Whether Asterisk still has this channel; None where it cannot be asked."""
        try:
            await self._asterisk.channels.get(self.id)
        except AriRejected as error:
            return False if error.status == 404 else None
        except AriError:
            return None
        return True

    async def renew(self, seconds: float) -> None:
        """Move Asterisk's own deadline for this channel to `seconds` from now. Raises Fault."""
        try:
            await self._asterisk.channels.set_variable(self.id, "TIMEOUT(absolute)", f"{seconds:.3f}")
        except AriRejected as error:
            # The channel is gone: its end is on its way to us.
            if error.status != 404:
                raise Fault("sound.link_down", str(error)) from None
        except AriError as error:
            raise Fault("sound.link_down", str(error)) from None

    async def hang_up(self) -> None:
        """End the channel; one that is gone is no fault, nor a lost link: Asterisk's own deadline ends it."""
        try:
            await self._asterisk.channels.hangup(self.id)
        except AriRejected as error:
            if error.status != 404:
                log.warning("hangup was refused: %s", error)
        except AriError as error:
            log.warning("hangup is left to asterisk's own deadline: %s", error)
