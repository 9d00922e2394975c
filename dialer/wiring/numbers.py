"""The health and use of caller IDs, from the API into the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import canonical_caller_id
from dialer.core.shape import instant_text
from dialer.ports.calls import Clock
from dialer.record import batches, health, log, register_past, usage
from dialer.record.store import RecordStore
from dialer.wiring.gate import shown

Json = Mapping[str, Any]


class RecordNumbers:
    """What is said of numbers, and how they were used. Implements `ports.numbers.Numbers`."""

    def __init__(self, store: RecordStore, clock: Clock, site_zone: str) -> None:
        self._store = store
        self._clock = clock
        self._site_zone = site_zone

    async def mark(self, number: str, said: Json, actor: Actor) -> Json:
        """Write it down; a suspension ends live calls first."""
        now = self._clock.now()
        since = said["since"] or now
        if since > now and said["kind"] != "notice":
            hint = "only a carrier announces what is to come"
            raise _bad("since", "lies in the future:", instant_text(since), hint)
        mark = health.Mark(
            number=_canonical(number),
            since=since,
            **{name: said[name] for name in ("kind", "what", "source", "why", "reference", "about")},
        )
        ident = await self._store.mark_number(mark, actor)
        return {"mark": ident, "number": mark.number}

    async def close(self, mark: str, verdict: str, why: str, actor: Actor) -> Json:
        """Close it, or wait for the second person."""
        state = await self._store.write(
            lambda one: health.close_mark(
                one, mark, verdict, why, actor, self._clock.now(), self._store.changes.approvers
            )
        )
        return {"mark": mark, "state": state}

    async def health(self, number: str | None) -> Json:
        """Open marks of all numbers, or every mark of one."""
        wanted = None if number is None else _canonical(number)
        found = await self._store.read(lambda one: health.marks(one, wanted))
        return {"marks": [shown(one) for one in found]}

    async def whole_register(self) -> bytes | None:
        """JSON, made beside the calls that must go on being heard."""
        found = await whole_register(self._store)
        if found is None:
            return None
        return await asyncio.to_thread(canonical, {"version": found[0], "document": found[1]})

    async def used(self, first: date, last: date) -> Json:
        """By civil day in the register's zone."""
        if last < first:
            raise _bad("last", "comes before `first`:", last.isoformat(), f"`first` is {first}")
        # Its numbers are not asked for: only in which zone its days are read.
        in_force = await self._store.in_force("register")
        zone = in_force[1]["register"]["zone"] if in_force else self._site_zone
        rows = await self._store.read(lambda one: usage.used_numbers(one, first, last, ZoneInfo(zone)))
        return {"zone": zone, "used": [{**one, "day": one["day"].isoformat()} for one in rows]}

    async def stock_taken(self, taken: Json, actor: Actor) -> Json:
        """The files stand in it by their digests, the findings by their counts."""
        now = self._clock.now()
        entry = await self._store.write(lambda one: log.append(one, "stock_taken", now, actor, taken))
        return {"entry": entry}


async def whole_register(store: RecordStore) -> tuple[str, dict[str, Any]] | None:
    """Version and document of the register in force, with the numbers that stand in a file of their own.

    Raises Fault where that file is gone or altered.
    """
    found = await store.in_force("register")
    if found is None:
        return None
    version, document = found
    files = await store.read(lambda one: batches.in_force(one, register_past.NUMBERS))
    if files:
        rows = await asyncio.to_thread(register_past.numbers_in, store.imports.files, files[0].id)
        version, document = f"{version}+{files[0].id}", {**document, "numbers": rows}
    return version, document


def _canonical(number: str) -> str:
    found = canonical_caller_id(number)
    if found is None:
        raise _bad(
            "number", "not a number of a class that is known:", number, "95…, 96…, 1010…, 400…, 0…, +…"
        )
    return found


def _bad(path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("number", path=path), reason, value, hint)])
