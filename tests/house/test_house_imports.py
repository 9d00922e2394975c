"""Imports run one way: what import-linter can say, and what only the syntax tree can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from house_reading import ROOT, imported, python_files

CORE = python_files("dialer/core")


def _flow() -> list[Path]:
    """place_call and every module of our own that it leads to, core and ports left out."""
    found: list[Path] = []
    waiting = [ROOT / "dialer/place_call.py"]
    while waiting:
        path = waiting.pop()
        found.append(path)
        parts = {name.split(".")[1] for name in imported(path) if name.startswith("dialer.")}
        named = [ROOT / f"dialer/{part}.py" for part in sorted(parts - {"core", "ports"})]
        waiting += [one for one in named if one.exists() and one not in found and one not in waiting]
    return found


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


def test_the_path_of_a_call_knows_ports_and_core_only() -> None:
    """place_call and its parts import dialer.ports.calls, dialer.core and each other, and no library."""
    flow = _flow()
    own = {f"dialer.{one.stem}" for one in flow}
    foreign = {
        f"{path.name}: {name}"
        for path in flow
        for name in imported(path)
        if not name.startswith(("dialer.core.", "dialer.ports.calls."))
        and name.rpartition(".")[0] not in own
        and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert len(flow) > 1
    assert foreign == set()
