"""How the rows of a register must fit together: references, doubles, periods. Every fault is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from dialer.core.errors import InputFault, Place
from dialer.document_faults import nearest
from dialer.documents import Document

Row = Mapping[str, Any]

# section, the key that must be unique there
UNIQUE = (
    ("enterprises", "id"),
    ("enterprises", "uscc"),
    ("agencies", "id"),
    ("agencies", "uscc"),
    ("platforms", "id"),
    ("carriers", "id"),
    ("trunks", "name"),
    ("licences", "number"),
    ("entrustments", "document"),
)
# section, its key, the sections in which that key's value must be an id
REFERENCES = (
    ("licences", "enterprise", ("enterprises",)),
    ("entrustments", "enterprise", ("enterprises",)),
    ("entrustments", "party", ("agencies", "platforms")),
    ("trunks", "carrier", ("carriers",)),
    ("numbers", "enterprise", ("enterprises",)),
    ("numbers", "agency", ("agencies",)),
    ("numbers", "carrier", ("carriers",)),
)
DATED = ("licences", "entrustments", "carriers", "numbers")
# A number that was given up may be somebody else's now, though nobody wrote down its last day.
GIVEN_UP = "disabled"


def faults_between(content: Mapping[str, Any], document: Document) -> list[InputFault]:
    """Every fault between the rows of `content`, at its place in `document`."""
    check = _Check(content, document)
    return [
        *check.doubles(),
        *check.shared_ids(),
        *check.unknown_references(),
        *check.backward_periods(),
        *check.shared_numbers(),
    ]


@dataclass(frozen=True)
class _Check:
    content: Mapping[str, Any]
    document: Document

    def rows(self, section: str) -> Sequence[Row]:
        rows: Sequence[Row] = self.content[section]
        return rows

    def fault(self, path: tuple[str, int, str], reason: str, value: str, hint: str) -> InputFault:
        where = ".".join(str(one) for one in path)
        return InputFault(Place(self.document.file, self.document.line_of(path), where), reason, value, hint)

    def doubles(self) -> Iterator[InputFault]:
        for section, key in UNIQUE:
            first: dict[str, int] = {}
            for index, row in enumerate(self.rows(section)):
                before = first.setdefault(row[key], index)
                if before != index:
                    hint = f"line {self.document.line_of((section, before, key))} has it already: keep one"
                    yield self.fault((section, index, key), f"double {key}", row[key], hint)

    def shared_ids(self) -> Iterator[InputFault]:
        agencies = {row["id"] for row in self.rows("agencies")}
        for index, row in enumerate(self.rows("platforms")):
            if row["id"] in agencies:
                hint = "an entrustment names its party by this id: give the platform one of its own"
                yield self.fault(("platforms", index, "id"), "also the id of an agency", row["id"], hint)

    def unknown_references(self) -> Iterator[InputFault]:
        for section, key, targets in REFERENCES:
            known = {row["id"] for target in targets for row in self.rows(target)}
            for index, row in enumerate(self.rows(section)):
                if key in row and row[key] not in known:
                    hint = nearest(row[key], known) or f"add it to {' or '.join(targets)}"
                    yield self.fault((section, index, key), f"unknown {key}", row[key], hint)

    def backward_periods(self) -> Iterator[InputFault]:
        for section in DATED:
            for index, row in enumerate(self.rows(section)):
                if "to" in row and "from" in row and row["to"] <= row["from"]:
                    hint = f"`to` is the day after the last, and must come after `from` ({row['from']})"
                    yield self.fault((section, index, "to"), "period ends before it starts", row["to"], hint)

    def shared_numbers(self) -> Iterator[InputFault]:
        entries: dict[str, list[tuple[int, Row]]] = {}
        for index, row in enumerate(self.rows("numbers")):
            if row["status"] != GIVEN_UP:
                entries.setdefault(row["number"], []).append((index, row))
        for group in entries.values():
            for (before, one), (index, other) in combinations(group, 2):
                conflict = next((why for why, is_so in CONFLICTS.items() if is_so(one, other)), None)
                if conflict and _overlap(one, other):
                    line = self.document.line_of(("numbers", before, "number"))
                    hint = f"line {line} has it in the same period: end one before the other starts"
                    yield self.fault(("numbers", index, "number"), conflict, other["number"], hint)


# Why two entries of one number cannot both hold on one day; the first that applies is told.
CONFLICTS: Mapping[str, Callable[[Row, Row], bool]] = {
    "one number for two enterprises": lambda one, other: one["enterprise"] != other["enterprise"],
    "one number of two carriers": lambda one, other: one["carrier"] != other["carrier"],
    "one number twice for the same use": lambda one, other: (
        one.get("agency") == other.get("agency") and bool(set(one["purposes"]) & set(other["purposes"]))
    ),
}


def _overlap(one: Row, other: Row) -> bool:
    """Whether two periods of ISO dates, [from, to), share a day."""
    return bool(one["from"] < other.get("to", "9999") and other["from"] < one.get("to", "9999"))
