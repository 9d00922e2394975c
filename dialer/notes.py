"""What happened to one attempt, on its way to the record: in order, while the call goes on, and nothing forgotten.

A step that must not be taken before something is durable waits for it; everything else is told, and caught up with by
the next decision, whose commit comes after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from dialer.core.admission import Permit
from dialer.core.call import Event
from dialer.core.errors import Defect
from dialer.core.verdict import Value
from dialer.ports.calls import Record
from dialer.unbroken import unbroken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Note:
    event: Event
    values: Mapping[str, Value] | None
    writing: asyncio.Future[None]


class Notes:
    """The notes of one attempt."""

    def __init__(self, record: Record, permit: Permit) -> None:
        self._record = record
        self._permit = permit
        self._notes: list[_Note] = []
        self._failed = asyncio.Event()

    def tell(self, event: Event, values: Mapping[str, Value] | None = None) -> asyncio.Future[None]:
        """Hand `event` to the record now; it is durable when what is returned is done."""
        writing = asyncio.ensure_future(self._record.note(self._permit, event, values))
        self._notes.append(_Note(event, values, writing))
        writing.add_done_callback(self._seen)
        return writing

    async def told(self, event: Event, values: Mapping[str, Value] | None = None) -> None:
        """The same, and wait until it is durable. Raises Fault."""
        await unbroken(self.tell(event, values))

    async def caught_up(self) -> None:
        """Wait until everything told so far is durable. Raises what the first that failed raised."""
        for note in list(self._notes):
            await unbroken(note.writing)

    async def failing(self) -> None:
        """Watch: raise as soon as something told could not be written. A call without a record is no call."""
        await self._failed.wait()
        await self.caught_up()

    async def make_good(self) -> None:
        """Write what could not be written, in order. Raises Fault where it still cannot; then again."""
        await asyncio.gather(*(note.writing for note in self._notes), return_exceptions=True)
        self._notes = [note for note in self._notes if _went_wrong(note.writing)]
        while self._notes:
            note = self._notes[0]
            try:
                await self._record.note(self._permit, note.event, note.values)
            except Defect as defect:
                # What came after it is on record already: the attempt has moved on without it.
                log.error("`%s` of attempt %s came too late: %s", note.event, self._permit.id, defect)
            self._notes.pop(0)

    def _seen(self, writing: asyncio.Future[None]) -> None:
        if _went_wrong(writing):
            self._failed.set()


def _went_wrong(writing: asyncio.Future[None]) -> bool:
    return writing.cancelled() or isinstance(writing.exception(), Exception)
