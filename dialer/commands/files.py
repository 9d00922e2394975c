"""Files that people bring, read by the client, so that a fault names its line without a controller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dialer.commands.options import warn
from dialer.core.errors import InputFault, Place
from dialer.ports.campaigns import RejectedRow


def campaign(plan: Path, people: Path) -> dict[str, Any]:
    """A campaign's plan (TOML) and list (CSV) as the API takes them. Raises BadInput."""
    from dialer.campaigns.plan import Plan
    from dialer.documents import load_toml, validated
    from dialer.list_files import load_list

    read = validated(load_toml(plan), Plan)
    listed = load_list(people)
    rows = [
        {
            "row": one.row,
            "person_id": one.person_id,
            "number": one.number.e164,
            **({"name": one.name} if one.name else {}),
            **({"debt": one.debt} if one.debt else {}),
            **one.overrides,
        }
        for one in listed.items
    ]
    return {"plan": read.plain(), "rows": rows, "rejected": [asdict(one) for one in listed.rejected]}


def tell(rejected: Sequence[RejectedRow]) -> None:
    """Name the rows set aside."""
    for one in rejected:
        warn(f"set aside: row {one.row}: {one.column}: {one.reason} `{one.value}`\n  hint: {one.hint}")


def _fault(file: Path, one: RejectedRow) -> InputFault:
    hint = f"{one.hint}; or leave it out with --accept-rejected"
    return InputFault(Place(str(file), one.row, one.column), one.reason, one.value, hint)
