"""The record as one object: opened by the one process that owns it, written by one thread, read beside it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError

from dialer.core.admission import Actor, Request
from dialer.core.decision import Decision, decide
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, Fault, InputFault, Place
from dialer.core.facts import Unsound
from dialer.core.phone import E164
from dialer.core.policy import Moment
from dialer.core.rulebook import Rulebook
from dialer.ports.calls import Clock, Revocation
from dialer.record import (
    catalog,
    commands,
    health,
    log,
    people,
    policies,
    queries,
    recovery,
)
from dialer.record.admission import Gate, asked_of
from dialer.record.batches import BatchFiles
from dialer.record.calls import CallRecord
from dialer.record.changes import Changes
from dialer.record.connection import migrate, open_engine
from dialer.record.given import Enrolled, Enrolment, Entry, LiveAttempt, Soundness, Spans
from dialer.record.imports import Imports
from dialer.record.journal import Journal
from dialer.record.keys import KeyStore
from dialer.record.lock import OwnerLock
from dialer.record.personal_hours import WeeklyWish, wish
from dialer.record.preferences import Statement, from_journal, state
from dialer.record.reading import Reader
from dialer.record.rechecking import Concerns, denied, every_attempt
from dialer.record.revocations import Hub, everything, reaches, reaching
from dialer.record.soundness import ClockWatch
from dialer.record.tables import lease, meta
from dialer.record.unsealing import PersonalData
from dialer.record.writer import Job, Writer
from dialer.secrets import Secrets

T = TypeVar("T")

CHUNK_PEOPLE = 200


class RecordStore:
    """The record of one site. Made by `open`; `calls` is what a call needs of it."""

    def __init__(
        self, data_dir: Path, secrets: Secrets, gate: Gate, lock: OwnerLock, engines: tuple[Engine, Engine]
    ) -> None:
        self._secrets, self._gate, self._lock, self._engines = secrets, gate, lock, engines
        self.run = gate.run
        self._keys = KeyStore(data_dir / "keys.db", secrets.master_key, secrets.master_key_version)
        self._journal = Journal(data_dir / "opt_out.journal")
        self._hub = Hub()
        self._writer = Writer(engines[0].connect)
        self._taking: dict[int, dict[str, Any]] = {}
        self._writer.has_backlog = lambda: bool(self._journal)
        self._writer.backlog, self._writer.backlog_done = self._take_over, self._taken_over
        self._reader_thread = ThreadPoolExecutor(1, thread_name_prefix="record-reader")
        self.imports = Imports(gate.files, gate.clock, self.read, self._write, self.recheck)
        urgently = partial(self._write, urgent=True)
        self.changes = Changes(gate.reader.catalog, gate.clock, self.read, urgently, self.recheck, gate.files)
        self.personal = PersonalData(self.read, self.write, self._keys, secrets.subject_key, gate.clock)
        self.gate = replace(gate, soundness=self._soundness)
        self.calls = CallRecord(self.gate, self._writer, self._journal, self._hub)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        secrets: Secrets,
        clock: Clock,
        rulebooks: Mapping[str, Rulebook],
        spans: Spans | None = None,
        soundness: Soundness = tuple,
        lab: bool = False,
    ) -> RecordStore:
        """Take the lock, bring the tables up to date, start the writer. `rulebooks` by digest, signed and checked.

        `lab` declares a new record to be a lab's, for ever. Raises Fault `sound.record` where another process
        owns it or the disk fails, BadInput where it was made with another subject key.
        """
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = OwnerLock(data_dir / "record.lock")
        except OSError as trouble:
            raise _unopened(data_dir, trouble) from trouble
        try:
            path = data_dir / "record.db"
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            engines = (open_engine(path), open_engine(path, read_only=True))
            run = log.new_id(clock.now())
            with engines[0].connect() as connection:
                migrate(connection)
                _take_lease(connection, secrets, run, clock.now(), lab)
            files = BatchFiles(data_dir / "batches")
            gate = Gate(
                reader=Reader(catalog.Catalog(rulebooks, files), files),
                clock=clock,
                watch=ClockWatch(clock),
                soundness=soundness,
                secrets=secrets,
                spans=spans or Spans(),
                run=run,
                files=files,
            )
            store = cls(data_dir, secrets, gate, lock, engines)
            store.read_batches()
            return store
        except (DBAPIError, OSError) as trouble:
            lock.release()
            raise _unopened(data_dir, trouble) from trouble
        except BaseException:
            lock.release()
            raise

    def close(self) -> None:
        """Finish what is queued and let another process have the record."""
        self._writer.close()
        self._reader_thread.shutdown()
        for engine in self._engines:
            engine.dispose()
        self.imports.files.close()
        self._keys.close()
        self._journal.close()
        self._lock.release()

    # -- writing and reading -------------------------------------------------------------------------------

    async def write(self, work: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """Run `work` in its own savepoint of a batch; its result after the commit. Raises Fault."""
        result: T = await self._write(Job(work), urgent=urgent)
        return result

    async def _write(self, job: Job, *, urgent: bool = False) -> Any:
        try:
            return await self._writer.write(job, urgent=urgent)
        except DBAPIError as trouble:
            raise Fault("sound.record", str(trouble.orig)) from trouble

    def read_batches(self) -> None:
        """Hash every imported file that is in force, before the first call: what is missing or altered denies."""
        self._snapshot(self.imports.look)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a connection that cannot write, in one snapshot. Raises Fault."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._reader_thread, self._snapshot, work)
        except DBAPIError as trouble:
            raise Fault("sound.record", str(trouble.orig)) from trouble

    def _snapshot(self, work: Callable[[Connection], T]) -> T:
        with self._engines[1].connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.exec_driver_sql("ROLLBACK")

    # -- the journal ---------------------------------------------------------------------------------------

    def _soundness(self) -> Sequence[Unsound]:
        found = list(self._gate.soundness())
        if self._journal and not self._taking:
            found.append(Unsound("sound.record", {"fault": "opt-outs wait in the journal"}))
        return found

    def _take_over(self, connection: Connection) -> None:
        self._taking = {}
        waiting = self._journal.waiting()
        for content in waiting.values():
            state(connection, from_journal(content), self._gate.clock.now())
        self._taking = waiting

    def _taken_over(self) -> None:
        waiting, self._taking = self._taking, {}
        self._journal.clear(waiting)

    # -- people --------------------------------------------------------------------------------------------

    async def enrol(
        self, enterprise: str, enrolments: Sequence[Enrolment], actor: Actor = log.SELF
    ) -> list[Enrolled]:
        """Surrogates of people, in their order; new ones are made with their keys, which are durable first."""
        found: list[Enrolled] = []
        for start in range(0, len(enrolments), CHUNK_PEOPLE):
            part = enrolments[start : start + CHUNK_PEOPLE]
            found += await self._enrol(people.wanted(self._secrets, enterprise, part), actor)
        return found

    async def _enrol(self, asked: list[tuple[people.Wanted, ...]], actor: Actor) -> list[Enrolled]:
        flat = [one for several in asked for one in several]

        def look(connection: Connection) -> tuple[dict[bytes, str], list[people.Wanted]]:
            ids = people.known(connection, (one.hash for one in flat))
            return ids, people.names_to_seal(connection, flat, ids)

        ids, unsealed = await self.read(look)
        missing = [one for one in flat if one.hash not in ids]
        if not missing and not unsealed:
            return people.enrolled(asked, ids)
        fresh = await asyncio.to_thread(people.make_keys, self._keys, missing) if missing else {}
        telling = [*unsealed, *(one for one in missing if one.plaintext is not None)]

        def write(connection: Connection) -> dict[bytes, str]:
            now = self._gate.clock.now()
            now_known = people.insert_subjects(connection, self._secrets, flat, fresh, now)
            told = []
            for one in {one.hash: one for one in telling}.values():
                subject = now_known[one.hash]
                own, key = fresh.get(one.hash, (subject, None))
                key = key if own == subject and key is not None else self._keys.key(subject)
                if key is not None:
                    told.append((one, subject, key))
            people.seal_fields(connection, told, now, actor)
            return now_known

        ids = await self.write(write)
        spare = [ident for digest, (ident, key) in fresh.items() if key and ids[digest] != ident]
        if spare:
            await asyncio.to_thread(self._keys.destroy, spare)
        return people.enrolled(asked, ids)

    async def erase(self, subject: UUID, actor: Actor) -> None:
        """Erase a person or line: its key is destroyed, its opt-outs stay as keyed hashes."""
        await self.write(lambda one: people.forget(one, str(subject), self._gate.clock.now(), actor))
        await asyncio.to_thread(self._keys.destroy, [str(subject)])

    async def state_preference(self, said: Statement) -> None:
        """Keep what somebody said. An opt-out ends live calls that it reaches before this returns."""
        await self.calls.stated(said)

    async def state_personal_hours(self, said: WeeklyWish) -> None:
        """Keep the weekly windows of a person: they bind every later admission by a rule that keeps to them."""
        await self.write(lambda one: wish(one, said, self._gate.clock.now()), urgent=True)

    # -- what binds ----------------------------------------------------------------------------------------

    async def put_in_force(self, kind: str, document: Mapping[str, Any], actor: Actor) -> str:
        """Put a document (`register`, `policy`, …) in force; the version's id. Raises BadInput for an older policy."""
        return await self.write(
            lambda one: catalog.put_in_force(one, kind, document, actor, self._gate.clock.now()), urgent=True
        )

    async def in_force(self, kind: str) -> tuple[str, dict[str, Any]] | None:
        """Version id and document of `kind` in force, or None."""
        return await self.read(lambda one: catalog.current(one, kind))

    def know(self, rulebook: Rulebook) -> None:
        """Take one more rulebook, signed and checked, for when it is in force."""
        self._gate.reader.catalog.know(rulebook)

    async def propose_policy(self, document: Mapping[str, Any], actor: Actor) -> policies.Proposal:
        """Put a policy set in force if it only tightens, else keep it waiting. Raises BadInput for an older one."""
        proposal = await self.write(
            lambda one: policies.propose(one, document, actor, self._gate.clock.now()), urgent=True
        )
        if proposal.in_force:
            await self.recheck("the policy was tightened")
        return proposal

    async def approve_policy(self, revision: int, actor: Actor) -> str:
        """Put the waiting set in force, which may tighten too; its version. Raises BadInput unless a second asks."""
        may, clock = self.changes.approvers, self._gate.clock
        job = Job(lambda one: policies.approve(one, revision, actor, clock.now(), may))
        version: str = await self._write(job, urgent=True)
        await self.recheck("a policy was approved")
        return version

    async def policy_revisions(self) -> list[dict[str, Any]]:
        """Every policy set ever put forward, oldest first."""
        return await self.read(policies.revisions)

    async def put_script(self, script: commands.SubmittedScript, actor: Actor) -> None:
        """Submit a version of a script. Raises BadInput."""
        await self.write(lambda one: commands.put_script(one, script, actor, self._gate.clock.now()))

    async def approve_script(self, script: str, version: int, actor: Actor) -> None:
        """Approve a version; the one approved before is withdrawn. Raises BadInput."""
        await self.write(
            lambda one: commands.approve_script(
                one, script, version, actor, self._gate.clock.now(), self.changes.approvers
            )
        )

    async def withdraw_script(self, script: str, version: int, actor: Actor) -> None:
        """Withdraw a version of a script."""
        await self.write(
            lambda one: commands.withdraw_script(one, script, version, actor, self._gate.clock.now()),
            urgent=True,
        )
        await self.recheck(f"script {script} was withdrawn")

    async def mark_number(self, mark: health.Mark, actor: Actor) -> str:
        """Write down what is said of a caller ID; the mark's id. A suspension ends its live calls. Raises BadInput."""
        revocation = Revocation("tightened", f"{mark.kind}: {mark.why}")
        job = Job(
            lambda one: health.put_mark(one, mark, actor, self._gate.clock.now()),
            after=lambda made: self._hub.fire(revocation, lambda call: str(call.line) in made.lines),
        )
        made: health.Marked = await self._write(job, urgent=True)
        # A suspension ends them whatever the rules say; how much of the rest is borne, the rules say.
        await self.recheck(revocation.said, lambda attempt: attempt.caller_id == mark.number)
        return made.id

    async def stop(self, scope: str, reason: str, actor: Actor, target: str | None = None) -> str:
        """Stop `all`, or one `enterprise`, `agency` or `campaign`; the stop's id. Live calls end before it returns."""
        if scope not in ("all", "enterprise", "agency", "campaign") or (scope == "all") != (target is None):
            fault = InputFault(Place("stop", path="scope"), "scope and target do not fit", scope)
            raise BadInput([fault])
        revocation = Revocation("stop", reason)
        job = Job(
            lambda one: commands.stop(one, scope, target, reason, actor, self._gate.clock.now()),
            after=lambda _id: self._hub.fire(revocation, reaches(scope, target)),
        )
        ident: str = await self._write(job, urgent=True)
        return ident

    async def resume(self, scope: str, actor: Actor, target: str | None = None) -> list[str]:
        """Lift every stop of this scope and target; their ids."""
        return await self.write(
            lambda one: commands.resume(one, scope, target, actor, self._gate.clock.now())
        )

    async def recheck(self, why: str, concerns: Concerns = every_attempt) -> None:
        """Decide every live attempt again; those that are denied are revoked when this returns.

        Called after the commit of what was tightened: an attempt admitted later was decided with it, one admitted
        before is in the snapshot that is read here. Where it cannot be read, nobody goes on.
        """
        reader, now = self._gate.reader, self._gate.clock.now()
        try:
            hit = await self.read(lambda one: denied(one, reader, now, concerns))
        except Exception as trouble:
            self._hub.fire(Revocation("tightened", f"{why}; {type(trouble).__name__}"), everything)
            raise
        for one in hit:
            revocation = Revocation("tightened", f"{why}: {', '.join(one.codes)}")
            self._hub.fire(revocation, reaching(one.person, one.line))

    # -- after a start -------------------------------------------------------------------------------------

    async def recover(self) -> list[LiveAttempt]:
        """Live attempts, once the journal is in the record: the writer takes it over before any job."""

        def work(connection: Connection) -> list[LiveAttempt]:
            if self._journal and not self._taking:
                raise Fault("sound.record", "opt-outs wait in the journal")
            return recovery.live(connection, self.run)

        return await self.write(work)

    async def sweep(self) -> int:
        """Settle as uncertain what nobody follows and whose `live_until` has passed; how many. Looks after batches."""
        await self.imports.mend()
        abandoned = frozenset(self.calls.abandoned)
        settled = await self.write(
            lambda one: recovery.sweep(one, self.run, abandoned, self._gate.clock.now())
        )
        self.calls.abandoned.difference_update(settled)
        return len(settled)

    # -- asking --------------------------------------------------------------------------------------------

    async def decide_only(self, request: Request, at: datetime | None = None) -> Decision:
        """What admission would say at `at` (default now), nothing else having happened. Writes nothing."""

        def work(connection: Connection) -> Decision:
            now = at or self._gate.clock.now()
            # How the link stands now says nothing about another instant, and would change the answer's bytes.
            unsound: list[Unsound] = []
            if at is None:
                unsound += self._soundness()
                unsound += self._gate.watch.unsound(now, log.head(connection).newest_us)
            if not E164.match(request.callee.e164):
                unsound.append(Unsound("sound.number", {}))
            asked = asked_of(self._gate, request)
            gathered = self._gate.reader.read(connection, asked, now, Moment.ADMIT, unsound)
            return decide(gathered.rulebook, gathered.facts)

        return await self.read(work)

    async def attempt(self, attempt: UUID) -> dict[str, Any] | None:
        """One attempt's row with its events, or None."""
        return await self.read(lambda one: queries.attempt(one, str(attempt)))

    async def request(self, idempotency_key: str) -> dict[str, Any] | None:
        """What came of a key, or None."""
        key = self._secrets.subject_key
        return await self.read(lambda one: queries.request(one, key, idempotency_key))

    async def entries(self, since: int = 0, most: int = 1000) -> list[Entry]:
        """Entries of the log from index `since` on."""
        return await self.read(lambda one: queries.log_entries(one, since, most))

    async def counts(self) -> dict[str, Any]:
        """Figures for status."""
        return await self.read(queries.counts)

    async def is_lab(self) -> bool:
        """Whether this record was made as a lab's."""
        return await self.read(lambda one: _meta(one, "lab") == "1")


def _unopened(data_dir: Path, trouble: DBAPIError | OSError) -> Fault:
    words = trouble.orig if isinstance(trouble, DBAPIError) else (trouble.strerror or "unknown").lower()
    return Fault("sound.record", f"the record in `{data_dir}` cannot be opened: {words}")


def _meta(connection: Connection, name: str) -> str | None:
    return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()


def _take_lease(connection: Connection, secrets: Secrets, run: str, now: datetime, lab: bool) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    known = {"subject_key": secrets.subject_fingerprint, "lab": str(int(lab))}
    connection.execute(
        insert(meta).on_conflict_do_nothing(), [{"name": name, "value": one} for name, one in known.items()]
    )
    if _meta(connection, "subject_key") != secrets.subject_fingerprint:
        connection.exec_driver_sql("ROLLBACK")
        hint = "restore the key that belongs to this record"
        raise BadInput([InputFault(Place("record"), "was made with another subject key", hint=hint)])
    row = {"name": "record", "run": run, "pid": os.getpid(), "taken_us": to_us(now)}
    connection.execute(insert(lease).values(row).on_conflict_do_update(index_elements=["name"], set_=row))
    connection.exec_driver_sql("COMMIT")
