"""A file of a register's numbers comes into force: made by a child, compared there, switched in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.tightening import Change
from dialer.record import batches, catalog, proposals
from dialer.record.batches import Made
from dialer.record.changes import REGISTER, Changes, Ready
from dialer.record.imports import Imports
from dialer.record.number_file import KIND, NumberFile
from dialer.record.writer import Job

_SECTIONS = ("enterprises", "agencies", "carriers")


@dataclass(frozen=True, slots=True)
class PutNumbers:
    """What became of a file: its rows and digest, how many changes tighten and loosen, and what waits."""

    rows: int
    digest: str
    in_force: bool
    proposal: str | None
    tightens: int
    loosens: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Base:
    """What the file is compared with: the register in force and the numbers batch, None where there is none."""

    key: str
    document: Mapping[str, Any]
    batch: str | None


class NumberImport:
    """Takes files of numbers. They stand in the place of every number of the register so far."""

    def __init__(self, changes: Changes, imports: Imports, secrets_dir: Path) -> None:
        self._changes = changes
        self._imports = imports
        self._secrets_dir = secrets_dir

    def spool(self) -> Path:
        """A new name for the bytes on their way in."""
        return self._imports.stager.spool()

    async def take(self, spool: Path, name: str, reason: str, actor: Actor) -> PutNumbers:
        """Put a file in force if it only tightens; else it waits for a second person. Raises BadInput with faults."""
        base: _Base = await self._changes.read(_base)
        document = base.document
        options = {
            "name": name,
            "known": {section: [row["id"] for row in document[section]] for section in _SECTIONS},
            "numbers": document["numbers"],
            "base": str(self._imports.files.path(base.batch)) if base.batch else None,
        }
        made = await self._imports.stager.make(KIND, spool, secrets_dir=self._secrets_dir, options=options)
        about = await asyncio.to_thread(NumberFile(self._imports.files, made.id).about)
        emptied = (
            await asyncio.to_thread(Ready.of, {**document, "numbers": []}) if document["numbers"] else None
        )
        put = partial(self._put, base.key, made, emptied, about, reason, actor)
        return await asyncio.shield(self._switched(put, bool(about["tightens"])))

    async def _switched(self, put: partial[PutNumbers], tightens: bool) -> PutNumbers:
        told: PutNumbers = await self._changes.write(Job(put))
        if told.in_force and tightens:
            await self._changes.tightened("the register was tightened")
        return told

    def _put(
        self,
        base: str,
        made: Made,
        emptied: Ready | None,
        about: Mapping[str, Any],
        reason: str,
        actor: Actor,
        connection: Connection,
    ) -> PutNumbers:
        now = self._changes.clock.now()
        if proposals.numbers_base(connection) != base:
            raise _bad("the register has changed meanwhile", "import it again")
        told = partial(
            PutNumbers,
            rows=about["rows"],
            digest=made.digest,
            tightens=about["tightens"],
            loosens=about["loosens"],
            shown=tuple(about["shown"]),
        )
        version = self._changes.stored(connection, emptied, actor, now) if emptied else None
        if not about["loosens"]:
            proposals.put_numbers(connection, made, version, actor, now)
            return told(in_force=True, proposal=None)
        loosens = [Change(one, "", "", None, None, False) for one in about["shown"]]
        counts = {name: about[name] for name in ("rows", "tightens", "loosens")}
        content = {"batch": asdict(made), "register": version, **counts}
        wish = proposals.Wish(KIND, made.digest, content, reason, loosens, base)
        ident = proposals.put_forward(connection, wish, actor, now, self._changes.approvers)
        return told(in_force=False, proposal=ident)


def _base(connection: Connection) -> _Base:
    current = catalog.current(connection, REGISTER)
    if current is None:
        raise _bad("no register is in force", "dialer register import FILE first: enterprises, carriers, …")
    standing = batches.in_force(connection, KIND)
    return _Base(proposals.numbers_base(connection), current[1], standing[0].id if standing else None)


def _bad(reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("numbers"), reason, hint=hint)])
