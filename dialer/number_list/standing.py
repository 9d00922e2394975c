"""How the register stands against what was submitted: what each piece of the number list's life begins with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from dialer.core.errors import BadInput, InputFault, Place
from dialer.document_faults import nearest
from dialer.number_list.changes import Dating, Difference, Past, difference
from dialer.number_list.delivery import FIRST_PAUSE_S, Address
from dialer.number_list.lines import lines_of
from dialer.number_list.template import Template, load_template
from dialer.ports.calls import Clock
from dialer.ports.number_list import Change, Json, Key, Known, Line
from dialer.record import listed
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
    """The register in force, as lines."""

    document: Json
    zone: ZoneInfo
    at: datetime
    lines: Mapping[Key, Line]

    def enterprise(self, ident: str) -> Json:
        """The row of an enterprise."""
        found: Json = next(row for row in self.document["enterprises"] if row["id"] == ident)
        return found


class Standing:
    """Reads the register in force, those before it, and what was submitted."""

    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._past: dict[str, Past] = {}

    async def now(self) -> Now:
        found = await self._store.in_force("register")
        if found is None:
            raise bad("register", "", "none is in force", "", "dialer register import")
        at = self._clock.now()
        lines = await asyncio.to_thread(lines_of, found[1], at)
        return Now(found[1], ZoneInfo(found[1]["register"]["zone"]), at, lines)

    @staticmethod
    def asked(now: Now, enterprise: str | None) -> list[str]:
        known = sorted(str(row["id"]) for row in now.document["enterprises"])
        if enterprise is None:
            return known
        if enterprise not in known:
            hint = nearest(enterprise, known) or f"the register names {', '.join(known)}"
            raise bad("register", "enterprise", "no enterprise of this id:", enterprise, hint)
        return [enterprise]

    async def changes(
        self, now: Now, enterprise: str, *, again: bool
    ) -> tuple[Difference, tuple[Change, ...]]:
        known: dict[Key, Known] = await self._store.read(lambda on: listed.known(on, enterprise))
        mine = {key: line for key, line in now.lines.items() if key.enterprise == enterprise}
        found = difference(mine, known, again=again)
        dating = Dating(found.changes, now.at, now.zone)
        if not dating.done:
            for _, version, came in reversed(await self._store.read(listed.register_versions)):
                dating.look(await self._past_of(version, came))
                if dating.done:
                    break
        return found, dating.dated()

    async def _past_of(self, version: str, came: datetime) -> Past:
        if version not in self._past:
            document = await self.document(version)
            made = await asyncio.to_thread(
                lambda: Past(came, {key: line.digest for key, line in lines_of(document, came).items()})
            )
            while len(self._past) >= MOST_PAST:
                del self._past[next(iter(self._past))]
            self._past[version] = made
        return self._past[version]

    async def document(self, version: str) -> Json:
        raw = await self._store.read(partial(listed.version_document, version=version))
        content: Json = await asyncio.to_thread(json.loads, raw)
        return content


def bad(where: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(where, path=path), reason, value, hint)])
