"""Scripts screened on submission, with the names and the number that the register in force gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dialer.core.errors import BadInput, Place
from dialer.screening.screen import screen
from dialer.screening.shapes import Subject
from dialer.screening.telling import faults_of, screened_json
from dialer.screening.word_tables import tables_digest
from dialer.script_files import ScriptEntry, ScriptRow

Json = Mapping[str, Any]


def subject_of(script: ScriptRow | ScriptEntry, enterprises: Mapping[str, Json]) -> Subject:
    """What a script is for. `enterprises` are rows of the register by id; one that it lacks has no name to hold."""
    enterprise = enterprises.get(script.enterprise, {})
    names = (enterprise.get("full_name", ""), *enterprise.get("short_names", ()))
    return Subject(
        purposes=frozenset(one.value for one in script.purposes),
        products=script.products,
        role="closing" if script.closing else "opening",
        mode=script.mode,
        parts=script.parts,
        names=tuple(one for one in names if one),
        contact=enterprise.get("contact", ""),
    )


def screened_rows(rows: Sequence[ScriptRow], register: Json | None) -> list[Json]:
    """What screening says of each. Raises BadInput with every finding that stops one: none of them is taken."""
    enterprises = {one["id"]: one for one in (register or {}).get("enterprises", ())}
    found = [screen(row.text, subject_of(row, enterprises)) for row in rows]
    faults = [
        fault
        for number, (row, one) in enumerate(zip(rows, found, strict=True))
        for fault in faults_of(one, Place("scripts", path=f"{number}.{row.id}.text"))
    ]
    if faults:
        raise BadInput(faults)
    return [{"tables": tables_digest(), **screened_json(one)} for one in found]
