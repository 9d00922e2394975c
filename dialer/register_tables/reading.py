"""A register from a YAML file, a workbook, or a folder of CSV files: taken whole or refused whole with every fault.

A fault of a table is told with its file and sheet, row, column, value, reason and hint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import masked_in
from dialer.document_faults import nearest
from dialer.documents import Document, load_yaml
from dialer.register_ended import ended_in_use
from dialer.register_files import checked
from dialer.register_tables.cell_meaning import meaning_of
from dialer.register_tables.shape import PARENT, ROW_ID, Field, Form, Section, every
from dialer.register_tables.words import ABOUT, header, sheet_name
from dialer.tabular import Cell, Column, NotText, Wrong, is_workbook, opened
from dialer.tabular.cells import Kind, Trimmed
from dialer.tabular.columns import folded, layout_of
from dialer.tabular.csv_rows import csv_rows

LANGS = ("zh", "en")
# A register is read and checked as one: so many rows fit into memory and one request.
MOST_ROWS = 200_000
Rows = Iterator[tuple[int, Sequence[Cell]]]
KeyPath = tuple[str | int, ...]


def read_register(path: Path, now: datetime | None = None) -> dict[str, Any]:
    """The canonical document of a register, as `load_register` gives it. Raises BadInput.

    With an aware instant `now`, also for a number in use whose document has ended.
    """
    if path.is_dir():
        return _folder(path, now)
    if is_workbook(path):
        with opened(path) as book:
            sheets = [(f"{path}[{name}]", name, book.rows(name)) for name in book.names]
            return _tables(str(path), sheets, now)
    if path.suffix.lower() == ".csv":
        hint = "name the folder: a register in CSV has one file a section"
        raise BadInput([InputFault(Place(str(path)), "is one file of several", hint=hint)])
    return _content(load_yaml(path), now)


def _content(document: Document, now: datetime | None) -> dict[str, Any]:
    content = checked(document)
    if now is not None and (faults := ended_in_use(content, document, now)):
        raise BadInput(faults)
    return content


def _folder(path: Path, now: datetime | None) -> dict[str, Any]:
    files = sorted(path.glob("*.csv"))
    if not files:
        raise BadInput([InputFault(Place(str(path)), "holds no CSV file", hint="dialer register template")])
    return _tables(str(path), [(str(file), file.stem, csv_rows(file)) for file in files], now)


def _tables(file: str, sheets: Sequence[tuple[str, str, Rows]], now: datetime | None) -> dict[str, Any]:
    """The register whose sheets are given as: name for faults, name of the sheet, rows."""
    known = {
        folded(name): (section, above)
        for section, above in every()
        for name in (section.name, *(sheet_name(section, lang) for lang in LANGS))
    }
    reading = _Reading(file)
    given: dict[str, tuple[str, Section, Section | None, Rows]] = {}
    for place, name, rows in sheets:
        if folded(name) in ABOUT.values():
            continue
        if folded(name) not in known:
            names = (sheet_name(section, lang) for section, _ in every() for lang in LANGS)
            reading.fault(place, 0, "", "unknown sheet", name, nearest(name, names))
            continue
        section, above = known[folded(name)]
        if section.name in given:
            reading.fault(
                place, 0, "", "a sheet twice", name, f"keep one: `{given[section.name][0]}` is it too"
            )
            continue
        given[section.name] = (place, section, above, rows)
    # Parents come first: a row of a part names one of theirs.
    for section, above in every():
        if section.name in given:
            place, _, _, rows = given[section.name]
            reading.take(place, section, above, rows)
    return reading.finished(now)


@dataclass
class _Reading:
    """The register as far as it is read, where each row stands, and the faults so far."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[KeyPath, tuple[str, int, Section]] = field(default_factory=dict)
    labels: dict[str, dict[str, list[KeyPath]]] = field(default_factory=dict)
    faults: list[InputFault] = field(default_factory=list)
    wrong: set[KeyPath] = field(default_factory=set)

    def fault(self, file: str, row: int, column: str, reason: str, value: str = "", hint: str = "") -> None:
        shown = masked_in(value if len(value) <= 80 else f"{value[:79]}…")
        self.faults.append(InputFault(Place(file, row, column), reason, shown, hint))

    def take(self, file: str, section: Section, above: Section | None, rows: Rows) -> None:
        """The rows of one sheet."""
        fields = section.columns(part=above is not None)
        columns = [column_of(section, one) for one in fields]
        by_name = {one.name: one for one in fields}
        layout: list[Column] | None = None
        try:
            for no, cells in rows:
                if layout is None:
                    layout = layout_of(file, no, cells, columns)
                elif len(self.origins) >= MOST_ROWS:
                    hint = "lists of people, cases and preferences have files of their own"
                    self.fault(file, no, "", f"more than {MOST_ROWS} rows in all", hint=hint)
                    break
                elif cells_fit(cells, layout):
                    self._row(file, no, section, above, [by_name[one.name] for one in layout], columns, cells)
                else:
                    reason = f"the row has {len(cells)} cells, the header {len(layout)}"
                    self.fault(file, no, "", reason, hint="a value that holds a comma stands in quotes")
        except BadInput as trouble:
            self.faults += trouble.faults

    def _row(
        self,
        file: str,
        no: int,
        section: Section,
        above: Section | None,
        fields: Sequence[Field],
        columns: Sequence[Column],
        cells: Sequence[Cell],
    ) -> None:
        row: dict[str, Any] = {}
        own: dict[str, str] = {}
        bad: list[tuple[str, ...]] = []
        of = {one.name: one for one in columns}
        for one, cell in zip(fields, cells, strict=False):
            meant = meaning_of(cell, one, of[one.name]) if cell else None
            if isinstance(meant, Wrong):
                bad.append(one.path)
                text = cell.text if isinstance(cell, NotText) else cell.strip()
                self.fault(file, no, of[one.name].headers[0], meant.reason, text, meant.hint)
            elif meant is None:
                continue
            elif one.name in (ROW_ID, PARENT):
                own[one.name] = str(meant)
            else:
                put(row, one.path, meant)
        place = self._place(file, no, section, above, own, row)
        if place is not None:
            self.origins[place] = (file, no, section)
            self.wrong |= {(*place, *path) for path in bad}
            self._label(section, place, own.get(ROW_ID) or str(row.get(section.key or "", "")))

    def _place(
        self,
        file: str,
        no: int,
        section: Section,
        above: Section | None,
        own: Mapping[str, str],
        row: dict[str, Any],
    ) -> KeyPath | None:
        """Put a row where it belongs; the path that leads to it, or None where that is not plain."""
        if above is None:
            (name,) = section.path
            if section.single:
                if name in self.data:
                    self.fault(file, no, "", "a second row", hint="this sheet has one row")
                    return None
                self.data[name] = row
                return (name,)
            self.data.setdefault(name, []).append(row)
            return (name, len(self.data[name]) - 1)
        wanted = own.get(PARENT, "")
        found = self.labels.get(above.name, {}).get(wanted, [])
        if len(found) != 1:
            known = self.labels.get(above.name, {})
            several = f"{len(found)} rows go by that name: give each a `{ROW_ID}` of its own"
            hint = several if found else (nearest(wanted, known) if wanted else "name the row it belongs to")
            sheet = header(section, Field((PARENT,)), "zh")
            self.fault(file, no, sheet, f"names no one row of `{above.name}`", wanted, hint)
            return None
        inner = section.path[len(above.path) :]
        rows = _list_at(self.data, (*found[0], *inner))
        rows.append(row)
        return (*found[0], *inner, len(rows) - 1)

    def _label(self, section: Section, place: KeyPath, label: str) -> None:
        if section.parts and label:
            self.labels.setdefault(section.name, {}).setdefault(label, []).append(place)

    def finished(self, now: datetime | None) -> dict[str, Any]:
        """The whole register, checked. Raises BadInput with every fault of every sheet."""
        lines = {place: no for place, (_, no, _) in self.origins.items()}
        try:
            content = _content(Document(self.file, self.data, lines), now)
        except BadInput as trouble:
            told = [found for one in trouble.faults if (found := self._told(one)) is not None]
            # Of one cell the first fault is told; a list of rows that are all faulty is not also too short.
            first = {(one.place.file, one.place.line, one.place.path): one for one in reversed(told)}
            whole = [one for one in told if first[one.place.file, one.place.line, one.place.path] is one]
            self.faults += [one for one in whole if one.place.line] or ([] if self.faults else whole)
            raise BadInput(self.faults) from None
        if self.faults:
            raise BadInput(self.faults)
        return content

    def _told(self, fault: InputFault) -> InputFault | None:
        """A fault of the register at its cell; None where that cell was told already."""
        path: KeyPath = tuple(
            int(step) if step.isdigit() else step for step in fault.place.path.split(".") if step
        )
        if any(path[: len(one)] == one for one in self.wrong):
            return None
        length = next((n for n in range(len(path), 0, -1) if path[:n] in self.origins), 0)
        if not length:
            missing = next((one for one, _ in every() if one.path == path[:1]), None)
            hint = (
                f"fill in the sheet `{sheet_name(missing, 'zh')}` or `{missing.name}`"
                if missing
                else fault.hint
            )
            return InputFault(Place(self.file, 0, fault.place.path), fault.reason, fault.value, hint)
        file, no, section = self.origins[path[:length]]
        rest = path[length:]
        place = Place(file, no, header_at(section, rest))
        return InputFault(place, fault.reason, fault.value, fault.hint)


def header_at(section: Section, rest: KeyPath) -> str:
    """The header of the column in which the value at `rest` within a row stands."""
    for length in range(len(rest), 0, -1):
        for one in section.fields:
            if one.path == rest[:length]:
                return column_of(section, one).headers[0]
    return ".".join(str(step) for step in rest)


def column_of(section: Section, one: Field) -> Column:
    """A field as the column of a table, its headers in both languages."""
    names = dict.fromkeys(header(section, one, lang) for lang in LANGS)
    return Column(one.name, tuple(names), one.about, takes=_TAKES.get(one.form, frozenset()))


_TAKES: Mapping[Form, frozenset[Kind]] = {
    "date": frozenset({"date"}),
    "truth": frozenset({"truth"}),
    "count": frozenset({"figure"}),
}


def cells_fit(cells: Sequence[Cell], layout: Sequence[Column]) -> bool:
    """Whether a row has as many cells as its header."""
    return len(cells) == len(layout) or (isinstance(cells, Trimmed) and len(cells) < len(layout))


def put(row: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value where its path of keys leads."""
    for key in path[:-1]:
        row = row.setdefault(key, {})
    row[path[-1]] = value


def _list_at(data: Any, path: KeyPath) -> list[Any]:
    for key in path[:-1]:
        data = data.setdefault(key, {}) if isinstance(data, dict) else data[key]
    rows: list[Any] = data.setdefault(path[-1], [])
    return rows
