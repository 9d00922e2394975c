"""`ports.calls.Record` on the store: admission, what happens to an attempt, opt-outs, revocations."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from dialer.core.admission import Actor, Admission, Denied, End, NeverDialled, Permit, Permitted, Request
from dialer.core.call import Event
from dialer.core.decision import Decision
from dialer.core.errors import Fault
from dialer.core.facts import Unsound
from dialer.core.policy import Moment
from dialer.core.verdict import Value
from dialer.ports.calls import Revocable, Revocation
from dialer.record import attempts as attempt_rows
from dialer.record import log
from dialer.record.admission import Gate, admit, committed, denied_again, denied_unread
from dialer.record.journal import Journal
from dialer.record.preferences import Statement, state, to_journal
from dialer.record.revocations import Hub, Listener
from dialer.record.tables import attempts
from dialer.record.writer import Job, Writer
from dialer.record.wrong_persons import NotHis, say

_log = logging.getLogger(__name__)

T = TypeVar("T")


async def unbroken(work: Awaitable[T]) -> tuple[T, asyncio.CancelledError | None]:
    """The result of `work`, finished even where the waiter is cancelled meanwhile, and that cancellation."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
        except Exception:
            break
    if cancelled is not None and task.exception() is not None:
        _log.error("a write whose waiter was cancelled failed: %s", task.exception())
        raise cancelled
    return task.result(), cancelled


class CallRecord:
    """What calls need of the record."""

    def __init__(self, gate: Gate, writer: Writer, journal: Journal, hub: Hub) -> None:
        self._gate = gate
        self._writer = writer
        self._journal = journal
        self._hub = hub
        self.abandoned: set[str] = set()

    async def admit(self, request: Request) -> Admission:
        """Decide and count in one transaction. Cancelled after a permit: it is reversed before that is raised."""
        admission, cancelled = await unbroken(self._admitted(request))
        if cancelled is None:
            return admission
        if isinstance(admission, Permitted):
            try:
                await unbroken(self.reverse(admission.permit, NeverDialled.REVOKED))
            except Fault as fault:
                _log.error("attempt %s stays counted: %s", admission.permit.id, fault)
                self.abandon(admission.permit)
        raise cancelled

    async def _admitted(self, request: Request) -> Admission:
        given: list[Admission] = []

        def work(connection: Connection) -> Admission:
            given.append(admit(self._gate, connection, request))
            return given[-1]

        def happened(connection: Connection, admission: Admission) -> bool:
            return committed(connection, request, admission)

        try:
            admission: Admission = await self._writer.write(Job(work, happened))
        except (Fault, DBAPIError) as trouble:
            # Should the commit have happened after all, unseen, then its attempt is nobody's.
            self.abandoned.update(str(one.permit.id) for one in given if isinstance(one, Permitted))
            _log.error("a call is denied, the record cannot be written: %s", _words(trouble))
            decision = denied_unread(request, self._gate.clock.now(), [_unsound(trouble)])
            return Denied(decision, None)
        return admission

    async def reconfirm(self, permit: Permit, moment: Moment) -> Decision:
        """Decide again and write it. Where that cannot be written, it is a denial."""
        try:
            decision: Decision = await self._writer.write(
                Job(
                    lambda connection: attempt_rows.reconfirm(
                        self._gate, connection, str(permit.id), moment, log.SELF
                    )
                )
            )
        except (Fault, DBAPIError) as trouble:
            return denied_again(permit, self._gate.clock.now(), [_unsound(trouble)], moment)
        return decision

    def note(
        self, permit: Permit, event: Event, values: Mapping[str, Value] | None = None
    ) -> Coroutine[Any, Any, None]:
        """Write that `event` happened; the writer has it when this returns, and it is durable when awaited."""
        known = dict(values or {})

        def work(connection: Connection) -> bool:
            now = self._gate.clock.now()
            return attempt_rows.note(connection, str(permit.id), event, known, now, log.SELF)

        return self._noted(self._writer.submit(Job(work)))

    async def _noted(self, writing: Future[Any]) -> None:
        try:
            await asyncio.shield(asyncio.wrap_future(writing))
        except DBAPIError as trouble:
            raise Fault("sound.record", _words(trouble)) from trouble

    async def settle(self, permit: Permit, end: End) -> None:
        """Close the attempt, counted."""
        await self._moved(permit, attempt_rows.settle, end)

    async def reverse(self, permit: Permit, reason: NeverDialled) -> None:
        """Take the count back."""
        await self._moved(permit, attempt_rows.reverse, reason)

    async def _moved(self, permit: Permit, move: Callable[..., bool], *what: Any) -> None:
        def work(connection: Connection) -> bool:
            return move(connection, str(permit.id), *what, self._gate.clock.now(), log.SELF)

        # Each of these moves is idempotent: who gets a Fault may ask again, whatever became of the first.
        _, cancelled = await unbroken(self._write(work))
        if cancelled is not None:
            raise cancelled

    async def _write(self, work: Callable[[Connection], T], *, urgent: bool = False) -> T:
        try:
            result: T = await self._writer.write(Job(work), urgent=urgent)
        except DBAPIError as trouble:
            raise Fault("sound.record", _words(trouble)) from trouble
        return result

    async def opt_out(self, permit: Permit, source: str, values: Mapping[str, Value] | None = None) -> None:
        """Register the opt-out of this person and line from calls of this purpose by this enterprise."""
        said = Statement(
            key=str(permit.id),
            kind="opt_out",
            subjects=(permit.person, permit.line),
            enterprise=permit.enterprise,
            purpose=permit.purpose,
            product=None,
            channel=None,
            source=source,
            stated_at=self._gate.clock.now(),
            until=None,
            evidence={"attempt": str(permit.id), **(values or {})},
            actor=Actor(str(permit.person), frozenset({"person"}), source),
        )
        await self.stated(said)

    async def wrong_person(
        self, permit: Permit, source: str, values: Mapping[str, Value] | None = None
    ) -> None:
        """Register that this line is not this person's."""
        by = "person" if (values or {}).get("by") == "person" else "agent"
        ids = {"person": str(permit.person), "line": str(permit.line), "attempt": str(permit.id)}
        said = NotHis(**ids, source=source, evidence=dict(values or {}))
        actor = Actor(f"{by} of {permit.id}", frozenset({by}), source)
        now = self._gate.clock.now
        await self._write(lambda connection: say(connection, said, actor, now()), urgent=True)

    async def stated(self, said: Statement) -> None:
        """Keep a statement, in the record or in the journal; an opt-out ends the calls that it reaches."""
        _, cancelled = await unbroken(self._stated(said))
        if cancelled is not None:
            raise cancelled

    async def _stated(self, said: Statement) -> None:
        urgent = said.kind == "opt_out"
        job = Job(
            partial(self._state, said),
            after=(lambda _result: self._revoke(said)) if urgent else None,
        )
        try:
            await self._writer.write(job, urgent=urgent)
        except (Fault, DBAPIError):
            if not urgent:
                raise
            await asyncio.to_thread(self._journal.write, to_journal(said))
            self._writer.nudge()
            self._revoke(said)

    def _state(self, said: Statement, connection: Connection) -> bool:
        return state(connection, said, self._gate.clock.now())

    def _revoke(self, said: Statement) -> None:
        subjects = set(said.subjects)

        def concerns(of: Revocable) -> bool:
            return (
                bool(subjects & {of.person, of.line})
                and said.enterprise in (None, of.enterprise)
                and said.purpose in (None, getattr(of, "purpose", said.purpose))
            )

        self._hub.fire(Revocation("opt_out", said.source), concerns)

    def abandon(self, permit: Permit) -> None:
        """Nobody follows this attempt any more: the sweep settles it once `live_until` has passed."""
        self.abandoned.add(str(permit.id))

    def revocations(self, of: Revocable) -> AbstractAsyncContextManager[Listener]:
        """Listen for what ends this call."""
        return self._hub.listening(of)


def live_owned(connection: Connection, run: str) -> list[str]:
    """Ids of the attempts that this run owns and that are live."""
    found = select(attempts.c.id).where(attempts.c.live == 1, attempts.c.owner == run)
    return list(connection.execute(found).scalars())


def _words(trouble: BaseException) -> str:
    return str(trouble.orig) if isinstance(trouble, DBAPIError) else str(trouble)


def _unsound(trouble: BaseException) -> Unsound:
    words = trouble.detail if isinstance(trouble, Fault) else _words(trouble)
    return Unsound("sound.record", {"fault": words})
