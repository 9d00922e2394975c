"""JSON Schemas of the files that people bring, made from what reads them. `python -m dialer.file_schemas FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from dialer import list_files, preference_files
from dialer.calendar_files import NoticeShape
from dialer.core.facts import Facts
from dialer.core.rules import VOCABULARY
from dialer.number_list.template import Template
from dialer.policy_cases import CaseFile
from dialer.policy_prove import ClaimFile
from dialer.policy_shapes import RuleShape
from dialer.register_files import RegisterFile
from dialer.script_files import ScriptEntry
from dialer.settings import Settings
from dialer.tabular import MOST_SIGNS, Column

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """File name in `docs/schema` -> schema. That of a CSV file describes one row under its English headers."""
    return {
        "config.json": _of(Settings, "dialer.toml"),
        "register.json": _of(RegisterFile, "register file (YAML)"),
        "case.json": _of(CaseFile, "a case file: tests/policies/<pack>/<rule>.yaml"),
        "claims.json": _of(ClaimFile, "claims about the rules: policies/claims.yaml"),
        "calendar.json": _of(NoticeShape, "an official notice of holidays: policies/calendar-<name>.yaml"),
        "script.json": _of(list[ScriptEntry], "script file (YAML)"),
        "number-list-template.json": _of(Template, "template of the number list's spreadsheet (YAML)"),
        "rule.json": _of_rule(),
        "facts.json": _of_facts(),
        "list.json": _of_rows(list_files.COLUMNS, "list file (CSV), one row"),
        "preference.json": _of_rows(preference_files.COLUMNS, "preference file (CSV), one row"),
    }


def written(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _of(model: Any, title: str) -> dict[str, Any]:
    return {"$schema": DRAFT, **TypeAdapter(model).json_schema(by_alias=True), "title": title}


def _of_facts() -> dict[str, Any]:
    schema = TypeAdapter(Facts).json_schema()
    for one in (schema, *schema["$defs"].values()):
        if one["type"] == "object":
            one["additionalProperties"] = False
    return {"$schema": DRAFT, **_tidy(schema), "title": "the facts of one decision (docs/policy.md)"}


def _of_rule() -> dict[str, Any]:
    """A rule file, whose `params` follow the kind it names."""
    schema = TypeAdapter(RuleShape).json_schema(by_alias=True)
    schema["properties"]["kind"] = {"type": "string", "enum": sorted(VOCABULARY)}
    schema["allOf"] = []
    for name, kind in sorted(VOCABULARY.items()):
        shape: Any = kind.params
        params = TypeAdapter(shape).json_schema(by_alias=True)
        schema["$defs"] |= {**params.pop("$defs", {}), f"params_{name}": params}
        then = {"properties": {"params": {"$ref": f"#/$defs/params_{name}"}}}
        schema["allOf"].append({"if": {"properties": {"kind": {"const": name}}}, "then": then})
    return {"$schema": DRAFT, **_tidy(schema), "title": "a rule file: policies/<pack>/<rule>.yaml"}


def _tidy(schema: Any) -> Any:
    """Without titles that only repeat a name, and with the defaults of sets in order: a set has none of its own."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _tidy(one) for key, one in schema.items() if key != "title" or isinstance(one, dict)}
    if found.get("uniqueItems") and isinstance(found.get("default"), list):
        found["default"] = sorted(found["default"])
    return found


def _of_rows(columns: Sequence[Column], title: str) -> dict[str, Any]:
    return {
        "$schema": DRAFT,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            column.name: {
                "type": "string",
                "minLength": 1 if column.required else 0,
                "maxLength": MOST_SIGNS,
                "title": " / ".join(column.headers),
                "description": column.about,
            }
            for column in columns
        },
        "required": [column.name for column in columns if column.required],
    }


if __name__ == "__main__":
    for name, schema in schemas().items():
        (Path(sys.argv[1]) / name).write_text(written(schema), encoding="utf-8")
