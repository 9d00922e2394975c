"""Changes of the register: what tightens binds at once, what may loosen waits for a second person."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.register_changes import changes, tightened
from dialer.core.tightening import Change, loosening
from dialer.ports.calls import Clock
from dialer.record import batches, catalog, proposals, restrictions
from dialer.record.batches import BatchFiles, Made
from dialer.record.catalog import Catalog
from dialer.record.four_eyes import ANYBODY, Approvers
from dialer.record.number_file import KIND as NUMBERS
from dialer.record.register import Register
from dialer.record.restricted import Restriction
from dialer.record.tables import versions
from dialer.record.tables_changes import proposals as proposal_rows
from dialer.record.writer import Job

Read = Callable[[Callable[[Connection], Any]], Awaitable[Any]]
Write = Callable[[Job], Awaitable[Any]]
Tightened = Callable[[str], Awaitable[None]]
REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a register: the version in force, whether it is this one, else what waits and why."""

    version: str
    in_force: bool
    proposal: str | None = None
    tightens: int = 0
    loosens: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """A register made ready beside the writer: its bytes, digest and tables."""

    stored: bytes
    digest: str
    register: Register
    has_numbers: bool

    @staticmethod
    def of(content: Mapping[str, Any]) -> Ready:
        stored = canonical(content)
        digest = hashlib.sha256(stored).hexdigest()
        return Ready(stored, digest, Register.from_document(content), bool(content["numbers"]))


class Changes:
    """Register, restrictions and proposals of one record. `tightened` rechecks live calls, told why."""

    def __init__(
        self,
        known: Catalog,
        clock: Clock,
        read: Read,
        write: Write,
        tightened: Tightened,
        files: BatchFiles,
    ) -> None:
        self.approvers: Approvers = ANYBODY
        self._catalog = known
        self._files = files
        self.clock = clock
        self.read = read
        self.write = write
        self.tightened = tightened

    async def restrict(self, order: restrictions.Order, actor: Actor) -> str:
        """Take something away, at once; the restriction's id. Live calls it hits end before this returns.

        Raises BadInput.
        """

        def work(connection: Connection) -> str:
            register = self._catalog.read(connection).register
            return restrictions.restrict(connection, register, order, actor, self.clock.now())

        async def both() -> str:
            ident: str = await self.write(Job(work))
            await self.tightened(order.reason)
            return ident

        # Who gives up waiting must not leave calls that were not rechecked.
        return await asyncio.shield(both())

    async def restrictions(self) -> list[Restriction]:
        """Every restriction in force, oldest first."""
        found: list[Restriction] = await self.read(restrictions.in_force)
        return found

    async def lift(self, ident: str, reason: str, actor: Actor) -> str:
        """Put forward that a restriction is lifted; the proposal's id. Raises BadInput."""

        def work(connection: Connection) -> str:
            restrictions.find(connection, ident)
            content = {"restriction": ident}
            digest = hashlib.sha256(canonical(content)).hexdigest()
            wish = proposals.Wish("lift", digest, content, reason)
            return proposals.put_forward(connection, wish, actor, self.clock.now(), self.approvers)

        return str(await self.write(Job(work)))

    async def put_register(self, content: Mapping[str, Any], reason: str, actor: Actor) -> Put:
        """Put a checked register in force as far as it tightens; keep the rest waiting for a second person.

        The first register of a record is in force at once.
        """
        return await asyncio.shield(self._put_register(content, reason, actor))

    async def _put_register(self, content: Mapping[str, Any], reason: str, actor: Actor) -> Put:
        ready = await asyncio.to_thread(Ready.of, content)
        while True:
            before = await self.read(lambda one: catalog.current(one, REGISTER))
            compared = await asyncio.to_thread(_compare, before, content, ready)
            job = Job(partial(self._put, compared, ready, reason, actor))
            put: Put | None = await self.write(job)
            if put is not None:
                break
        if put.tightens:
            await self.tightened("the register was tightened")
        return put

    def _put(
        self, compared: _Compared, ready: Ready, reason: str, actor: Actor, connection: Connection
    ) -> Put | None:
        """None where somebody else's register came between: it must be compared with that one."""
        base, now = compared.base, self.clock.now()
        if catalog.version_in_force(connection, REGISTER) != base:
            return None
        if ready.has_numbers and batches.in_force(connection, NUMBERS):
            hint = "leave them out of this file and use: dialer register numbers FILE"
            raise BadInput(
                [
                    InputFault(
                        Place("register", path="numbers"), "numbers stand in a file of their own", hint=hint
                    )
                ]
            )
        loosens = loosening(compared.found) if base is not None else ()
        tightens = len(compared.found) - len(loosens)
        if compared.binds is not None:
            base = self._switched(connection, compared.binds, actor, now)
        if base is None or compared.whole:
            return Put(base or "", True, tightens=tightens)
        version = self.stored(connection, ready, actor, now)
        wish = proposals.Wish(REGISTER, ready.digest, {"version": version}, reason, loosens, base)
        ident = proposals.put_forward(connection, wish, actor, now, self.approvers)
        return Put(base, False, ident, tightens, loosens)

    def _switched(self, connection: Connection, ready: Ready, actor: Actor, now: datetime) -> str:
        version = self.stored(connection, ready, actor, now)
        catalog.switch(connection, REGISTER, version, ready.digest, actor, now)
        return version

    def stored(self, connection: Connection, ready: Ready, actor: Actor, now: datetime) -> str:
        """Keep a register as a version, once; its id."""
        same = select(versions.c.id).where(versions.c.kind == REGISTER, versions.c.digest == ready.digest)
        version = connection.execute(same).scalar()
        if version is None:
            version = catalog.store_bytes(connection, REGISTER, ready.stored, actor, now)
        # Whoever reads it first would make its tables while everybody waits for the writer.
        self._catalog.know_register(str(version), ready.register)
        return str(version)

    async def approve(self, ids: Sequence[str], actor: Actor) -> None:
        """Put proposals in force, all or none. Raises BadInput unless a second person asks for it."""
        versions, made = await self.read(lambda one: _named_by(one, ids))
        for one in made:
            await asyncio.to_thread(self._files.check, one)
        for version in versions:
            if not self._catalog.knows_register(version):
                document = await self.read(partial(catalog.document, version=version))
                self._catalog.know_register(
                    version, await asyncio.to_thread(Register.from_document, document)
                )

        async def both() -> None:
            await self.write(
                Job(lambda one: proposals.approve(one, ids, actor, self.clock.now(), self.approvers))
            )
            # What could not be told apart tightens as well as it loosens.
            await self.tightened("the register was changed")

        await asyncio.shield(both())

    async def reject(self, ids: Sequence[str], why: str, actor: Actor) -> None:
        """Refuse proposals for good. Raises BadInput."""
        await self.write(Job(lambda one: proposals.reject(one, ids, why, actor, self.clock.now())))

    async def pending(self, *, every: bool = False) -> list[dict[str, Any]]:
        """Proposals that wait, or every one, oldest first."""
        found: list[dict[str, Any]] = await self.read(
            lambda one: proposals.listing(one, self.clock.now(), every=every)
        )
        return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """A register beside the one in force, version `base`: what changed, what binds at once, whether that is all."""

    base: str | None
    found: tuple[Change, ...]
    binds: Ready | None
    whole: bool


def _compare(
    before: tuple[str, Mapping[str, Any]] | None, content: Mapping[str, Any], ready: Ready
) -> _Compared:
    if before is None:
        return _Compared(None, (), ready, True)
    base, document = before
    if canonical(document) == ready.stored:
        return _Compared(base, (), None, True)
    found = changes(document, content)
    if not loosening(found):
        return _Compared(base, found, ready, True)
    left = tightened(document, content)
    same = left is None or canonical(left) == canonical(document)
    return _Compared(base, found, None if left is None or same else Ready.of(left), False)


def _named_by(connection: Connection, ids: Sequence[str]) -> tuple[list[str], list[Made]]:
    """The versions of the register and the files of numbers that these proposals would put in force."""
    wanted = select(proposal_rows.c.content).where(proposal_rows.c.id.in_(ids))
    contents = [json.loads(one) for one in connection.execute(wanted).scalars()]
    versions = [one.get("version") or one.get("register") for one in contents]
    made = [Made(**one["batch"]) for one in contents if "batch" in one]
    return [one for one in versions if one is not None], made
