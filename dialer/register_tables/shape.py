"""Which sheets and columns a register has: worked out from its models, so that a new field is a new column by itself.

A table in a table (`liaison`) becomes columns of its own, a list of tables (`reviews`) a sheet of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from dialer.register_files import RegisterFile

# What a cell holds. `none`: the word that says a list is empty, which is not the same as absent.
Form = Literal["text", "date", "truth", "count", "json", "none"]
Schema = Mapping[str, Any]
# What a row is named by in a sheet of its parts; the first that it has. Numbers may stand there twice.
KEYS = ("id", "document", "number", "name")
ROW_ID, PARENT = "row_id", "row"
PERIOD = ("from", "to")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: the path of keys within a row, what stands in its cells, and whether several things may.

    `nullable`: of several things, none is not the same as an empty cell.
    """

    path: tuple[str, ...]
    form: Form = "text"
    several: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    about: str = ""
    nullable: bool = False

    @property
    def name(self) -> str:
        """The English header."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Section:
    """A sheet: the path of keys that leads to its rows, its columns, and the lists of tables in its rows."""

    path: tuple[str, ...]
    fields: tuple[Field, ...]
    parts: tuple[Section, ...] = ()
    single: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        """The English name of the sheet."""
        return ".".join(self.path)

    @property
    def key(self) -> str | None:
        """The column by which a sheet of parts names a row of this one."""
        own = {field.name for field in self.fields if field.required}
        return next((name for name in KEYS if name in own), None)

    def columns(self, *, part: bool) -> tuple[Field, ...]:
        """All columns; `part`: this sheet's rows belong to rows of another."""
        above = (Field((PARENT,), required=True),) if part else ()
        return (*above, *self.fields, *((Field((ROW_ID,)),) if self.parts else ()))


@cache
def sections() -> tuple[Section, ...]:
    """The sheets of a register, in the order of its file."""
    root = TypeAdapter(RegisterFile).json_schema(by_alias=True)
    return tuple(_section(root, (name,), schema) for name, schema in root["properties"].items())


def every(
    of: tuple[Section, ...] | None = None, above: Section | None = None
) -> Iterator[tuple[Section, Section | None]]:
    """Each sheet with the one whose rows its own belong to, parents first."""
    for section in sections() if of is None else of:
        yield section, above
        yield from every(section.parts, section)


def _section(root: Schema, path: tuple[str, ...], schema: Schema) -> Section:
    whole = _resolved(root, schema)
    single = whole.get("type") != "array"
    row = whole if single else _resolved(root, whole["items"])
    fields, parts = _fields(root, path, row, ())
    # What a row is about comes before since when.
    fields.sort(key=lambda one: one.name in PERIOD)
    return Section(path, tuple(fields), tuple(parts), single, _about(row))


def _fields(
    root: Schema, above: tuple[str, ...], row: Schema, inside: tuple[str, ...]
) -> tuple[list[Field], list[Section]]:
    fields: list[Field] = []
    parts: list[Section] = []
    for name, schema in row["properties"].items():
        path = (*inside, name)
        one = _resolved(root, schema)
        if _is_table(one):
            more, deeper = _fields(root, above, one, path)
            fields += more
            parts += deeper
        elif one.get("type") == "array" and _is_table(_resolved(root, one["items"])):
            parts.append(_section(root, (*above, *path), one))
            if schema.get("default", ()) is None:
                fields.append(Field(path, "none", about=_about(schema)))
        else:
            required = not inside and name in row.get("required", ())
            field = _field(root, path, one, required=required, about=_about(schema))
            fields.append(replace(field, nullable=field.several and schema.get("default", ()) is None))
    return fields, parts


def _field(root: Schema, path: tuple[str, ...], one: Schema, *, required: bool, about: str) -> Field:
    several = one.get("type") == "array"
    item = _resolved(root, one["items"]) if several else one
    return Field(path, _form(item), several and _form(item) != "json", required, _choices(item), about)


def _form(item: Schema) -> Form:
    kind = item.get("type")
    if kind == "string":
        return "date" if item.get("format") == "date" else "text"
    forms: dict[Any, Form] = {"boolean": "truth", "integer": "count"}
    return forms.get(kind, "json")


def _choices(item: Schema) -> tuple[str, ...]:
    return tuple(str(one) for one in item.get("enum", (item["const"],) if "const" in item else ()))


def _is_table(schema: Schema) -> bool:
    return "properties" in schema


def _resolved(root: Schema, schema: Schema) -> Schema:
    """A schema without the `null` beside it, and without the name by which it is known elsewhere."""
    arms = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(arms) == 1:
        return _resolved(root, arms[0])
    if "$ref" in schema:
        return _resolved(root, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]])
    return schema


def _about(schema: Schema) -> str:
    return str(schema.get("description", ""))
