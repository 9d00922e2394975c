"""Register, scripts and preferences, from the API into the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Connection

from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import Line
from dialer.documents import Document, validated
from dialer.numbers import parse_callee
from dialer.ports.calls import Clock
from dialer.record import batches, listing, said, screenings
from dialer.record.given import Enrolment
from dialer.record.hashing import subject_hash
from dialer.record.log import new_id
from dialer.record.number_file import KIND as NUMBERS
from dialer.record.preferences import Statement
from dialer.record.proposals import MOST_SHOWN
from dialer.record.store import RecordStore
from dialer.register_checks import faults_between
from dialer.register_files import RegisterFile
from dialer.requests import UNREADABLE
from dialer.script_files import script_of
from dialer.secrets import Secrets
from dialer.wiring.gate import shown
from dialer.wiring.screening import screened_rows

Json = Mapping[str, Any]
SMS_REPLY = "sms_reply"


class RecordRegisters:
    """What the rules read, put into the record. Everything names its actor."""

    def __init__(self, store: RecordStore, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock

    async def put_register(self, document: Json, actor: Actor, reason: str) -> Json:
        """Put a register in force as far as it tightens; what may loosen waits for a second person."""
        # A long register takes seconds, in which calls must go on being heard.
        content = await asyncio.to_thread(_checked, document)
        put = await self._store.changes.put_register(content, reason, actor)
        loosens = [f"{one.subject} {one.what} {one.where}".strip() for one in put.loosens[:MOST_SHOWN]]
        return {
            "version": put.version,
            "in_force": put.in_force,
            "proposal": put.proposal,
            "tightens": put.tightens,
            "changes": put.tightens + len(put.loosens),
            "loosens": loosens,
        }

    async def register(self) -> Json | None:
        """The register in force."""
        found = await self._store.in_force("register")
        if found is None:
            return None
        beside = await self._store.read(lambda one: batches.in_force(one, NUMBERS))
        file = {name: getattr(beside[0], name) for name in ("id", "digest")} if beside else None
        return {"version": found[0], "document": found[1], "numbers_file": file}

    async def put_scripts(self, scripts: Sequence[Json], actor: Actor) -> Json:
        """Submit scripts; what stops one of them refuses them all."""
        try:
            rows = [script_of(dict(one)) for one in scripts]
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(step) for step in first["loc"])
            raise BadInput([InputFault(Place("scripts", path=path), first["msg"].lower())]) from None
        found = await self._store.in_force("register")
        # The first screening reads its tables, beside calls that must go on being heard.
        said = await asyncio.to_thread(screened_rows, rows, found[1] if found else None)
        now = self._clock.now()
        for row, told in zip(rows, said, strict=True):
            await self._store.write(partial(screenings.submit, script=row, said=told, actor=actor, now=now))
        return {"submitted": [{"id": row.id, "version": row.version} for row in rows]}

    async def approve_script(self, script: str, version: int, actor: Actor) -> Json:
        """Approve one version."""
        await self._store.approve_script(script, version, actor)
        return {"script": script, "version": version, "status": "approved"}

    async def scripts(self) -> Sequence[Json]:
        """Every version of every script, with what screening said of it."""
        return await self._store.read(screenings.with_screening)

    async def script(self, script: str) -> Sequence[Json]:
        """The versions of one script, with their words."""
        return await self._store.read(partial(screenings.versions_of, script=script))

    async def opt_out(self, said: Json, actor: Actor) -> Json:
        """Register an opt-out; live calls that it reaches are ended when this returns."""
        now = self._clock.now()
        row = {**said, **_scope_of(said), "kind": "opt_out", "stated_at": now}
        subjects = (await self._subjects([row]))[0]
        await self._store.state_preference(_statement(row, subjects, f"said:{new_id(now)}", actor))
        return {"stated": 1}

    async def put_preferences(self, rows: Sequence[Json], actor: Actor) -> Json:
        """Register statements; one that was sent before is the same statement."""
        subjects = await self._subjects(rows)
        for row, of in zip(rows, subjects, strict=True):
            key = f"file:{row['source']}:{row['stated_at'].isoformat()}"
            await self._store.state_preference(_statement(row, of, key, actor))
        return {"stated": len(rows)}

    async def preferences(self, enterprise: str, person: str) -> Sequence[Json]:
        """What a person registered with an enterprise, also in files, newest first."""
        key, files = self._secrets.subject_key, self._store.imports.files
        digest = subject_hash(key, "person", enterprise, person)

        def told(connection: Connection) -> list[dict[str, Any]]:
            subject = listing.person(connection, key, enterprise, person)
            return [
                *(listing.said_by(connection, subject) if subject else []),
                *said.imported(files, batches.in_force(connection, said.KIND), digest),
            ]

        found = await self._store.read(told)
        return [shown(one) for one in sorted(found, key=lambda one: one["stated_at"], reverse=True)]

    async def _subjects(self, rows: Sequence[Json]) -> list[tuple[UUID, ...]]:
        """Person and line of each row, as far as it names them; all numbers are read before anybody is enrolled."""
        lines = [_line(row.get("number"), no) for no, row in enumerate(rows)]
        found: list[tuple[UUID, ...]] = []
        for row, line in zip(rows, lines, strict=True):
            person = row.get("person_id")
            one = Enrolment(person or "", None, line or UNREADABLE, None)
            known = (await self._store.enrol(row.get("enterprise") or "", [one]))[0]
            found.append((*((known.person,) if person else ()), *((known.line,) if line else ())))
        return found


def _scope_of(said: Json) -> Json:
    """Who answers a message with a refusal names neither product nor channel: it is read as widely as it can be."""
    return {"product": None, "channel": None} if said.get("source") == SMS_REPLY else {}


def _checked(document: Json) -> dict[str, Any]:
    given = Document("register", dict(document))
    content = validated(given, RegisterFile).model_dump(mode="json", by_alias=True, exclude_none=True)
    if faults := faults_between(content, given):
        raise BadInput(faults)
    return content


def _line(number: str | None, row: int) -> Line | None:
    if number is None:
        return None
    line = parse_callee(number)
    if line is None:
        fault = InputFault(Place("preferences", path=f"{row}.number"), "cannot be read as a number")
        raise BadInput([fault])
    return line


def _statement(row: Json, subjects: tuple[UUID, ...], key: str, actor: Actor) -> Statement:
    return Statement(
        key=key,
        kind=row["kind"],
        subjects=subjects,
        enterprise=row["enterprise"],
        purpose=row["purpose"],
        product=row["product"],
        channel=row["channel"],
        source=row["source"],
        stated_at=row["stated_at"],
        until=row["until"],
        evidence={},
        actor=actor,
    )
