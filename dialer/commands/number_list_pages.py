"""How the commands of the number list show what they were told, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_SIGN = {"added": "新增", "changed": "变更", "removed": "注销"}


def diff(told: Json) -> Iterator[str]:
    """What waits, by regulator."""
    if not told["groups"]:
        yield "nothing differs from what was submitted"
    for group in told["groups"]:
        regulator = group["regulator"] or "no competent regulator registered"
        yield f"{regulator}: {group['enterprise']}, {len(group['changes'])} changes, worst {group['worst_hours']:g} h"
        for one in group["changes"]:
            line = one["line"]
            unit = line["agency"]["id"] if line["agency"] else "-"
            yield f"  {_SIGN[one['change']]}  {line['number']:<16} {line['kind']:<9} {unit:<20} {one['hours']:g} h"
        for one in group["sent_back"]:
            yield f"  sent back {one['number']}: {one['reason']}"


def signed(told: Json) -> Iterator[str]:
    """What was prepared and signed."""
    if not told["submissions"]:
        yield "nothing differs from what was submitted"
    for one in told["submissions"]:
        yield f"signed {one['submission']}: {one['enterprise']} to {one['regulator']}, {one['lines']} numbers"


def submitted(told: Json) -> Iterator[str]:
    """Where each submission went."""
    if not told["submissions"]:
        yield "no signed submission waits; dialer register sign"
    for one in told["submissions"]:
        where = one.get("folder") or one["channel"]
        why = f" ({one['why']})" if one.get("why") else ""
        yield f"{one['state']} {one['submission']}: {where}{why}"


def receipt(told: Json) -> Iterator[str]:
    """What was filed."""
    yield f"receipt {told['sha256']}.{told['media']} is filed; {told['answered']} numbers answered"


def reconciled(told: Json) -> Iterator[str]:
    """How both sides stand."""
    if not told["enterprises"]:
        yield "no regulator of these enterprises has an address; see [number_list] regulators"
    for one in told["enterprises"]:
        state = "equal" if one["equal"] else f"NOT EQUAL: {one['why'] or ', '.join(one['differing'])}"
        yield (
            f"{one['regulator']}: {one['enterprise']} {state}; {one['rounds']} rounds, {one['lost']} lost, "
            f"{one['told_again']} sent again, {one['doubles']} doubles, {one['unsent']} not yet submitted"
        )
        for row in one["rejected"]:
            yield f"  sent back {row['number']}: {row['reason']}"
        for number in one["strays"]:
            yield f"  held there and never submitted from here: {number}"


def submissions(told: Json) -> Iterator[str]:
    """One line each."""
    for one in told["submissions"]:
        answers = " ".join(f"{count} {word}" for word, count in one["answers"].items())
        yield (
            f"{one['id']} {one['state']:<8} {one['enterprise']} to {one['regulator']}: {answers}; "
            f"{len(one['receipts'])} receipts"
        )


def states(told: Json) -> Iterator[str]:
    """One line a number, the worst hours last."""
    for one in told["numbers"]:
        after = one["reported_after_hours"]
        waits = f"{_SIGN[one['waits']]} waits {one['waits_hours']:g} h" if one["waits"] else ""
        took = "" if after is None else f"reported after {after:g} h"
        said = ", ".join(filter(None, (took, waits, one["reason"])))
        yield f"{one['number']:<16} {one['kind']:<9} {one['agency'] or '-':<20} {one['state']:<13} {said}"
    yield f"worst: {told['worst_hours']:g} hours from change to report"
