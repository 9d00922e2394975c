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
from dialer.core.register_changes import changes, tightened
from dialer.core.tightening import Change, loosening
from dialer.ports.calls import Clock
from dialer.record import catalog, proposals, restrictions
from dialer.record.catalog import Catalog
from dialer.record.four_eyes import ANYBODY, Approvers
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
class _Ready:
    """A register made ready beside the writer: its bytes, digest and tables."""

    stored: bytes
    digest: str
    register: Register

    @staticmethod
    def of(content: Mapping[str, Any]) -> _Ready:
        stored = canonical(content)
        return _Ready(stored, hashlib.sha256(stored).hexdigest(), Register.from_document(content))


class Changes:
    """Register, restrictions and proposals of one record. `tightened` rechecks live calls, told why."""

    def __init__(self, known: Catalog, clock: Clock, read: Read, write: Write, tightened: Tightened) -> None:
        self.approvers: Approvers = ANYBODY
        self._catalog = known
        self._clock = clock
        self._read = read
        self._write = write
        self._tightened = tightened

    async def restrict(self, order: restrictions.Order, actor: Actor) -> str:
        """Take something away, at once; the restriction's id. Live calls it hits end before this returns.

        Raises BadInput.
        """

        def work(connection: Connection) -> str:
            register = self._catalog.read(connection).register
            return restrictions.restrict(connection, register, order, actor, self._clock.now())

        async def both() -> str:
            ident: str = await self._write(Job(work))
            await self._tightened(order.reason)
            return ident

        # Who gives up waiting must not leave calls that were not rechecked.
        return await asyncio.shield(both())

    async def restrictions(self) -> list[Restriction]:
        """Every restriction in force, oldest first."""
        found: list[Restriction] = await self._read(restrictions.in_force)
        return found

    async def lift(self, ident: str, reason: str, actor: Actor) -> str:
        """Put forward that a restriction is lifted; the proposal's id. Raises BadInput."""

        def work(connection: Connection) -> str:
            restrictions.find(connection, ident)
            content = {"restriction": ident}
            digest = hashlib.sha256(canonical(content)).hexdigest()
            wish = proposals.Wish("lift", digest, content, reason)
            return proposals.put_forward(connection, wish, actor, self._clock.now(), self.approvers)

        return str(await self._write(Job(work)))

    async def put_register(self, content: Mapping[str, Any], reason: str, actor: Actor) -> Put:
        """Put a checked register in force as far as it tightens; keep the rest waiting for a second person.

        The first register of a record is in force at once.
        """
        return await asyncio.shield(self._put_register(content, reason, actor))

    async def _put_register(self, content: Mapping[str, Any], reason: str, actor: Actor) -> Put:
        ready = await asyncio.to_thread(_Ready.of, content)
        while True:
            before = await self._read(lambda one: catalog.current(one, REGISTER))
            compared = await asyncio.to_thread(_compare, before, content, ready)
            job = Job(partial(self._put, compared, ready, reason, actor))
            put: Put | None = await self._write(job)
            if put is not None:
                break
        if put.tightens:
            await self._tightened("the register was tightened")
        return put

    def _put(
        self, compared: _Compared, ready: _Ready, reason: str, actor: Actor, connection: Connection
    ) -> Put | None:
        """None where somebody else's register came between: it must be compared with that one."""
        base, now = compared.base, self._clock.now()
        if catalog.version_in_force(connection, REGISTER) != base:
            return None
        loosens = loosening(compared.found) if base is not None else ()
        tightens = len(compared.found) - len(loosens)
        if compared.binds is not None:
            base = self._switched(connection, compared.binds, actor, now)
        if base is None or compared.whole:
            return Put(base or "", True, tightens=tightens)
        version = self._stored(connection, ready, actor, now)
        wish = proposals.Wish(REGISTER, ready.digest, {"version": version}, reason, loosens, base)
        ident = proposals.put_forward(connection, wish, actor, now, self.approvers)
        return Put(base, False, ident, tightens, loosens)

    def _switched(self, connection: Connection, ready: _Ready, actor: Actor, now: datetime) -> str:
        version = self._stored(connection, ready, actor, now)
        catalog.switch(connection, REGISTER, version, ready.digest, actor, now)
        return version

    def _stored(self, connection: Connection, ready: _Ready, actor: Actor, now: datetime) -> str:
        same = select(versions.c.id).where(versions.c.kind == REGISTER, versions.c.digest == ready.digest)
        version = connection.execute(same).scalar()
        if version is None:
            version = catalog.store_bytes(connection, REGISTER, ready.stored, actor, now)
        # Whoever reads it first would make its tables while everybody waits for the writer.
        self._catalog.know_register(str(version), ready.register)
        return str(version)

    async def approve(self, ids: Sequence[str], actor: Actor) -> None:
        """Put proposals in force, all or none. Raises BadInput unless a second person asks for it."""
        for version in await self._read(lambda one: _versions_of(one, ids)):
            if not self._catalog.knows_register(version):
                document = await self._read(partial(catalog.document, version=version))
                self._catalog.know_register(
                    version, await asyncio.to_thread(Register.from_document, document)
                )
        await self._write(
            Job(lambda one: proposals.approve(one, ids, actor, self._clock.now(), self.approvers))
        )

    async def reject(self, ids: Sequence[str], why: str, actor: Actor) -> None:
        """Refuse proposals for good. Raises BadInput."""
        await self._write(Job(lambda one: proposals.reject(one, ids, why, actor, self._clock.now())))

    async def pending(self, *, every: bool = False) -> list[dict[str, Any]]:
        """Proposals that wait, or every one, oldest first."""
        found: list[dict[str, Any]] = await self._read(
            lambda one: proposals.listing(one, self._clock.now(), every=every)
        )
        return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """A register beside the one in force, version `base`: what changed, what binds at once, whether that is all."""

    base: str | None
    found: tuple[Change, ...]
    binds: _Ready | None
    whole: bool


def _compare(
    before: tuple[str, Mapping[str, Any]] | None, content: Mapping[str, Any], ready: _Ready
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
    return _Compared(base, found, None if left is None or same else _Ready.of(left), False)


def _versions_of(connection: Connection, ids: Sequence[str]) -> list[str]:
    wanted = select(proposal_rows.c.content).where(
        proposal_rows.c.id.in_(ids), proposal_rows.c.kind == REGISTER
    )
    return [json.loads(content)["version"] for content in connection.execute(wanted).scalars()]
