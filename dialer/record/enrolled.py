"""Whether those a call is about are enrolled, as the transaction sees it; what leads from a debt to its case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from dialer.core.facts import Unsound
from dialer.record.prepared import Prepared
from dialer.record.tables import subjects

if TYPE_CHECKING:
    from dialer.record.reading import Asked

_SUBJECTS = Prepared(
    select(subjects.c.id, subjects.c.kind, subjects.c.scope, subjects.c.hash, subjects.c.erased_us).where(
        subjects.c.id.in_([bindparam("person"), bindparam("line"), bindparam("debt")])
    )
)


@dataclass(frozen=True, slots=True)
class Subjects:
    """The keyed hashes of those a call is about, or what is wrong with them."""

    person: bytes | None = None
    line: bytes | None = None
    debt: bytes | None = None
    unsound: tuple[Unsound, ...] = ()

    @property
    def called(self) -> tuple[bytes, ...]:
        """Person and line."""
        return tuple(one for one in (self.person, self.line) if one is not None)


def enrolled(connection: Connection, asked: Asked) -> Subjects:
    """The subjects of a call as this transaction sees them.

    A person of another enterprise, an erased one, or a line that is not the number to be dialled, is none.
    """
    ids = {"person": asked.person, "line": asked.line, "debt": asked.debt}
    rows = {row.id: row for row in _SUBJECTS.rows(connection, ids)}
    scopes = {"person": asked.enterprise, "line": "", "debt": asked.enterprise}
    for kind, subject in ids.items():
        if subject is None:
            continue
        row = rows.get(subject)
        if row is None or row.kind != kind or row.scope != scopes[kind] or row.erased_us is not None:
            return Subjects(unsound=(Unsound("sound.not_enrolled", {"subject": kind}),))
        if kind == "line" and asked.line_hash is not None and row.hash != asked.line_hash:
            return Subjects(unsound=(Unsound("sound.not_enrolled", {"subject": kind}),))
    hashes = {kind: rows[one].hash for kind, one in ids.items() if one is not None}
    return Subjects(hashes["person"], hashes["line"], hashes.get("debt"))
