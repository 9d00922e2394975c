"""Who hears which event: one look-up by id for each event, no task and no copy for each listener."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from dialer.ari.events import KNOWN, Event, LinkLost, LinkRestored, UnknownEvent, ids_of
from dialer.ari.models import MISSHAPEN, Raw

log = logging.getLogger(__name__)


class Subscription:
    """An ordered, unbounded queue of events for one reader. Bind it before the command it shall hear of.

    A context manager: outside of it nothing is heard. A lost and a restored link are heard in it as well.
    """

    def __init__(self, router: Router, ids: tuple[str, ...]) -> None:
        self._router = router
        self._ids = set(ids)
        self._queue: deque[Event] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._last = 0
        self._ended = False
        self._entered = False

    def __enter__(self) -> Self:
        self._entered = True
        self._router.bind(self, self._ids)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered = False
        self._router.unbind(self, self._ids)

    def also(self, *ids: str) -> None:
        """Hear the events of these channels, bridges, playbacks or recordings (by name) from now on, too."""
        new = set(ids) - self._ids
        self._ids |= new
        if self._entered:
            self._router.bind(self, new)

    def put(self, event: Event) -> None:
        """Called by the router; an event that concerns two of our ids is taken once."""
        if event.sequence == self._last:
            return
        self._last = event.sequence
        self._queue.append(event)
        self._wake()

    def end(self) -> None:
        """The connection was closed: no event follows those in the queue."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def drain(self) -> list[Event]:
        """Everything received and not yet read, in order, without waiting."""
        received = list(self._queue)
        self._queue.clear()
        return received

    async def next(self) -> Event:
        """The next event; waits for it. `EOFError` once the connection is closed and the queue empty."""
        while not self._queue:
            if self._ended:
                raise EOFError("the connection to asterisk is closed")
            if self._waiting is not None:
                raise RuntimeError("a subscription has one reader")
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._queue.popleft()

    def __aiter__(self) -> Self:
        """Events until the connection is closed."""
        return self

    async def __anext__(self) -> Event:
        try:
            return await self.next()
        except EOFError:
            raise StopAsyncIteration from None


class Router:
    """Numbers, counts, builds and hands out events. An event that nobody hears is counted but not built."""

    def __init__(self) -> None:
        self.sequence = 0
        self.unknown: Counter[str] = Counter()
        self.malformed = 0
        self._everything: dict[Subscription, None] = {}
        self._links: dict[Subscription, None] = {}
        self._by_id: dict[str, list[Subscription]] = {}
        self._strangers: dict[Subscription, None] = {}

    def events_of(self, *ids: str) -> Subscription:
        return Subscription(self, ids)

    def all_events(self) -> Subscription:
        return _GlobalSubscription(self, ())

    def strangers(self) -> Subscription:
        """Channels that enter the application and that nobody here made: calls from outside, agents who dial."""
        return _StrangerSubscription(self, ())

    def bind(self, subscription: Subscription, ids: set[str]) -> None:
        self._links[subscription] = None
        if isinstance(subscription, _StrangerSubscription):
            self._strangers[subscription] = None
        if isinstance(subscription, _GlobalSubscription):
            self._everything[subscription] = None
        for each in ids:
            self._by_id.setdefault(each, []).append(subscription)

    def unbind(self, subscription: Subscription, ids: set[str]) -> None:
        self._links.pop(subscription, None)
        self._everything.pop(subscription, None)
        self._strangers.pop(subscription, None)
        for each in ids:
            bound = self._by_id.get(each, [])
            if subscription in bound:
                bound.remove(subscription)
            if not bound:
                self._by_id.pop(each, None)

    def receive(self, kind: str, raw: Raw) -> None:
        """Hand on one event of Asterisk."""
        self.sequence += 1
        if kind not in KNOWN:
            self.unknown[kind] += 1
        hearing = list(self._everything)
        for each in ids_of(raw):
            hearing += self._by_id.get(each, ())
        if kind == "StasisStart" and not hearing:
            hearing = list(self._strangers)
        if hearing:
            event = self._build(kind, raw)
            for subscription in hearing:
                subscription.put(event)

    def _build(self, kind: str, raw: Raw) -> Event:
        try:
            timestamp = datetime.fromisoformat(raw["timestamp"])
        except (KeyError, TypeError, ValueError):
            timestamp = datetime.now(UTC)
        build = KNOWN.get(kind)
        if build is not None:
            try:
                return build(self.sequence, timestamp, raw)
            except MISSHAPEN as misshapen:
                self.report_malformed(f"event `{kind}` lacks or bends {type(misshapen).__name__}")
        return UnknownEvent(self.sequence, timestamp, kind, raw)

    def report_malformed(self, what: str) -> None:
        """Count a frame that is not as it should be; logged at 1, 2, 4, 8 … so a flood stays readable."""
        self.malformed += 1
        if self.malformed & (self.malformed - 1) == 0:
            log.warning("malformed frame number `%d` from asterisk: %s", self.malformed, what)

    def announce(self, build: Callable[[int, datetime], LinkLost | LinkRestored]) -> None:
        """Tell every subscription about the link."""
        self.sequence += 1
        event = build(self.sequence, datetime.now(UTC))
        for subscription in list(self._links):
            subscription.put(event)

    def end(self) -> None:
        for subscription in list(self._links):
            subscription.end()


class _GlobalSubscription(Subscription):
    pass


class _StrangerSubscription(Subscription):
    pass
