"""Whether those a call is about are enrolled, as the transaction sees it; what leads from a debt to its case."""

from __future__ import annotations

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


def enrolled(connection: Connection, asked: Asked) -> tuple[list[Unsound], bytes | None]:
    """What is wrong with the subjects, and the keyed hash of the debt.

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
            return [Unsound("sound.not_enrolled", {"subject": kind})], None
        if kind == "line" and asked.line_hash is not None and row.hash != asked.line_hash:
            return [Unsound("sound.not_enrolled", {"subject": kind})], None
    return [], rows[asked.debt].hash if asked.debt is not None else None
