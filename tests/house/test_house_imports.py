"""Imports run one way: what import-linter can say, and what only the syntax tree can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from house_reading import ROOT, imported, python_files

CORE = python_files("dialer/core")
# place_call and the modules that it is cut into.
FLOW = [
    path for name in ("place_call", "following", "announce") if (path := ROOT / f"dialer/{name}.py").exists()
]


def test_the_import_contracts_hold() -> None:
    """`lint-imports` keeps every contract of .importlinter."""
    words: list[str | Path] = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_core_imports_the_standard_library_only(path: Path) -> None:
    """Outside the standard library, core knows nothing but core."""
    foreign = {
        name
        for name in imported(path)
        if not name.startswith("dialer.core") and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


@pytest.mark.parametrize("path", FLOW, ids=lambda path: path.name)
def test_the_path_of_a_call_knows_ports_and_core_only(path: Path) -> None:
    """The flow imports dialer.ports.calls, dialer.core and its own parts, and no library."""
    own = {f"dialer.{one.stem}" for one in FLOW}
    foreign = {
        name
        for name in imported(path)
        if not name.startswith(("dialer.core", "dialer.ports.calls"))
        and not any(name == part or name.startswith(f"{part}.") for part in own)
        and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()
