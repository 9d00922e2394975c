"""Versions: immutable documents, and which of each kind is in force. Switching is one row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, or_, select
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.entry import canonical, from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Stop
from dialer.core.policy import PolicySet
from dialer.core.rulebook import Rulebook
from dialer.record import batches, log, restrictions
from dialer.record.batches import Batch, BatchFiles
from dialer.record.number_file import KIND as NUMBERS
from dialer.record.number_file import NumberFile
from dialer.record.prepared import Prepared
from dialer.record.register import Register
from dialer.record.restricted import NONE, Overlay, Restricted
from dialer.record.tables import binding, in_force, scripts, stops, versions

# Decides where no rulebook is in force: the engine's own guards, which then deny by `sound.rulebook`.
NO_RULEBOOK = Rulebook(PolicySet(()), 0, "")

_MARK = Prepared(select(binding.c.mark))
_IN_FORCE = Prepared(select(in_force.c.kind, in_force.c.version))
_STOPS = Prepared(
    select(stops.c.id, stops.c.scope, stops.c.target, stops.c.since_us, stops.c.reason)
    .where(stops.c.lifted_us.is_(null()))
    .order_by(stops.c.since_us, stops.c.id)
)
_SCRIPTS = Prepared(
    select(scripts).where(
        or_(
            scripts.c.id == bindparam("script"),
            (scripts.c.enterprise == bindparam("enterprise")) & (scripts.c.closing == 1),
        )
    )
)
_DOCUMENT = select(versions.c.document)


@dataclass(frozen=True, slots=True)
class InForce:
    """What binds now, the same until `mark` changes. `rulebook` is None where the digest in force is not loaded.

    `stops` are those in force, each with what it is aimed at (None for all); `batches` the imports, newest first.
    `register` is what `overlay`, the restrictions in force, leaves of it.
    """

    mark: str
    register: Register | None
    rulebook: Rulebook | None
    digest: str
    stops: tuple[tuple[str | None, Stop], ...]
    batches: tuple[Batch, ...]
    overlay: Overlay = NONE
    _scripts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)

    def scripts(self, connection: Connection, script: str, enterprise: str) -> list[Any]:
        """The rows of every version of this script, and of every closing sentence of this enterprise."""
        asked = (script, enterprise)
        found = self._scripts.get(asked)
        if found is None:
            found = _SCRIPTS.rows(connection, {"script": script, "enterprise": enterprise})
            # A script that is not there may be asked for under any name.
            if found:
                self._scripts[asked] = found
        return found


class Catalog:
    """Reads versions; each immutable document is parsed once."""

    def __init__(self, rulebooks: Mapping[str, Rulebook], files: BatchFiles | None = None) -> None:
        self._rulebooks = dict(rulebooks)
        self._files = files
        self._kept: InForce | None = None
        self._registers: dict[str, Register] = {}
        self._digests: dict[str, str] = {}

    def read(self, connection: Connection) -> InForce:
        """What is in force as this transaction sees it.

        The mark is made at random in the transaction that changes anything: that which was read under this very
        mark, by whatever connection, is what stands under it.
        """
        mark = _MARK.rows(connection, {})[0].mark
        kept = self._kept
        if kept is None or kept.mark != mark:
            kept = self._kept = self._read(connection, mark)
        return kept

    def _read(self, connection: Connection, mark: str) -> InForce:
        current = {row.kind: row.version for row in _IN_FORCE.rows(connection, {})}
        digest = self._digest(connection, current.get("policy"))
        overlay = Overlay.of(restrictions.in_force(connection))
        register = self._register(connection, current.get("register"))
        standing = tuple(batches.in_force(connection))
        numbers = next((one.id for one in standing if one.kind == NUMBERS), None)
        if register is not None and numbers is not None and self._files is not None:
            register = register.beside(NumberFile(self._files, numbers))
        return InForce(
            mark,
            Restricted.over(register, overlay) if register and overlay else register,
            self._rulebooks.get(digest),
            digest,
            tuple(
                (row.target, Stop(row.id, row.scope, from_us(row.since_us), row.reason))
                for row in _STOPS.rows(connection, {})
            ),
            standing,
            overlay,
        )

    def know(self, rulebook: Rulebook) -> None:
        """Take one more rulebook, signed and checked: it decides where the record says that it is in force."""
        self._rulebooks[rulebook.digest] = rulebook
        self._kept = None

    def know_register(self, version: str, register: Register) -> None:
        """Take the tables of a version that were made beside the writer."""
        self._registers[version] = register

    def knows_register(self, version: str) -> bool:
        """Whether the tables of this version are made."""
        return version in self._registers

    def rulebook(self, digest: str) -> Rulebook | None:
        """A loaded rulebook, or the empty one that denied in its stead."""
        return NO_RULEBOOK if digest == NO_RULEBOOK.digest else self._rulebooks.get(digest)

    def _register(self, connection: Connection, version: str | None) -> Register | None:
        if version is None:
            return None
        if version not in self._registers:
            self._registers[version] = Register.from_document(document(connection, version))
        return self._registers[version]

    def _digest(self, connection: Connection, version: str | None) -> str:
        if version is None:
            return ""
        if version not in self._digests:
            self._digests[version] = str(document(connection, version)["digest"])
        return self._digests[version]


def document(connection: Connection, version: str) -> dict[str, Any]:
    """The document of a version."""
    found = connection.execute(_DOCUMENT.where(versions.c.id == version)).scalar_one()
    content: dict[str, Any] = json.loads(found)
    return content


def current(connection: Connection, kind: str) -> tuple[str, dict[str, Any]] | None:
    """Version id and document of `kind` in force, or None."""
    version = version_in_force(connection, kind)
    return None if version is None else (version, document(connection, version))


def version_in_force(connection: Connection, kind: str) -> str | None:
    """Version id of `kind` in force, or None."""
    return connection.execute(select(in_force.c.version).where(in_force.c.kind == kind)).scalar()


def digest_of(connection: Connection, version: str) -> str:
    """The digest of a version's document."""
    return str(connection.execute(select(versions.c.digest).where(versions.c.id == version)).scalar_one())


def put_in_force(
    connection: Connection, kind: str, content: Mapping[str, Any], actor: Actor, at: datetime
) -> str:
    """Store `content` as a version and put it in force; its id. The same content again changes nothing.

    Raises BadInput for a policy of a lower revision than the one in force.
    """
    stored = canonical(content)
    before = current(connection, kind)
    if before is not None:
        if canonical(before[1]) == stored:
            return before[0]
        if kind == "policy":
            _refuse_older(before[1], content)
    version = store_version(connection, kind, content, actor, at)
    switch(connection, kind, version, hashlib.sha256(stored).hexdigest(), actor, at)
    return version


def switch(connection: Connection, kind: str, version: str, digest: str, actor: Actor, at: datetime) -> None:
    """Put a stored version in force: one row, and one entry with its digest."""
    row = {"kind": kind, "version": version, "since_us": to_us(at)}
    connection.execute(insert(in_force).values(row).on_conflict_do_update(index_elements=["kind"], set_=row))
    body = {"kind": kind, "version": version, "digest": digest}
    log.append(connection, "put_in_force", at, actor, body, about=version)


def store_version(
    connection: Connection, kind: str, content: Mapping[str, Any], actor: Actor, at: datetime
) -> str:
    """Store `content` as a version, in force or not; its id."""
    return store_bytes(connection, kind, canonical(content), actor, at)


def store_bytes(connection: Connection, kind: str, stored: bytes, actor: Actor, at: datetime) -> str:
    """Store canonical bytes as a version, in force or not; its id."""
    version = log.new_id(at)
    row = {
        "id": version,
        "kind": kind,
        "digest": hashlib.sha256(stored).hexdigest(),
        "document": stored,
        "at_us": to_us(at),
        "actor": canonical(actor).decode(),
    }
    connection.execute(insert(versions), row)
    return version


def _refuse_older(before: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    if int(content["revision"]) < int(before["revision"]):
        raise BadInput(
            [
                InputFault(
                    Place("policy", path="revision"),
                    f"older than the revision in force, `{before['revision']}`",
                    str(content["revision"]),
                    "raise the revision and sign it again",
                )
            ]
        )
