"""Files that people write: read with lines, checked strictly, refused whole with a hint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from dialer.core.errors import BadInput
from dialer.documents import Document, load_json, load_toml, load_yaml, validated


class Inner(BaseModel):
    """A nested table."""

    model_config = ConfigDict(extra="forbid")
    port: int
    host: str = ""
    api_token: int = 0


class Outer(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")
    main: Inner
    more: list[Inner] = []


LOADERS = {".yaml": load_yaml, ".toml": load_toml, ".json": load_json}
GOOD = {
    ".yaml": "main:\n  port: 1\nmore:\n  - port: 2\n  - port: 3\n",
    ".toml": "[main]\nport = 1\n[[more]]\nport = 2\n[[more]]\nport = 3\n",
    ".json": '{\n"main": {"port": 1},\n"more": [{"port": 2},\n\t{"port": 3}]}',
}
LINES = {".yaml": (2, 5), ".toml": (2, 6), ".json": (2, 4)}


def _load(tmp_path: Path, suffix: str, text: str) -> Document:
    path = tmp_path / f"file{suffix}"
    path.write_text(text, encoding="utf-8")
    return LOADERS[suffix](path)


def _faults(call: Callable[[], object]) -> list[tuple[int, str, str, str, str]]:
    with pytest.raises(BadInput) as caught:
        call()
    return [(one.place.line, one.place.path, one.reason, one.value, one.hint) for one in caught.value.faults]


@pytest.mark.parametrize("suffix", LOADERS)
def test_values_and_their_lines(tmp_path: Path, suffix: str) -> None:
    """The three formats give the same value, and know where each part stands."""
    document = _load(tmp_path, suffix, GOOD[suffix])
    assert validated(document, Outer).more[1].port == 3
    assert (document.line_of(("main", "port")), document.line_of(("more", 1, "port"))) == LINES[suffix]
    assert document.line_of(("main", "nowhere")) > 0


@pytest.mark.parametrize("suffix", LOADERS)
def test_every_fault_is_told_with_its_line(tmp_path: Path, suffix: str) -> None:
    """A misspelt key and a wrong type: both at once, each with what to write."""
    text = GOOD[suffix].replace("port", "prot", 1).replace("3", '"x"')
    path = LINES[suffix]
    faults = _faults(lambda: validated(_load(tmp_path, suffix, text), Outer))
    assert (path[0], "main.prot", "unknown key", "prot", "did you mean `port`?") in faults
    assert (path[1], "more.1.port", "wrong type or form", "x", "expected a whole number") in faults
    assert ("main.port", "missing key") in {(one[1], one[2]) for one in faults}


@pytest.mark.parametrize(
    ("suffix", "text", "line"),
    [
        (".yaml", "main:\n  port: 1\n  port: 2\n", 3),
        (".toml", "[main]\nport = 1\nport = 2\n", 3),
        (".json", '{"main": {\n"port": 1,\n"port": 2}}', 3),
    ],
)
def test_a_double_key_is_refused(tmp_path: Path, suffix: str, text: str, line: int) -> None:
    """The second of two equal keys never silently wins."""
    assert _faults(lambda: _load(tmp_path, suffix, text))[0][0] == line


@pytest.mark.parametrize(
    ("suffix", "text", "line"),
    [
        (".yaml", "main: [1\n", 2),
        (".yaml", "", 1),
        (".yaml", "a: &x 1\nb: *x\n", 2),
        (".toml", "[main]\nport =\n", 2),
        (".json", '{"main":\n}', 2),
        (".json", '{"main": NaN}', 0),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, suffix: str, text: str, line: int) -> None:
    """Broken syntax, an empty file, aliases and NaN are told with their line."""
    assert [one[0] for one in _faults(lambda: _load(tmp_path, suffix, text))] == [line]


def test_yaml_words_stay_words(tmp_path: Path) -> None:
    """Times, dates, `no` and leading zeros are text; only true, false, null and numbers are special."""
    text = "a: 22:00\nb: no\nc: 2026-01-01\nd: 0123\ne: true\nf: null\ng: 12\nh: '12'\ni: 1.5\nj: -3\n"
    assert _load(tmp_path, ".yaml", text).data == {
        "a": "22:00", "b": "no", "c": "2026-01-01", "d": "0123", "e": True,
        "f": None, "g": 12, "h": "12", "i": 1.5, "j": -3,
    }  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS.values())
def test_unreadable_files_are_told(tmp_path: Path, loader: Callable[[Path], Document]) -> None:
    """A file that is not there, or is not UTF-8, is a fault of the input and not a traceback."""
    assert "cannot be read" in _faults(lambda: loader(tmp_path / "none"))[0][2]
    path = tmp_path / "latin"
    path.write_bytes(b"a\n\xff")
    assert _faults(lambda: loader(path))[0][:3] == (2, "", "is not UTF-8 text")


def test_secrets_and_numbers_do_not_show(tmp_path: Path) -> None:
    """A wrong value is shown, but not of a secret, and a person's number only masked."""
    text = "main:\n  port: '13812345678'\n  api_token: hunter2\n"
    shown = {one[1]: one[3] for one in _faults(lambda: validated(_load(tmp_path, ".yaml", text), Outer))}
    assert shown == {"main.port": "138****5678", "main.api_token": "…"}


def test_strict_types(tmp_path: Path) -> None:
    """No type is bent into another: a number in quotes, a float or true is no whole number."""
    for value in ('"1"', "1.0", "true", "[1]"):
        assert _faults(
            lambda value=value: validated(_load(tmp_path, ".yaml", f"main: {{port: {value}}}"), Outer)
        )
