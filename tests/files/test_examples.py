"""docs/files.md and docs/schema say what the program reads."""

from __future__ import annotations

import csv
import json
import re
import tomllib
import wave
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import dialer
from dialer.file_schemas import schemas, written
from dialer.list_files import load_list
from dialer.preference_files import PreferenceItem, load_preferences
from dialer.record.register import Register
from dialer.register_files import load_register
from dialer.script_files import load_scripts
from dialer.settings import load_settings

ROOT = Path(dialer.__file__).parent.parent
SAMPLE = ROOT / "dialer/lab/sample"
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```", re.M | re.S)


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder with every example of docs/files.md under its own name."""
    found = dict(BLOCK.findall((ROOT / "docs/files.md").read_text()))
    assert set(found) == {"dialer.toml", "register.yaml", "scripts.yaml", "list.csv", "preferences.csv"}
    for name, text in found.items():
        (tmp_path / name).write_text(text)
    with wave.open(str(tmp_path / "opening.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\x00\x01" * 8000)
    return tmp_path


def test_every_example_is_read(examples: Path) -> None:
    """What the page shows is taken without a fault, and fits together."""
    assert load_settings(examples / "dialer.toml").policy.revision == 1
    register = Register.from_document(load_register(examples / "register.yaml"))
    (script,) = load_scripts(examples / "scripts.yaml", examples / "sounds")
    listed = load_list(examples / "list.csv")
    stated = list(load_preferences(examples / "preferences.csv", zone="Asia/Shanghai"))
    assert (len(listed.items), listed.rejected) == (2, ())
    assert [type(one) for one in stated] == [PreferenceItem, PreferenceItem]
    assert register.enterprise(script.enterprise) is not None
    overrides = listed.items[0].overrides
    assert register.numbers(overrides["caller_id"])[0].agency == overrides["agency"]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_is_the_one_in_the_program(name: str) -> None:
    """docs/schema holds what the program reads by; `python -m dialer.file_schemas docs/schema` writes it anew."""
    assert (ROOT / "docs/schema" / name).read_text() == written(schemas()[name])


def _data(path: Path) -> list[Any]:
    """The content of a file as its schema describes it: one document, or a row each."""
    if path.suffix == ".csv":
        columns = {header: name for name, header in _headers(path.stem)}
        return [{columns[key]: cell for key, cell in row.items()} for row in csv.DictReader(path.open())]
    if path.suffix == ".toml":
        return [tomllib.loads(path.read_text())]
    return [yaml.load(path.read_text(), yaml.BaseLoader)]


def _headers(stem: str) -> list[tuple[str, str]]:
    rows = schemas()["list.json" if stem == "list" else "preference.json"]
    return [
        (name, header)
        for name, column in rows["properties"].items()
        for header in (name, *column["title"].split(" / "))
    ]


@pytest.mark.parametrize(
    ("file", "schema"),
    [("dialer.toml", "config"), ("list.csv", "list"), ("preferences.csv", "preference")],
)
def test_an_example_fits_its_schema(examples: Path, file: str, schema: str) -> None:
    """What the program takes, the schema takes; and a key that nobody knows, neither."""
    check = Draft202012Validator(schemas()[f"{schema}.json"])
    for one in _data(examples / file):
        assert [error.message for error in check.iter_errors(one)] == []
        assert list(check.iter_errors({**one, "unknown": "x"}))


def test_the_canonical_register_fits_the_schema_of_register_files() -> None:
    """The document that is kept is itself a register file."""
    check = Draft202012Validator(schemas()["register.json"])
    document = load_register(SAMPLE / "register.yaml")
    assert [error.message for error in check.iter_errors(document)] == []
    assert list(check.iter_errors({**document, "numbers": [{"number": "95000001"}]}))
    assert json.loads(json.dumps(document)) == document
