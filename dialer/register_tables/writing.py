"""A register as YAML, as a workbook, or as a folder of CSV files. What is written reads back as the same register."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from dialer.core.errors import BadInput, InputFault, Place
from dialer.documents import plain_means_text
from dialer.register_tables.listed import joined
from dialer.register_tables.shape import PARENT, ROW_ID, Field, Section, every
from dialer.register_tables.words import choices, header, none_word, sheet_name, value
from dialer.tabular import Heading, Sheet, Value, replacing, write_csv, write_xlsx

Format = Literal["yaml", "csv", "xlsx"]
FORMATS: tuple[Format, ...] = ("yaml", "csv", "xlsx")
Json = Mapping[str, Any]
# A spreadsheet counts days from 1900, a little wrongly before March.
FIRST_DAY = date(1900, 3, 1)


def write_register(content: Json, path: Path, form: Format, lang: str = "zh") -> None:
    """Write a canonical register document to a file, or for CSV to a folder. Raises BadInput."""
    if form == "yaml":
        with replacing(path) as part:
            part.write_text(yaml_text(content), encoding="utf-8")
    elif form == "xlsx":
        write_xlsx(path, sheets(content, lang))
    else:
        write_folder(path, sheets(content, lang, every_sheet=False))


def write_folder(path: Path, written: Sequence[Sheet]) -> None:
    """Sheets as CSV files in a folder that is made. Raises BadInput for one that holds others already."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        strange = {one.name for one in path.glob("*.csv")} - {f"{one.name}.csv" for one in written}
    except OSError as trouble:
        reason = f"cannot be made: {(trouble.strerror or 'unknown').lower()}"
        raise BadInput([InputFault(Place(str(path)), reason)]) from None
    if strange:
        hint = "name a folder that is new or empty: every CSV file in it is read as part of the register"
        raise BadInput([InputFault(Place(str(path)), "holds another file", sorted(strange)[0], hint)])
    for sheet in written:
        write_csv(path / f"{sheet.name}.csv", [one.text for one in sheet.headings], sheet.rows)


def sheets(content: Json, lang: str, *, every_sheet: bool = True) -> list[Sheet]:
    """The sheets of a register; `every_sheet`: those without rows too."""
    found = []
    for section, above in every():
        rows = list(_rows(content, section, above, lang))
        if rows or every_sheet:
            found.append(Sheet(sheet_name(section, lang), headings(section, above, lang), rows))
    return found


def headings(section: Section, above: Section | None, lang: str) -> tuple[Heading, ...]:
    """The header row of a sheet. Where several words may stand in a cell, no list of single ones is offered."""
    return tuple(
        Heading(
            header(section, field, lang),
            choices=() if field.several else choices(field, lang),
            required=field.required,
        )
        for field in section.columns(part=above is not None)
    )


def yaml_text(content: Json) -> str:
    """A register as a YAML file that reads back as the same."""
    return yaml.dump(dict(content), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Text that our reader would take for something else stands in quotes."""


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None if plain_means_text(text) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _rows(content: Json, section: Section, above: Section | None, lang: str) -> Iterator[list[Value]]:
    fields = section.columns(part=above is not None)
    rows = placed(content, section.path)
    named = _names(content, section)
    parents = _names(content, above) if above else {}
    for place, row in rows:
        made: dict[str, Value] = {ROW_ID: named.get(place, (None, None))[1]}
        if above:
            made[PARENT] = parents[place[: 2 * len(above.path)]][0]
        yield [
            made.get(field.name) if field.name in (ROW_ID, PARENT) else _value(row, field, lang)
            for field in fields
        ]


# Where a row stands: key, index, key, index … of the lists that lead to it.
At = tuple[str | int, ...]


def placed(content: Json, path: tuple[str, ...]) -> list[tuple[At, Json]]:
    """The rows of a section with where they stand; a section that is one table is one row."""
    found: list[tuple[At, Any]] = [((), content)]
    for key in path:
        deeper: list[tuple[At, Any]] = []
        for place, one in found:
            inner = one.get(key) if isinstance(one, dict) else None
            if isinstance(inner, list | tuple):
                deeper += [((*place, key, index), row) for index, row in enumerate(inner)]
            elif isinstance(inner, dict):
                deeper.append(((*place, key, 0), inner))
        found = deeper
    return found


def _names(content: Json, section: Section) -> dict[At, tuple[str, str | None]]:
    """How the sheets of parts name each row, and its `row_id` where its key alone is not enough."""
    if not section.parts:
        return {}
    rows = placed(content, section.path)
    keys = {place: str(row[section.key]) if section.key else "" for place, row in rows}
    counts = Counter(keys.values())
    taken = set(keys.values())
    found: dict[At, tuple[str, str | None]] = {}
    for no, (place, _) in enumerate(rows, start=1):
        key = keys[place]
        if key and counts[key] == 1 and key == key.strip():
            found[place] = (key, None)
            continue
        name = f"{key}#{no}".strip()
        while name in taken:
            name += "#"
        taken.add(name)
        found[place] = (name, name)
    return found


def _value(row: Json, field: Field, lang: str) -> Value:
    found: Any = row
    for key in field.path:
        found = found.get(key) if isinstance(found, dict) else None
    if found is None or (field.form == "none" and found):
        return None
    if field.several and not found:
        return none_word(lang) if field.nullable else None
    if field.several:
        return joined((value(str(one), lang) if field.choices else str(one) for one in found), lang)
    return _one(found, field, lang)


def _one(found: Any, field: Field, lang: str) -> Value:
    if field.form in ("truth", "none"):
        yes_no = choices(field, lang)
        return yes_no[0] if found or field.form == "none" else yes_no[1]
    if field.form == "json":
        return json.dumps(found, ensure_ascii=False)
    if field.form == "count":
        return int(found)
    if field.form == "date" and (day := date.fromisoformat(found)) >= FIRST_DAY:
        return day
    return value(found, lang) if field.choices else str(found)
