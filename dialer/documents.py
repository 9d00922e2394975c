"""YAML, TOML and JSON files that people write: read with line numbers, checked by a model, refused whole.

Text is UTF-8. A key that stands twice in one table is refused. YAML is read by the core schema of YAML 1.2:
only `true`, `false`, `null` and plain decimal numbers are special, so that `22:00`, `no`, `2026-01-01` stay
text; aliases are refused. All faults raise `BadInput` with file, line, path, value and hint.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from dialer.core.errors import BadInput, InputFault, Place
from dialer.document_faults import fault_of

T = TypeVar("T")
Key = str | int
KeyPath = tuple[Key, ...]


@dataclass(frozen=True)
class Document:
    """One file: its name as shown in errors, its content as JSON's own types (TOML dates stay dates)."""

    file: str
    data: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)

    def line_of(self, path: KeyPath) -> int:
        """The line (from 1) of the value at `path`, or of the nearest thing around it; 0 where unknown."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0


def validated(document: Document, model: type[T], at: KeyPath = ()) -> T:
    """The part of `document` at `at` as an instance of `model` (anything pydantic can adapt), types strict.

    Raises BadInput with every fault found.
    """
    data = document.data
    for key in at:
        data = data[key]
    wanted: Any = model
    adapter = _adapter(wanted)
    try:
        # Through JSON, since only there strict types and lists that become sets go together.
        read: T = adapter.validate_json(json.dumps(data, default=_date_text), strict=True)
        return read
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults = [fault_of(document.file, document.line_of, adapter, data, one, at) for one in details]
    raise BadInput(faults)


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def load_yaml(path: Path) -> Document:
    """A YAML file. Raises BadInput for what is no YAML, for double keys and for aliases."""
    text = _read(path)
    lines: dict[KeyPath, int] = {}
    try:
        root = _root(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise _refused(path, mark.line + 1 if mark else 0, f"is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise _refused(path, 0, f"is not YAML: {str(error).splitlines()[0]}") from None
    if root is None:
        raise _refused(path, 1, "is empty")
    faults: list[InputFault] = []
    data = _yaml_value(str(path), root, (), lines, faults)
    if faults:
        raise BadInput(faults)
    return Document(str(path), data, lines)


def load_toml(path: Path) -> Document:
    """A TOML file. Raises BadInput for what is no TOML, double keys included."""
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        reason = re.sub(r" \(at .*\)$", "", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise _refused(path, line, f"is not TOML: {reason[:1].lower()}{reason[1:]}") from None
    return Document(str(path), data, _toml_lines(text))


def load_json(path: Path) -> Document:
    """A JSON file. Raises BadInput for what is no JSON and for double keys."""
    text = _read(path)
    doubles: list[str] = []
    try:
        data = json.loads(
            text, parse_constant=_no_constant, object_pairs_hook=lambda pairs: _table(pairs, doubles)
        )
    except json.JSONDecodeError as error:
        reason = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise _refused(path, error.lineno, reason) from None
    except ValueError as error:
        raise _refused(path, 0, f"is not JSON: {error}") from None
    lines, faults = _json_lines(path, text)
    if doubles and not faults:
        faults = [InputFault(Place(str(path)), "double key", name, "keep one") for name in doubles]
    if faults:
        raise BadInput(faults)
    return Document(str(path), data, lines)


def _table(pairs: list[tuple[str, Any]], doubles: list[str]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    doubles.extend(sorted({name for name in names if names.count(name) > 1}))
    return dict(pairs)


def _json_lines(path: Path, text: str) -> tuple[dict[KeyPath, int], list[InputFault]]:
    lines: dict[KeyPath, int] = {}
    faults: list[InputFault] = []
    # JSON is a subset of YAML but for tabs, which stand only between its tokens, and a few rare characters.
    try:
        _yaml_value(str(path), _root(text.replace("\t", " ")), (), lines, faults)
    except yaml.YAMLError:
        return {}, []
    return lines, faults


def _root(text: str) -> yaml.Node | None:
    node: yaml.Node | None = _Composer(text).get_single_node()
    return node


class _Composer(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not accepted: write it out", mark)
        return super().compose_node(parent, index)


_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"^[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?$")


def _yaml_value(
    file: str, node: yaml.Node | None, path: KeyPath, lines: dict[KeyPath, int], faults: list[InputFault]
) -> Any:
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_yaml_value(file, one, (*path, n), lines, faults) for n, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _yaml_mapping(file, node, path, lines, faults)
    return _yaml_scalar(node)


def _yaml_mapping(
    file: str, node: yaml.MappingNode, path: KeyPath, lines: dict[KeyPath, int], faults: list[InputFault]
) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value)
        if key in table:
            hint = f"it stands on line {lines[(*path, key)]} already: keep one"
            faults.append(InputFault(Place(file, line, _dotted(path)), "double key", key, hint))
            continue
        lines[(*path, key)] = line
        table[key] = _yaml_value(file, value_node, (*path, key), lines, faults)
    return table


def _yaml_scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    if getattr(node, "style", None) is not None or node.tag == "!":
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


def plain_means_text(text: str) -> bool:
    """Whether a YAML scalar without quotes is read as the text that it shows."""
    return text not in _WORDS and not _INTEGER.match(text) and not _FLOAT.match(text)


_TOML_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_TOML_KEYS = rf"{_TOML_KEY}(?:\s*\.\s*{_TOML_KEY})*"
_TOML_TABLE = re.compile(rf"^\s*(\[\[?)\s*({_TOML_KEYS})\s*\]")
_TOML_ENTRY = re.compile(rf"^\s*({_TOML_KEYS})\s*=")


def _toml_lines(text: str) -> dict[KeyPath, int]:
    """Where the keys of a valid TOML text stand; the items of a list stand where its key does."""
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TOML_TABLE.match(line):
            table = _toml_path(header.group(2))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif entry := _TOML_ENTRY.match(line):
            lines.setdefault((*table, *_toml_path(entry.group(1))), number)
    return lines


def _toml_path(text: str) -> KeyPath:
    return tuple(one.strip("\"'") for one in re.findall(_TOML_KEY, text))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _refused(path, 0, f"cannot be read: {(error.strerror or 'unknown').lower()}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _refused(path, line, "is not UTF-8 text", "save it as UTF-8") from None


def _refused(path: Path, line: int, reason: str, hint: str = "") -> BadInput:
    return BadInput([InputFault(Place(str(path), line), reason, hint=hint)])


def _no_constant(name: str) -> Any:
    raise ValueError(f"`{name}` is not a number")


def _date_text(value: Any) -> str:
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _dotted(path: KeyPath) -> str:
    return ".".join(str(one) for one in path)
