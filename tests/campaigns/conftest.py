"""A bench for campaigns in a folder of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from campaign_kit import Bench, Clock, ScriptedCaller

from dialer import secrets
from dialer.record.store import RecordStore


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench in this test's folder."""
    clock = Clock()
    store = RecordStore.open(
        tmp_path / "data", secrets=secrets.ensure(tmp_path / "secrets"), clock=clock, rulebooks={}
    )
    yield Bench(store, clock, ScriptedCaller())
    store.close()
