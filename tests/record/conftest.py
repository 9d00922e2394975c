"""A store on a fresh folder, with a small register, rulebook and approved script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from record_kit import Site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """`make_site(**options)` opens a store in this test's folder; what is left open is closed after the test."""
    opened: list[Site] = []

    def make(**options: Any) -> Site:
        site = Site(options.pop("folder", tmp_path), **options)
        opened.append(site)
        return site

    yield make
    for site in opened:
        site.close()
