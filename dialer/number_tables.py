"""The numbers of a register as a table of their own (CSV or XLSX), too long for the register's document.

A maker of batch files: it runs in the child that `dialer.staging` is. Rows are checked one by one as they are read,
and against each other in a file beside, so that a million of them take no more memory than a hundred.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.register_changes import pairs, row_changes
from dialer.core.rules.caller_id import USABLE
from dialer.documents import Document, validated
from dialer.record.number_file import ABOUT, unit_of
from dialer.register_checks import CONFLICTS, GIVEN_UP, overlap
from dialer.register_files import Number
from dialer.register_tables.cell_meaning import meaning_of
from dialer.register_tables.reading import cells_fit, column_of, header_at, put
from dialer.register_tables.shape import Field, Section, sections
from dialer.staged import Item, Task
from dialer.tabular import Cell, Column, NotText, Wrong, table
from dialer.tabular.columns import layout_of

Row = Mapping[str, Any]
Listed = tuple[str, int, str]
MOST_SHOWN = 100
MOST_KEPT = 10_000
NUMBERS = "numbers"
_NUMBER: TypeAdapter[Number] = TypeAdapter(Number)
_REFERENCES = (("enterprise", "enterprises"), ("agency", "agencies"), ("carrier", "carriers"))


def make(task: Task) -> Iterator[Item | InputFault]:
    """Every row by its number, the usable ones by their unit too, and what changed; or faults.

    Options: `name` of the file; `known`: section -> ids of the register in force; `numbers`: the rows that stand in
    its document; `base`: path of the numbers batch in force, or None. Raises BadInput for what is no such table.
    """
    beside = task.spool.with_suffix(".rows")
    beside.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(beside, isolation_level=None)) as file:
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -65536"):
                file.execute(f"PRAGMA {pragma}")
            file.execute("CREATE TABLE listed (number TEXT, no INTEGER, content TEXT)")
            file.execute("BEGIN")
            yield from _read(task, file)
            file.execute("CREATE INDEX listed_number ON listed (number, no)")
            yield from _together(task, file)
    finally:
        beside.unlink(missing_ok=True)


def _read(task: Task, file: sqlite3.Connection) -> Iterator[Item | InputFault]:
    """The rows one by one, in the order of the file."""
    name = str(task.options["name"])
    known = {key: frozenset(ids) for key, ids in task.options["known"].items()}
    for no, found in rows_of(task.spool, name):
        if isinstance(found, InputFault):
            yield found
            continue
        strange = list(_strange(name, no, found, known))
        yield from strange
        if strange:
            continue
        number, content = str(found["number"]), json.dumps(found, ensure_ascii=False)
        file.execute("INSERT INTO listed VALUES (?, ?, ?)", (number, no, content))
        yield Item(number, found)
        if found["status"] in USABLE and found["may_dial_out"]:
            yield Item(unit_of(found["enterprise"], found.get("agency")), {"number": number})


def rows_of(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any] | InputFault]]:
    """The rows of a table of numbers with their places, each as the register's document has it, or its faults.

    Raises BadInput for what is no such table.
    """
    section = next(one for one in sections() if one.name == NUMBERS)
    fields = {one.name: one for one in section.columns(part=False)}
    columns = {one: column_of(section, field) for one, field in fields.items()}
    layout: list[Column] | None = None
    meanings = _Meanings()
    try:
        with table(path) as rows:
            for no, cells in rows:
                if layout is None:
                    layout = layout_of(name, no, cells, list(columns.values()))
                elif cells_fit(cells, layout):
                    yield from ((no, one) for one in _row(name, no, section, fields, layout, meanings, cells))
                else:
                    hint = "a value that holds a comma stands in quotes"
                    why = f"the row has {len(cells)} cells, the header {len(layout)}"
                    yield no, InputFault(Place(name, no), why, hint=hint)
    except BadInput as bad:
        raise BadInput([replace(one, place=replace(one.place, file=name)) for one in bad.faults]) from None


class _Meanings:
    """What cells mean: most columns of a long table say the same few things again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Cell], Any] = {}

    def of(self, cell: Cell, field: Field, column: Column) -> Any:
        """As `meaning_of`."""
        key = (column.name, cell)
        if key not in self._known:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[key] = meaning_of(cell, field, column)
        return self._known[key]


def _row(
    name: str,
    no: int,
    section: Section,
    fields: Mapping[str, Field],
    layout: Sequence[Column],
    meanings: _Meanings,
    cells: Sequence[Cell],
) -> Iterator[dict[str, Any] | InputFault]:
    row: dict[str, Any] = {}
    faulty = False
    for column, cell in zip(layout, cells, strict=False):
        meant = meanings.of(cell, fields[column.name], column) if cell else None
        if isinstance(meant, Wrong):
            faulty = True
            text = cell.text if isinstance(cell, NotText) else cell.strip()
            yield InputFault(Place(name, no, column.headers[0]), meant.reason, text, meant.hint)
        elif meant is not None:
            put(row, fields[column.name].path, meant)
    if faulty:
        return
    try:
        read = validated(Document(name, row), Number)
    except BadInput as bad:
        for one in bad.faults:
            path = tuple(int(step) if step.isdigit() else step for step in one.place.path.split(".") if step)
            yield replace(one, place=Place(name, no, header_at(section, path)))
        return
    yield _NUMBER.dump_python(read, mode="json", by_alias=True, exclude_none=True)


def _strange(name: str, no: int, row: Row, known: Mapping[str, frozenset[str]]) -> Iterator[InputFault]:
    """What a row says that cannot be, by itself and beside the register."""
    for key, section in _REFERENCES:
        if key in row and row[key] not in known[section]:
            hint = f"add it to {section} of the register first"
            yield InputFault(Place(name, no, key), f"unknown {key}", row[key], hint)
    if "to" in row and row["to"] <= row["from"]:
        hint = f"`to` is the day after the last, and must come after `from` ({row['from']})"
        yield InputFault(Place(name, no, "to"), "period ends before it starts", row["to"], hint)


def _together(task: Task, file: sqlite3.Connection) -> Iterator[Item | InputFault]:
    """What the rows of one number say together, and what changed since the numbers in force."""
    name, changed = str(task.options["name"]), _Changed(task.options)
    listed = file.execute("SELECT number, no, content FROM listed ORDER BY number, no")
    for number, group in groupby(listed, key=_number_of):
        rows = [(no, json.loads(content)) for _, no, content in group]
        yield from _conflicts(name, rows)
        changed.look(number, [row for _, row in rows])
    if changed.rows:
        yield Item(ABOUT, changed.told())
    changed.close()


def _number_of(listed: Listed) -> str:
    return listed[0]


def _conflicts(name: str, rows: Sequence[tuple[int, Row]]) -> Iterator[InputFault]:
    standing = [(no, row) for no, row in rows if row["status"] != GIVEN_UP]
    for (before, one), (no, other) in combinations(standing, 2):
        conflict = next((why for why, is_so in CONFLICTS.items() if is_so(one, other)), None)
        if conflict and overlap(one, other):
            hint = f"row {before} has it in the same period: end one before the other starts"
            yield InputFault(Place(name, no, "number"), conflict, other["number"], hint)


class _Changed:
    """What these numbers change of those in force: the document's own, and the batch's."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._own: dict[str, list[Row]] = {}
        for row in options["numbers"]:
            self._own.setdefault(row["number"], []).append(row)
        self._base: sqlite3.Connection | None = None
        self._before = len(options["numbers"])
        if options["base"]:
            uri = f"{Path(options['base']).as_uri()}?mode=ro&immutable=1"
            self._base = sqlite3.connect(uri, uri=True)
            self._before += int(
                self._base.execute(
                    "SELECT content ->> 'rows' FROM items WHERE subject = ?", (ABOUT,)
                ).fetchone()[0]
            )
        self.rows = self._kept = self._loosens = self._tightens = 0
        self._shown: list[str] = []

    def look(self, number: str, rows: Sequence[Row]) -> None:
        """Compare the rows of one number."""
        self.rows += len(rows)
        for was, now in pairs(NUMBERS, self._rows_of(number), rows):
            self._kept += was is not None
            for one in row_changes(NUMBERS, was, now):
                self._tightens += one.tightens
                self._loosens += not one.tightens
                if not one.tightens and len(self._shown) < MOST_SHOWN:
                    self._shown.append(f"{one.subject} {one.what} {one.where}".strip())

    def told(self) -> dict[str, Any]:
        """How many rows there are, and how many changes of which direction; a number that is gone tightens."""
        gone = self._before - self._kept
        return {
            "rows": self.rows,
            "tightens": self._tightens + gone,
            "loosens": self._loosens,
            "shown": self._shown,
        }

    def close(self) -> None:
        """Done with the numbers in force."""
        if self._base is not None:
            self._base.close()

    def _rows_of(self, number: str) -> list[Row]:
        found = list(self._own.get(number, ()))
        if self._base is not None:
            wanted = "SELECT content FROM items WHERE subject = ? ORDER BY seq, no"
            found += [json.loads(one) for (one,) in self._base.execute(wanted, (number,))]
        return found
