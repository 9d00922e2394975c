"""Controllers that are wrong on purpose, to show that the checks of the walk would see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from dialer.core.admission import Admission, Permit, Permitted, Request
from dialer.core.call import Event
from dialer.ports.calls import DialAnswer
from dialer.record import admission as admitting

Ports = tuple[Any, Any]


class Altered:
    """Another object, less what a subclass does otherwise."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class AlteredPbx(Altered):
    """An Asterisk whose legs are `leg`."""

    def __init__(self, inner: Any, leg: Callable[[Any, Any, Permit], Any]) -> None:
        super().__init__(inner)
        self._leg = leg

    async def stage(self, permit: Permit) -> Any:
        """Stage, and hand out the other kind of leg."""
        return self._leg(await self.inner.stage(permit), self.inner, permit)


class DialsTwice(Altered):
    """A leg that rings the phone a second time over a channel of its own."""

    def __init__(self, inner: Any, pbx: Any, permit: Permit) -> None:
        super().__init__(inner)
        self._pbx, self._permit = pbx, permit

    async def dial(self, ring_timeout_s: float) -> DialAnswer:
        """Dial, twice."""
        again = await self._pbx.stage(replace(self._permit, id=uuid4()))
        await again.dial(ring_timeout_s)
        answer: DialAnswer = await self.inner.dial(ring_timeout_s)
        return answer


class NeverLetsGo(Altered):
    """A leg whose deadline is moved far away."""

    def __init__(self, inner: Any, _pbx: Any, _permit: Permit) -> None:
        super().__init__(inner)

    async def renew(self, _seconds: float) -> None:
        """Renew for ten minutes."""
        await self.inner.renew(600.0)


class DialsLate(Altered):
    """A leg that is dialled when its permit is over, and whose deadline was moved to allow it."""

    def __init__(self, inner: Any, _pbx: Any, _permit: Permit) -> None:
        super().__init__(inner)

    async def dial(self, ring_timeout_s: float) -> DialAnswer:
        """Wait longer than a permit holds, then dial."""
        await self.inner.renew(600.0)
        await asyncio.sleep(3.0)
        answer: DialAnswer = await self.inner.dial(ring_timeout_s)
        return answer


class ForgetsKey(Altered):
    """A record that takes no opt-out."""

    async def opt_out(self, *_given: Any) -> None:
        """Take it for kept."""


class _RollBack(Exception):
    pass


class CountsLate(Altered):
    """A record that counts an attempt once its dial was answered, not before."""

    def __init__(self, store: Any) -> None:
        super().__init__(store.calls)
        self._store = store
        self._noted: list[tuple[Permit, Event, Mapping[str, Any] | None]] = []
        self._uncounted: Request | None = None

    async def admit(self, request: Request) -> Admission:
        """Decide, and write nothing."""
        given: list[Admission] = []

        def work(connection: Connection) -> None:
            given.append(admitting.admit(self.inner._gate, connection, request))
            raise _RollBack

        with suppress(_RollBack):
            await self._store.write(work)
        if isinstance(given[0], Permitted):
            self._uncounted, permit = request, given[0].permit
            admitting._permit = lambda *_: permit
        return given[0]

    async def note(self, permit: Permit, event: Event, values: Mapping[str, Any] | None = None) -> None:
        """Keep what happened in mind until the attempt is counted."""
        if self._uncounted is None:
            await self.inner.note(permit, event, values)
            return
        self._noted.append((permit, event, values))
        if event in (Event.RANG, Event.WAS_ANSWERED):
            request, self._uncounted = self._uncounted, None
            await self.inner.admit(request)
            for one in self._noted:
                await self.inner.note(*one)


BROKEN: Mapping[str, Callable[[Any, Any], Ports]] = {
    "": lambda store, pbx: (store.calls, pbx),
    "dials twice": lambda store, pbx: (store.calls, AlteredPbx(pbx, DialsTwice)),
    "dials late": lambda store, pbx: (store.calls, AlteredPbx(pbx, DialsLate)),
    "never lets go": lambda store, pbx: (store.calls, AlteredPbx(pbx, NeverLetsGo)),
    "forgets the key": lambda store, pbx: (ForgetsKey(store.calls), pbx),
    "counts late": lambda store, pbx: (CountsLate(store), pbx),
}
