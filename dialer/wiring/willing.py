"""Statements of people and lists that others keep, from files into the record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dialer.core.admission import Actor
from dialer.core.entry import from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.ports.calls import Clock
from dialer.record import batches, said
from dialer.record.batches import Made
from dialer.record.store import RecordStore

Json = Mapping[str, Any]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class RecordWilling:
    """`ports.willing.Willing` on the record. `secrets_dir`: where a child finds the keys; `zone`: of bare days."""

    def __init__(self, store: RecordStore, secrets_dir: Path, clock: Clock, zone: str) -> None:
        self._store = store
        self._secrets_dir = secrets_dir
        self._clock = clock
        self._zone = zone
        self._reading: dict[Path, dict[str, Any]] = {}

    def spool(self) -> Path:
        """A new name for the bytes of a file on their way in."""
        return self._store.imports.stager.spool()

    def imports(self) -> Sequence[Json]:
        """The files that are being read now."""
        return list(self._reading.values())

    async def take_preferences(self, spool: Path, name: str, leave_out: bool, actor: Actor) -> Json:
        """Put the statements that were spooled in force."""
        options = {"name": name, "zone": self._zone, "leave_out": leave_out}
        made = await self._made(said.KIND, spool, options)
        return await self._put(made, actor)

    async def take_registry(
        self, spool: Path, name: str, registry: str, as_of: datetime, actor: Actor
    ) -> Json:
        """Put a list in the place of the one of the same name."""
        if not _NAME.fullmatch(registry):
            hint = "the name by which a rule asks for it: small letters, digits, - and _"
            raise BadInput([InputFault(Place("registry", path="name"), "is no name", registry, hint)])
        kind = f"{said.REGISTRY}{registry}"
        newest = await self._store.read(lambda one: self._dated(one, kind))
        if as_of > self._clock.now():
            raise _bad("as_of", as_of, "is not here yet", "the instant at which its keeper made the list")
        if newest is not None and as_of < newest:
            hint = f"the list in force is of {newest.isoformat()}: an older one would forget who came on it since"
            raise _bad("as_of", as_of, "is older than the list in force", hint)
        options = {"name": name, "region": "CN", "as_of_us": to_us(as_of)}
        made = await self._made(kind, spool, options)
        return {**await self._put(made, actor, alone=True), "as_of": as_of.isoformat()}

    def _dated(self, connection: Connection, kind: str) -> datetime | None:
        for batch in batches.in_force(connection, kind):
            (dated,) = self._store.imports.files.items([batch], said.AS_OF)
            return from_us(json.loads(dated.content)["at_us"])
        return None

    async def _made(self, kind: str, spool: Path, options: Json) -> Made:
        seen = self._reading[spool] = {"name": options["name"], "kind": kind, "rows": 0}
        try:
            return await self._store.imports.stager.make(
                kind,
                spool,
                secrets_dir=self._secrets_dir,
                options=options,
                told=lambda rows: seen.update(rows=rows),
            )
        finally:
            del self._reading[spool]

    async def _put(self, made: Made, actor: Actor, *, alone: bool = False) -> Json:
        batch = await self._store.imports.put(made, actor, alone=alone)
        return {"batch": batch.id, "rows": batch.rows, "left_out": made.left_out, "digest": batch.digest}


def _bad(path: str, value: datetime, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("registry", path=path), reason, value.isoformat(), hint)])
