"""A real Asterisk and a short folder for the controllers that are tried here."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dialer.lab import asterisk_packages
from dialer.lab.asterisk import LabAsterisk


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    """Root below which `usr/sbin/asterisk` lies; fetched on a machine's first run."""
    return asterisk_packages.obtain()


@pytest.fixture
def lab_asterisk(asterisk_root: Path, folder: Path) -> Iterator[Callable[..., LabAsterisk]]:
    """`lab_asterisk(app=…, trunks=…, agents=…)` starts one; it is killed after the test."""
    started: list[LabAsterisk] = []

    def start(**given: Any) -> LabAsterisk:
        started.append(LabAsterisk(folder / "asterisk", root=asterisk_root, **given))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path leaves room for a unix socket's."""
    path = Path(tempfile.mkdtemp(prefix="faults"))
    yield path
    shutil.rmtree(path)
