"""Numbers in use whose authority has ended: nobody could call from them, so a register that says so is mended first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.errors import InputFault, Place
from dialer.documents import Document

Row = Mapping[str, Any]
USABLE = ("allocated", "reported")


def ended_in_use(content: Row, document: Document, now: datetime) -> list[InputFault]:
    """A fault for each usable number of today whose every licence or entrustment, of those it had, is over.

    Today is the civil day of the aware instant `now` in the register's zone. A number that never had one is left to
    the rules: the gate denies it, and says so.
    """
    today = now.astimezone(ZoneInfo(content["register"]["zone"])).date().isoformat()
    faults = []
    for index, row in enumerate(content["numbers"]):
        if row["status"] in USABLE and _holds(row, today):
            for section, name, last in _over(content, row, today):
                path = ("numbers", index, "number")
                place = Place(document.file, document.line_of(path), ".".join(map(str, path)))
                hint = (
                    f"`{name}` in {section} held until the day before {last}: add what renews it, "
                    "or give the number an end; or take it with --accept-ended, and its calls are denied"
                )
                faults.append(
                    InputFault(place, "a number in use whose document has ended", row["number"], hint)
                )
    return faults


def _over(content: Row, number: Row, today: str) -> Iterator[tuple[str, str, str]]:
    """Section, name and end of the newest of the number's documents of each kind, where all of that kind are over."""
    authority: dict[str, tuple[str, Sequence[Row]]] = {
        "licences": ("number", [one for one in content["licences"] if _serves(one, number)]),
    }
    if "agency" in number:
        entrusted = [
            one
            for one in content["entrustments"]
            if _serves(one, number) and one["party"] == number["agency"]
        ]
        authority["entrustments"] = ("document", entrusted)
    for section, (key, rows) in authority.items():
        ended = [one for one in rows if one.get("to", _NEVER) <= today]
        if ended and len(ended) == len(rows):
            newest = max(ended, key=lambda one: str(one["to"]))
            yield section, newest[key], newest["to"]


_NEVER = date.max.isoformat()


def _serves(one: Row, number: Row) -> bool:
    return one["enterprise"] == number["enterprise"] and bool(set(one["purposes"]) & set(number["purposes"]))


def _holds(row: Row, today: str) -> bool:
    return bool(row["from"] <= today < row.get("to", _NEVER))
