"""How the register stands against what was submitted: what each piece of the number list's life begins with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from dialer.core.errors import BadInput, Fault, InputFault, Place
from dialer.document_faults import nearest
from dialer.number_list.changes import Dating, Difference, Past, difference
from dialer.number_list.delivery import FIRST_PAUSE_S, Address
from dialer.number_list.lines import lines_of
from dialer.number_list.template import Template, load_template
from dialer.ports.calls import Clock
from dialer.ports.number_list import Change, Json, Key, Known, Line
from dialer.record import listed, register_past
from dialer.record.register_past import Registered
from dialer.record.store import RecordStore

# Of past registers, so many stay worked out.
MOST_PAST = 50


@dataclass(frozen=True)
class Rules:
    """How this site submits. `addresses`: of regulators that take HTTP; `trusted`: public keys by id."""

    folder: Path
    trusted: Mapping[str, bytes]
    addresses: Mapping[str, Address] = field(default_factory=dict)
    template: Template = field(default_factory=load_template)
    publish: bool = False
    first_pause_s: float = FIRST_PAUSE_S


@dataclass(frozen=True, slots=True)
class Now:
    """The register in force, as lines; its enterprises, and those that left it with numbers on some list."""

    document: Json
    enterprises: Mapping[str, Json]
    zone: ZoneInfo
    at: datetime
    lines: Mapping[Key, Line]


class Standing:
    """Reads the register in force, those before it, and what was submitted."""

    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._past: dict[int, Past] = {}

    async def now(self) -> Now:
        """The register in force at this instant, the newest that ever came in force."""
        every = await self.history()
        if not every:
            raise bad("register", "", "none is in force", "", "dialer register import")
        at, document = self._clock.now(), await self.document(every[-1])
        lines = await asyncio.to_thread(lines_of, document, at)
        present = {str(row["id"]): row for row in document["enterprises"]}
        former = await self._store.read(partial(listed.former, present=present))
        zone = ZoneInfo(document["register"]["zone"])
        return Now(document, {**former, **present}, zone, at, lines)

    async def history(self) -> list[Registered]:
        """Every register that was ever in force, oldest first."""
        return await self._store.read(register_past.every_register)

    @staticmethod
    def asked(now: Now, enterprise: str | None) -> list[str]:
        """The enterprises asked about, by id. Raises BadInput for one that nobody knows."""
        known = sorted(now.enterprises)
        if enterprise is None:
            return known
        if enterprise not in known:
            hint = nearest(enterprise, known) or f"the register names {', '.join(known)}"
            raise bad("register", "enterprise", "no enterprise of this id:", enterprise, hint)
        return [enterprise]

    async def changes(
        self, now: Now, enterprise: str, *, again: bool
    ) -> tuple[Difference, tuple[Change, ...]]:
        # Who has become competent since was told nothing yet.
        regulator = now.enterprises[enterprise].get("regulator")
        known: dict[Key, Known] = await self._store.read(lambda on: listed.known(on, enterprise, regulator))
        mine = {key: line for key, line in now.lines.items() if key.enterprise == enterprise}
        found = difference(mine, known, again=again)
        dating = Dating(found.changes, now.at, now.zone)
        if not dating.done:
            for one in reversed(await self.history()):
                past = await self._past_of(one)
                if past is not None:
                    dating.look(past)
                if past is None or dating.done:
                    break
        return found, dating.dated()

    async def _past_of(self, one: Registered) -> Past | None:
        """Its digests, None where the file of its numbers is gone."""
        if one.index not in self._past:
            with suppress(Fault):
                document = await self.document(one)
                lines = await asyncio.to_thread(lines_of, document, one.since)
                digests = await asyncio.to_thread(lambda: {key: line.digest for key, line in lines.items()})
                while len(self._past) >= MOST_PAST:
                    del self._past[next(iter(self._past))]
                self._past[one.index] = Past(one.since, digests)
        return self._past.get(one.index)

    async def document(self, one: Registered) -> Json:
        """A register with all its numbers. Raises Fault where the file of them is gone or altered."""
        raw = await self._store.read(partial(register_past.document_of, version=one.version))
        document: Json = await asyncio.to_thread(json.loads, raw)
        if one.numbers is None:
            return document
        numbers = await asyncio.to_thread(register_past.numbers_in, self._store.imports.files, one.numbers)
        return {**document, "numbers": numbers}


def bad(where: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(where, path=path), reason, value, hint)])
