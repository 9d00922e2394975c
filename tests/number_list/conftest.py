"""A site of the number list in the test's own folder, with the sample register in force."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from number_list_kit import Site, register


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Its register came in force at noon."""
    made = Site(tmp_path)
    await made.put(register())
    yield made
    made.store.close()
