"""Enrolling and erasing: persons, lines and debts as surrogates, their keys made and durable before first use."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.entry import commitment, to_us
from dialer.core.errors import Defect
from dialer.record import log
from dialer.record.given import Enrolled, Enrolment
from dialer.record.hashing import subject_hash
from dialer.record.keys import KeyStore, seal
from dialer.record.tables import attempts, preferences, sealed, subjects, suppression
from dialer.secrets import Secrets

SALT_BYTES = 16
LOOKED_UP = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One subject to be enrolled: its keyed hash, and what of it is kept sealed."""

    kind: str
    scope: str
    hash: bytes
    field: str | None
    plaintext: str | None


def wanted(secrets: Secrets, enterprise: str, people: Sequence[Enrolment]) -> list[tuple[Wanted, ...]]:
    """Person, line and perhaps debt of each of `people`."""
    key = secrets.subject_key

    def one(kind: str, scope: str, text: str, field: str | None, plaintext: str | None) -> Wanted:
        return Wanted(kind, scope, subject_hash(key, kind, scope, text), field, plaintext)

    return [
        (
            one("person", enterprise, who.person_id, "name", who.name),
            one("line", "", who.number.e164, "number", who.number.e164),
            *((one("debt", enterprise, who.debt, None, None),) if who.debt is not None else ()),
        )
        for who in people
    ]


def known(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, str]:
    """Surrogates by keyed hash."""
    distinct = sorted(set(hashes))
    found: dict[bytes, str] = {}
    for start in range(0, len(distinct), LOOKED_UP):
        part = distinct[start : start + LOOKED_UP]
        rows = connection.execute(select(subjects.c.hash, subjects.c.id).where(subjects.c.hash.in_(part)))
        found.update({row.hash: row.id for row in rows})
    return found


def names_to_seal(connection: Connection, asked: Iterable[Wanted], ids: Mapping[bytes, str]) -> list[Wanted]:
    """Those whose sealed text is missing or was another."""
    told = {one.hash: one for one in asked if one.plaintext is not None and one.hash in ids}
    found: dict[str, tuple[bytes, bytes]] = {}
    own = sorted(ids[one] for one in told)
    for start in range(0, len(own), LOOKED_UP):
        rows = connection.execute(
            select(sealed.c.subject, sealed.c.salt, sealed.c.commitment).where(
                sealed.c.subject.in_(own[start : start + LOOKED_UP])
            )
        )
        found.update({row.subject: (row.salt, row.commitment) for row in rows})
    return [
        one
        for one in told.values()
        if (kept := found.get(ids[one.hash])) is None or commitment(kept[0], one.plaintext or "") != kept[1]
    ]


def make_keys(keys: KeyStore, missing: Iterable[Wanted]) -> dict[bytes, tuple[str, bytes | None]]:
    """New surrogates with their keys, committed. A debt has nothing to seal and needs none."""
    fresh = {one.hash: (str(uuid4()), one) for one in missing}
    made = keys.make([ident for ident, one in fresh.values() if one.kind != "debt"])
    return {digest: (ident, made.get(ident)) for digest, (ident, _) in fresh.items()}


def insert_subjects(
    connection: Connection,
    secrets: Secrets,
    asked: Sequence[Wanted],
    fresh: Mapping[bytes, tuple[str, bytes | None]],
    now: datetime,
) -> dict[bytes, str]:
    """Write new subjects; surrogates of all of `asked`. Who was enrolled meanwhile keeps the first surrogate."""
    by_hash = {one.hash: one for one in asked}
    rows = [
        {
            "id": fresh[digest][0],
            "kind": one.kind,
            "scope": one.scope,
            "hash": digest,
            "key_version": secrets.subject_key_version,
            "enrolled_us": to_us(now),
        }
        for digest, one in by_hash.items()
        if digest in fresh
    ]
    if rows:
        connection.execute(insert(subjects).on_conflict_do_nothing(), rows)
    return known(connection, by_hash)


def seal_fields(
    connection: Connection, told: Iterable[tuple[Wanted, str, bytes]], now: datetime, actor: Actor
) -> None:
    """Keep ciphertexts, and write one entry with their commitments. `told`: what, whose surrogate, his key."""
    shown = []
    for one, subject, key in told:
        salt, text, field = os.urandom(SALT_BYTES), one.plaintext or "", one.field or ""
        committed = commitment(salt, text)
        row = {
            "subject": subject,
            "field": field,
            "ciphertext": seal(key, subject, field, text),
            "salt": salt,
            "commitment": committed,
        }
        same = ["subject", "field"]
        connection.execute(insert(sealed).values(row).on_conflict_do_update(index_elements=same, set_=row))
        shown.append({"subject": subject, "field": field, "commitment": committed.hex()})
    if shown:
        log.append(connection, "enrolled", now, actor, {"sealed": shown})


def enrolled(asked: Sequence[tuple[Wanted, ...]], ids: Mapping[bytes, str]) -> list[Enrolled]:
    """The surrogates, in the order of the people asked for."""
    return [
        Enrolled(
            person=UUID(ids[one[0].hash]),
            line=UUID(ids[one[1].hash]),
            debt=UUID(ids[one[2].hash]) if len(one) > 2 else None,
        )
        for one in asked
    ]


def forget(connection: Connection, subject: str, now: datetime, actor: Actor) -> None:
    """Cut the way from a customer id or number to `subject`; its opt-outs stay, by keyed hash.

    Raises Defect while an attempt is live, and for an unknown subject.
    """
    row = connection.execute(select(subjects).where(subjects.c.id == subject)).first()
    if row is None:
        raise Defect("there is no such subject")
    live = select(attempts.c.id).where(
        attempts.c.live == 1, (attempts.c.person == subject) | (attempts.c.line == subject)
    )
    if connection.execute(live).first() is not None:
        raise Defect("a subject cannot be erased while it is being called")
    if row.hash is None:
        return
    said = connection.execute(
        select(preferences).where(preferences.c.subject == subject, preferences.c.kind == "opt_out")
    )
    for one in said.all():
        connection.execute(
            insert(suppression),
            {
                "id": one.id,
                "hash": row.hash,
                "key_version": row.key_version,
                "enterprise": one.enterprise,
                "purpose": one.purpose,
                "product": one.product,
                "channel": one.channel,
                "source": one.source,
                "stated_us": one.stated_us,
                "until_us": one.until_us,
            },
        )
    connection.execute(delete(sealed).where(sealed.c.subject == subject))
    gone = {"hash": None, "erased_us": to_us(now)}
    connection.execute(update(subjects).where(subjects.c.id == subject).values(gone))
    log.append(connection, "erased", now, actor, {"subject": subject, "kind": row.kind}, about=subject)
