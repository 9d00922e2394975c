"""The documents say what is: commands, settings, pictures, links and schemas are checked against the program."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from house_reading import ROOT, tracked
from jsonschema import Draft202012Validator
from pydantic import BaseModel

PAGES = [path for path in tracked() if path.suffix == ".md"]
SCHEMAS = sorted((ROOT / "docs/schema").glob("*.json"))
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SCRIPT = re.compile(r"(?<![\w/.])(scripts/[a-z_]+(?:\.py)?)")
COMMAND = re.compile(r"`dialer ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")


FENCED = re.compile(r"^```.*?^```", re.M | re.S)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_readme_names_the_two_commands() -> None:
    """One runs the demo, one runs the tests."""
    assert {"scripts/run", "scripts/test"} <= set(SCRIPT.findall((ROOT / "README.md").read_text()))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_script_that_a_page_names_can_be_run(page: Path) -> None:
    """It exists and is executable."""
    named = set(SCRIPT.findall(page.read_text()))
    assert {name for name in named if not os.access(ROOT / name, os.X_OK)} == set()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """A link or picture that names a file of this repository names one that is there."""
    assert [
        link for link in LINK.findall(FENCED.sub("", page.read_text())) if not (page.parent / link).exists()
    ] == []


def test_the_diagram_of_the_states_is_the_one_in_the_program() -> None:
    """docs/call.md is what scripts/draw_call_states writes."""
    assert subprocess.run([ROOT / "scripts/draw_call_states", "--check"], check=False).returncode == 0


def test_the_shapes_that_others_depend_on_have_a_schema() -> None:
    """A request and a decision, at least."""
    assert {"request.json", "decision.json"} <= {path.name for path in SCHEMAS}


def test_every_schema_is_a_schema() -> None:
    """Each declares JSON Schema 2020-12 and is valid by it."""
    assert SCHEMAS
    for path in SCHEMAS:
        schema = json.loads(path.read_text())
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", path
        Draft202012Validator.check_schema(schema)


def _settings(model: type[BaseModel], prefix: str = "") -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += _settings(inner, f"{prefix}{name}.")
        else:
            names.append(prefix + name)
    return names


def _told() -> set[str]:
    """`section.key` of every key that docs/settings.md has in the first column below a heading [section]."""
    told, section = set(), ""
    for line in (ROOT / "docs/settings.md").read_text().splitlines():
        if heading := re.match(r"## `\[(\w+)\]`", line):
            section = heading[1]
        elif line.startswith("| `"):
            told |= {f"{section}.{key}" for key in re.findall(r"`(\w+)`", line.split("|")[1])}
    return told


def test_every_setting_is_documented_and_no_other() -> None:
    """docs/settings.md has each key of dialer.toml below the heading of its section."""
    from dialer.settings import Settings

    assert _told() == set(_settings(Settings))


def _commands(group: Any, above: str = "") -> set[str]:
    if not hasattr(group, "commands"):
        return {above.strip()}
    return {name for word, one in group.commands.items() for name in _commands(one, f"{above} {word}")}


def _typer_commands() -> set[str]:
    from dialer.cli import app

    return _commands(typer.main.get_command(app))


def _documented(page: Path) -> set[str]:
    return set(COMMAND.findall(page.read_text()))


def test_every_command_is_documented() -> None:
    """docs/cli.md names each command of `dialer`."""
    told = _documented(ROOT / "docs/cli.md")
    assert {
        name for name in _typer_commands() if not any(f"{one} ".startswith(f"{name} ") for one in told)
    } == set()


def test_every_command_that_a_page_names_exists() -> None:
    """No page names a command that `dialer` does not have."""
    commands = _typer_commands()
    groups = {" ".join(name.split()[:n]) for name in commands for n in range(1, len(name.split()) + 1)}
    unknown = {
        f"{_name(page)}: dialer {name}"
        for page in PAGES
        for name in _documented(page)
        if not any(f"{name} ".startswith(f"{one} ") for one in groups)
    }
    assert unknown == set()
