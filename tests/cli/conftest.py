"""One site with its controller, shared by the tests that only ask; and sites of one's own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from site_kit import Site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A site whose controller runs, with the sample register, scripts and preferences; no Asterisk is there."""
    # A unix socket's path is short, and a test's own folder may not be.
    with tempfile.TemporaryDirectory(prefix="site") as folder:
        made = Site(Path(folder))
        made.start()
        made.load_samples()
        yield made
        made.stop()


@pytest.fixture
def new_site() -> Iterator[Callable[..., Site]]:
    """`new_site()` makes another one; its controller is stopped after the test."""
    made: list[Site] = []
    folders: list[tempfile.TemporaryDirectory[str]] = []

    def make(offset_s: int = 0) -> Site:
        folders.append(tempfile.TemporaryDirectory(prefix="site"))
        made.append(Site(Path(folders[-1].name), offset_s))
        return made[-1]

    yield make
    for one in made:
        one.stop()
    for folder in folders:
        folder.cleanup()
