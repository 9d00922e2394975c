"""The API on a fresh record."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from api_kit import Api, api_in


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    """An API of this test's own."""
    # A unix socket's path is short, and a test's own folder may not be.
    with tempfile.TemporaryDirectory(prefix="api") as folder:
        async with api_in(Path(folder)) as made:
            yield made
