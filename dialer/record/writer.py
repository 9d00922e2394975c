"""The one thread that writes: jobs in batches, a savepoint for each, one commit for all, no answer before it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dialer.core.errors import Fault
from dialer.record.prepared import say

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH_JOBS = 32
BATCH_S = 0.005
RETRY_S = 0.5
# What SQLite says when the disk, not the statement, is at fault.
_DISK = ("disk", "full", "i/o", "readonly", "unable to open", "locked", "malformed", "not a database")


@dataclass(slots=True)
class Job:
    """`work` runs inside its own savepoint. `after` runs after the commit and before the answer.

    `committed` tells, on a reopened connection and by the withheld result, whether the commit happened after all.
    """

    work: Callable[[Connection], Any]
    committed: Callable[[Connection, Any], bool] | None = None
    after: Callable[[Any], None] | None = None
    future: Future[Any] = field(default_factory=Future)


class DiskTrouble(Exception):
    """The file, not a job, is at fault: the whole batch is withheld."""


class Writer:
    """Owns the connection that writes. `connect` opens it; `backlog` is work that must come before any job.

    `backlog(connection)` is called first in every batch while `has_backlog()`; `backlog_done()` after its commit.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._urgent: deque[Job] = deque()
        self._ordinary: deque[Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self.has_backlog: Callable[[], bool] = lambda: False
        self.backlog: Callable[[Connection], None] = lambda _connection: None
        self.backlog_done: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job, *, urgent: bool = False) -> Future[Any]:
        """Queue a job. Its future resolves after the commit, or with the job's own exception, or with Fault."""
        # From here on a waiter that gives up cannot cancel it.
        job.future.set_running_or_notify_cancel()
        with self._wake:
            if self._closing:
                job.future.set_exception(Fault("sound.record", "the record is closed"))
                return job.future
            (self._urgent if urgent else self._ordinary).append(job)
            self._wake.notify()
        return job.future

    async def write(self, job: Job, *, urgent: bool = False) -> Any:
        """Queue a job and wait. A waiter that is cancelled does not cancel the write: it counts as running."""
        return await asyncio.wrap_future(self.submit(job, urgent=urgent))

    def nudge(self) -> None:
        """There is a backlog now: try it without waiting for the next job."""
        with self._wake:
            self._wake.notify()

    def close(self) -> None:
        """Finish what is queued, then end the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    # -- on the thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._urgent or self._ordinary or self._closing):
                    waiting = self.has_backlog()
                    self._wake.wait(RETRY_S if waiting else None)
                    if waiting:
                        break
                if self._closing and not (self._urgent or self._ordinary):
                    break
            self._batch()
        self._drop_connection()

    def _next(self) -> Job | None:
        with self._wake:
            if self._urgent:
                return self._urgent.popleft()
            return self._ordinary.popleft() if self._ordinary else None

    def _batch(self) -> None:
        """One transaction: whatever is queued, at most 32 jobs or 5 ms. Never waits for company."""
        taken: list[Job] = []
        done: list[tuple[Job, Any]] = []
        failed: list[tuple[Job, BaseException]] = []
        try:
            connection = self._begin()
            backlog = self._work_off(connection)
            until = time.monotonic() + BATCH_S
            while len(taken) < BATCH_JOBS and (not taken or time.monotonic() < until):
                job = self._next()
                if job is None:
                    break
                taken.append(job)
                self._one(connection, job, done, failed)
            self._commit(connection)
        except Exception as trouble:
            # Whatever it is: a thread that ended here would leave everybody waiting for ever.
            if not isinstance(trouble, DiskTrouble | DBAPIError | OSError):
                log.exception("a defect while writing")
            self._withheld(trouble, taken, done, failed)
            return
        if backlog:
            self._backlog_done()
        self._answer(done, failed)

    def _backlog_done(self) -> None:
        try:
            self.backlog_done()
        except Fault as trouble:
            log.error("what the record has is taken over again: %s", trouble)

    def _begin(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        say(self._connection, "BEGIN IMMEDIATE")
        return self._connection

    def _commit(self, connection: Connection) -> None:
        say(connection, "COMMIT")

    def _work_off(self, connection: Connection) -> bool:
        if not self.has_backlog():
            return False
        say(connection, "SAVEPOINT backlog")
        try:
            self.backlog(connection)
        except Exception as error:
            _raise_if_disk(connection, error)
            log.exception("the journal cannot be taken over: admission stays shut")
            say(connection, "ROLLBACK TO backlog")
            return False
        finally:
            if _in_transaction(connection):
                say(connection, "RELEASE backlog")
        return True

    def _one(
        self,
        connection: Connection,
        job: Job,
        done: list[tuple[Job, Any]],
        failed: list[tuple[Job, BaseException]],
    ) -> None:
        say(connection, "SAVEPOINT job")
        try:
            result = job.work(connection)
        except Exception as error:
            _raise_if_disk(connection, error)
            say(connection, "ROLLBACK TO job")
            say(connection, "RELEASE job")
            failed.append((job, error))
            return
        say(connection, "RELEASE job")
        done.append((job, result))

    def _answer(self, done: list[tuple[Job, Any]], failed: list[tuple[Job, BaseException]]) -> None:
        for job, result in done:
            if job.after is not None:
                try:
                    job.after(result)
                except Exception:
                    log.exception("what follows a commit failed")
            job.future.set_result(result)
        for job, error in failed:
            job.future.set_exception(error)

    def _withheld(
        self,
        trouble: BaseException,
        taken: list[Job],
        done: list[tuple[Job, Any]],
        failed: list[tuple[Job, BaseException]],
    ) -> None:
        """The commit failed or was never reached: nothing is answered before the reopened file has been asked."""
        log.error("the record cannot be written: %s", _short(trouble))
        self._drop_connection()
        happened = {id(job) for job in self._that_happened(done)} if done else set()
        fault = Fault("sound.record", _short(trouble))
        self._answer([one for one in done if id(one[0]) in happened], failed)
        # Where not even a transaction could be begun, those who wait are told so too.
        waiting = not taken
        while waiting and (job := self._next()) is not None:
            taken.append(job)
        for job in taken:
            if not job.future.done():
                job.future.set_exception(fault)
        with self._wake:
            if not (taken or self._closing or self._urgent or self._ordinary):
                self._wake.wait(RETRY_S)

    def _that_happened(self, done: list[tuple[Job, Any]]) -> list[Job]:
        """The jobs whose rows are there after reopening, and durable: a checkpoint wrote and synced them again."""
        asked = [(job, result, job.committed) for job, result in done if job.committed is not None]
        if not asked:
            return []
        try:
            self._connection = self._connect()
            found = [job for job, result, committed in asked if committed(self._connection, result)]
            if found:
                busy = self._connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
                if busy:
                    return []
        except (DBAPIError, OSError) as trouble:
            log.error("the record cannot be reopened: %s", _short(trouble))
            self._drop_connection()
            return []
        return found

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except DBAPIError as trouble:
                log.warning("closing the record: %s", _short(trouble))


def _in_transaction(connection: Connection) -> bool:
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", True))


def _raise_if_disk(connection: Connection, error: BaseException) -> None:
    """A full or failing disk may have ended the whole transaction; a broken constraint never does."""
    if isinstance(error, DBAPIError):
        words = str(error.orig).lower()
        if not _in_transaction(connection) or any(one in words for one in _DISK):
            raise DiskTrouble(words) from error


def _short(trouble: BaseException) -> str:
    """One line, without the statement and its parameters."""
    return str(trouble.orig) if isinstance(trouble, DBAPIError) else str(trouble)
