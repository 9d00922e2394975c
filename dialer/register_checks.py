"""How the rows of a register must fit together: references, doubles, periods. Every fault is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialer.core.errors import InputFault, Place
from dialer.core.phone import caller_id_class
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
# A document that was revoked holds no more, whatever its period.
REVOKED = "revoked"
# Of rows that clash, so many are held against later ones.
MOST_HELD = 50
# The class of numbers that carry SMS only.
SMS_ONLY = "cn_106"


def faults_between(content: Mapping[str, Any], document: Document) -> list[InputFault]:
    """Every fault between the rows of `content`, at its place in `document`."""
    check = _Check(content, document)
    return [
        *check.doubles(),
        *check.shared_ids(),
        *check.unknown_references(),
        *check.backward_periods(),
        *check.shared_numbers(),
        *check.overlapping_entrustments(),
        *check.derived(),
        *check.inspected(),
        *check.windows(),
        *check.ports(),
    ]


@dataclass(frozen=True)
class _Check:
    content: Mapping[str, Any]
    document: Document

    def rows(self, section: str) -> Sequence[Row]:
        rows: Sequence[Row] = self.content[section]
        return rows

    def fault(self, path: tuple[str | int, ...], reason: str, value: str, hint: str) -> InputFault:
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
            for before, index, conflict in clashes(group, _conflict):
                line = self.document.line_of(("numbers", before, "number"))
                hint = f"line {line} has it in the same period: end one before the other starts"
                number = self.rows("numbers")[index]["number"]
                yield self.fault(("numbers", index, "number"), conflict, number, hint)

    def overlapping_entrustments(self) -> Iterator[InputFault]:
        """Two documents for the same thing on one day: which one binds, and which period, would be a guess."""
        entries: dict[tuple[str, str, str | None], list[tuple[int, Row]]] = {}
        for index, row in enumerate(self.rows("entrustments")):
            if row["status"] != REVOKED:
                authority = (row["enterprise"], row["party"], row.get("sub_of"))
                entries.setdefault(authority, []).append((index, row))
        rows = self.rows("entrustments")
        for group in entries.values():
            for before, index, reason in clashes(group, _same_thing):
                line = self.document.line_of(("entrustments", before, "document"))
                hint = (
                    f"`{rows[before]['document']}` on line {line} covers the same purpose and product on some day: "
                    "end one (`to`) on the day the other starts, or mark it revoked"
                )
                yield self.fault(("entrustments", index, "document"), reason, rows[index]["document"], hint)

    def derived(self) -> Iterator[InputFault]:
        """A sub-entrustment derives from a document of the same enterprise for another party, and from no circle."""
        rows = self.rows("entrustments")
        above = {row["document"]: row for row in rows}
        for index, row in enumerate(rows):
            if "sub_of" not in row:
                continue
            parent = above.get(row["sub_of"])
            if parent is None:
                hint = nearest(row["sub_of"], above) or "add it to entrustments"
                reason = "unknown entrustment"
            elif parent["enterprise"] != row["enterprise"]:
                reason, hint = "entrustment of another enterprise", "name one of the same enterprise"
            elif parent["party"] == row["party"]:
                reason, hint = "sub-entrustment to the same party", "name the document of who passed it on"
            elif _circular(row, above):
                reason, hint = "entrustments derive from each other", "leave `sub_of` out of the first one"
            else:
                continue
            yield self.fault(("entrustments", index, "sub_of"), reason, row["sub_of"], hint)

    def inspected(self) -> Iterator[InputFault]:
        for index, row in enumerate(self.rows("agencies")):
            for number, one in enumerate(row.get("inspections") or ()):
                for key in ("rectify_by", "rectified_on"):
                    if key in one and one[key] < one["on"]:
                        path = ("agencies", index, "inspections", number, key)
                        yield self.fault(path, "before the inspection", one[key], f"not before {one['on']}")

    def windows(self) -> Iterator[InputFault]:
        for index, row in enumerate(self.rows("numbers")):
            for number, one in enumerate(row.get("windows") or ()):
                if one["end"] <= one["start"]:
                    path = ("numbers", index, "windows", number, "end")
                    hint = f"it must come after {one['start']}; a window over midnight is two windows"
                    yield self.fault(path, "window ends before it starts", one["end"], hint)

    def ports(self) -> Iterator[InputFault]:
        for index, row in enumerate(self.rows("numbers")):
            if row.get("kind") == "voice" and caller_id_class(row["number"]) == SMS_ONLY:
                hint = "numbers of 106… carry SMS: write `sms_port`, or leave `kind` out"
                yield self.fault(("numbers", index, "kind"), "an SMS port", row["number"], hint)


def _circular(row: Row, above: Mapping[str, Row]) -> bool:
    seen = {row["document"]}
    while (parent := above.get(row.get("sub_of", ""))) is not None:
        if parent["document"] in seen:
            return True
        seen.add(parent["document"])
        row = parent
    return False


# Why two entries of one number cannot both hold on one day; the first that applies is told.
CONFLICTS: Mapping[str, Callable[[Row, Row], bool]] = {
    "one number for two enterprises": lambda one, other: one["enterprise"] != other["enterprise"],
    "one number of two carriers": lambda one, other: one["carrier"] != other["carrier"],
    "one number twice for the same use": lambda one, other: (
        one.get("agency") == other.get("agency")
        and one.get("kind") == other.get("kind")
        and bool(set(one["purposes"]) & set(other["purposes"]))
    ),
}


def overlap(one: Row, other: Row) -> bool:
    """Whether two periods of ISO dates, [from, to), share a day."""
    return bool(one["from"] < other.get("to", "9999") and other["from"] < one.get("to", "9999"))


def _conflict(one: Row, other: Row) -> str | None:
    return next((why for why, is_so in CONFLICTS.items() if is_so(one, other)), None)


def _same_thing(one: Row, other: Row) -> str | None:
    shared = all(set(one[key]) & set(other[key]) for key in ("purposes", "products"))
    return "overlapping entrustments" if shared else None


def clashes(
    rows: Sequence[tuple[int, Row]], why: Callable[[Row, Row], str | None]
) -> Iterator[tuple[int, int, str]]:
    """Places of two rows that share a day, earlier in the file first, and why they cannot: one for each row.

    By the days on which rows start, so that a register of many rows does not compare each with each.
    """
    held: list[tuple[int, Row]] = []
    for index, row in sorted(rows, key=lambda one: (one[1]["from"], one[0])):
        held = [one for one in held if one[1].get("to", "9999") > row["from"]]
        clash = next(((before, reason) for before, one in held if (reason := why(one, row))), None)
        if clash:
            yield min(clash[0], index), max(clash[0], index), clash[1]
        if not clash or len(held) < MOST_HELD:
            held.append((index, row))
