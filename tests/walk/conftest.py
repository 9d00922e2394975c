"""A world for controllers that are killed and stopped."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from walk_world import World

from dialer.lab import asterisk_packages

Worlds = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture(scope="session")
def asterisk_root() -> Path:
    """Root below which `usr/sbin/asterisk` lies; fetched on a machine's first run."""
    return asterisk_packages.obtain()


@pytest.fixture
def world(asterisk_root: Path, request: pytest.FixtureRequest) -> Iterator[Worlds]:
    """`async with world(lanes=16, most=1) as found:` starts one; its folder is kept where the test failed."""
    root = Path(tempfile.mkdtemp(prefix="dialer-walk-"))
    failed = request.session.testsfailed

    def opened(*, lanes: int = 1, most: int = 1) -> AbstractAsyncContextManager[World]:
        return World(root, asterisk_root, lanes=lanes, most=most)

    yield opened
    if request.session.testsfailed == failed:
        shutil.rmtree(root)
