"""What is imported in bulk: made by the child, checked, put in force, merged where there are too many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Connection

from dialer.core.admission import Actor
from dialer.core.errors import Defect, Fault
from dialer.ports.calls import Clock
from dialer.record import batches, log
from dialer.record.batches import Batch, BatchFiles, Made
from dialer.record.stager import Stager
from dialer.record.writer import Job

_log = logging.getLogger(__name__)

Read = Callable[[Callable[[Connection], Any]], Awaitable[Any]]
Write = Callable[[Job], Awaitable[Any]]
# Decides live calls again, told why.
Recheck = Callable[[str], Awaitable[None]]


class Imports:
    """The batches of one record. `stager` makes files, `files` reads them, `put` puts one in force."""

    def __init__(self, files: BatchFiles, clock: Clock, read: Read, write: Write, recheck: Recheck) -> None:
        self.files = files
        self.stager = Stager(files)
        self._clock = clock
        self._read = read
        self._write = write
        self._recheck = recheck

    async def put(self, made: Made, actor: Actor, *, alone: bool = False) -> Batch:
        """Put a file that `stager` made in force by one row and one entry. `alone`: in the place of all of its kind.

        The same content as the newest of its kind changes nothing. Live calls that it forbids are revoked when this
        returns. Raises Fault where the file is not what was made.
        """
        # Who gives up waiting must not leave calls that were not decided again.
        return await asyncio.shield(self._put(made, actor, alone))

    async def _put(self, made: Made, actor: Actor, alone: bool) -> Batch:
        await asyncio.to_thread(self.files.check, made)

        def work(connection: Connection) -> Batch:
            return batches.switch(connection, made, actor, self._clock.now(), alone=alone)

        batch: Batch = await self._write(Job(work, committed=batches.stands))
        if batch.id != made.id:
            await asyncio.to_thread(self.files.remove, made.id)
        else:
            await self._recheck(f"an import of {made.kind}")
        await self._merge(made.kind)
        return batch

    def look(self, connection: Connection) -> None:
        """When the record is opened: delete what is spent, hash what is in force. What fails denies, later."""
        standing, past = batches.in_force(connection), batches.ended(connection)
        self.files.tidy([one.id for one in standing], past, self._clock.now())
        for fault in self.files.check_all(standing):
            _log.error("what must be looked up in it is denied: %s", fault)

    async def mend(self) -> None:
        """Look again at every file in force: one that was restored as it was made denies no more."""
        standing: list[Batch] = await self._read(batches.in_force)
        for fault in await asyncio.to_thread(self.files.check_all, standing):
            _log.error("what must be looked up in it is denied: %s", fault)

    async def _merge(self, kind: str) -> None:
        """Where too many of a kind are in force, one takes their place. That it fails costs time, not truth."""
        standing: list[Batch] = await self._read(lambda one: batches.in_force(one, kind))
        if len(standing) <= batches.MOST_IN_FORCE:
            return
        past: list[str] = await self._read(batches.ended)
        sources = [one.id for one in standing]
        try:
            made = await self.stager.merge(kind, standing)
            await self._write(Job(lambda one: batches.merge(one, made, sources, log.SELF, self._clock.now())))
        except (Fault, Defect) as trouble:
            _log.warning("batches of `%s` were not merged: %s", kind, trouble)
            return
        # Those that ended only now may still be read by a snapshot that is older.
        for one in past:
            await asyncio.to_thread(self.files.remove, one)
