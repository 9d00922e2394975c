"""The one place where a sealed number or name comes out in clear: bound to a purpose, and recorded first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection, func, select

from dialer.core.admission import Actor
from dialer.core.phone import masked
from dialer.ports.calls import Clock
from dialer.ports.people import PersonShown, ReadFor
from dialer.record import listing, log
from dialer.record.keys import KeyStore, unseal
from dialer.record.tables import sealed, touches

T = TypeVar("T")
ENTRY = "unsealed"
MOST_LINES = 50


class _Run(Protocol):
    """Runs work on the record: `RecordStore.read` or `.write`."""

    def __call__(self, work: Callable[[Connection], T]) -> Awaitable[T]: ...


class PersonalData:
    """What the record keeps sealed. No entry holds a value; each says who, why, whose surrogate, which field."""

    def __init__(self, read: _Run, write: _Run, keys: KeyStore, subject_key: bytes, clock: Clock) -> None:
        self._read, self._write, self._keys = read, write, keys
        self._subject_key, self._clock = subject_key, clock
        self._told: set[str] = set()
        self._telling = asyncio.Lock()

    async def unsealed(self, subject: UUID, field: str, purpose: ReadFor, actor: Actor) -> str | None:
        """A sealed field (`number`, `name`) in clear; None once erased. Its entry is durable first. Raises Fault."""
        await self._tell(actor, {"subject": str(subject), "field": field, "purpose": purpose}, str(subject))
        return await self._opened(subject, field)

    async def number_to_call(self, line: UUID, batch: str, actor: Actor) -> str | None:
        """The number of a line for its call, which no person sees. One entry a batch, when it is first used."""
        async with self._telling:
            if batch not in self._told:
                await self._tell(actor, {"field": "number", "purpose": ReadFor.CALL, "batch": batch}, None)
                self._told.add(batch)
        return await self._opened(line, "number")

    async def shown(
        self, enterprise: str, person_id: str, purpose: ReadFor | None, actor: Actor
    ) -> PersonShown | None:
        """Name and numbers of an enterprise's person, masked unless there is a purpose; None for a stranger.

        The numbers are those that were called or tried, newest first.
        """
        person = await self._read(lambda one: listing.person(one, self._subject_key, enterprise, person_id))
        if person is None:
            return None
        fields = [(person, "name"), *((line, "number") for line in await self._read(_lines_of(person)))]
        if purpose is None:
            found = [await self._opened(*one) for one in fields]
            found = [None if one is None else masked(one) for one in found]
        else:
            found = [await self.unsealed(*one, purpose, actor) for one in fields]
        return PersonShown(purpose is not None, found[0], tuple(one for one in found[1:] if one is not None))

    async def _tell(self, actor: Actor, body: dict[str, Any], about: str | None) -> None:
        await self._write(lambda one: log.append(one, ENTRY, self._clock.now(), actor, body, about=about))

    async def _opened(self, subject: UUID, field: str) -> str | None:
        same = (sealed.c.subject == str(subject)) & (sealed.c.field == field)
        kept = await self._read(lambda one: one.execute(select(sealed.c.ciphertext).where(same)).scalar())
        key = await asyncio.to_thread(self._keys.key, str(subject))
        return None if kept is None or key is None else unseal(key, str(subject), field, kept)


def _lines_of(person: UUID) -> Callable[[Connection], list[UUID]]:
    asked = (
        select(touches.c.line)
        .where(touches.c.person == str(person))
        .group_by(touches.c.line)
        .order_by(func.max(touches.c.at_us).desc())
        .limit(MOST_LINES)
    )
    return lambda connection: [UUID(one) for one in connection.execute(asked).scalars() if one]
