"""What no tracked file may hold: package indexes of one machine, paths of one machine, secrets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house_reading import ROOT, tracked

# Where packages come from is the machine's business, so what installs names no host and no index.
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1|localhost|asterisk\b|controller\b|\$)[\w.-]+")
INDEX_OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host|PIP_INDEX_URL")
OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:wo" + r"rk|farm)/|\.\./sha" + r"red\b|/ro" + r"ot/|/home/[a-z]")
PRIVATE_KEY = re.compile("-----BEGIN [A-Z ]*PRIV" + "ATE KEY-----")


def _building() -> list[Path]:
    """Files that install something."""
    return [
        path
        for path in tracked()
        if path.relative_to(ROOT).parts[0] in {"scripts", ".ci", "docker"}
        or path.name in {"pyproject.toml", "requirements.lock"}
    ]


def _found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_what_installs_names_no_host_and_no_index() -> None:
    """Lock, scripts and images take packages from wherever the machine takes them."""
    assert _found(ADDRESS, _building()) == []
    assert _found(INDEX_OPTION, [path for path in tracked() if path != Path(__file__).resolve()]) == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    """Paths are relative to the clone."""
    assert _found(OF_ONE_MACHINE, tracked()) == []


def test_no_private_key_is_tracked() -> None:
    """Keys are made at first start."""
    assert _found(PRIVATE_KEY, tracked()) == []


@pytest.mark.parametrize("name", ["scripts/setup", "scripts/run", "scripts/test", ".ci/run"])
def test_every_command_stops_at_its_first_error(name: str) -> None:
    """A script that goes on after a failure reports success for work not done."""
    assert "set -euo pipefail" in (ROOT / name).read_text()


def test_what_ci_runs_is_what_everybody_runs() -> None:
    """.ci/run holds one command, and it is scripts/test."""
    lines = [
        line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert lines[0] == "set -euo pipefail"
    assert len(lines) == 2
    assert lines[1].startswith("exec ")
    assert lines[1].endswith('/scripts/test"')


def test_every_dependency_is_locked_with_its_hash() -> None:
    """Each line of the lock that names a version is followed by at least one hash."""
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9][\w.-]*==[^\\\n]+\\\n    --hash=sha256:[0-9a-f]{64}", lock, re.M)
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", lock, re.M)) > 20


def test_no_two_test_files_have_one_name() -> None:
    """Tests are found by the name of their file: the second of a name would not be run."""
    names = [path.name for path in tracked() if path.name.startswith("test_") and path.suffix == ".py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []
