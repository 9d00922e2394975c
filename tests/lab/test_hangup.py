"""A refusal counts also where the hangup comes right behind it, and where the disk is full."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.lab.bench.hangup import bench_hangup

CALLS = 20


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with room for an Asterisk and a record."""
    path = Path(tempfile.mkdtemp(prefix="hangup"))
    yield path
    shutil.rmtree(path)


@pytest.mark.parametrize("full_disk", [False, True])
async def test_every_key_before_a_hangup_is_an_opt_out(folder: Path, full_disk: bool) -> None:
    """20 calls whose hangup comes 0 to 50 ms after the key: each that was told is kept, if need be in the journal."""
    told = await bench_hangup(folder, CALLS, 10, full_disk=full_disk)
    assert (told["keys_sent"], told["lost"]) == (CALLS, 0)
    # One that races its own hangup inside Asterisk is nobody's to keep.
    assert told["opt_outs_recorded"] >= CALLS - 1
    assert bool(told["through_the_journal"]) is full_disk
    assert told["outcomes"]["waits for the disk" if full_disk else "opted_out"] >= CALLS - 1
