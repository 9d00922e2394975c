"""Several users reach one controller by their group, so that a second person can be another user."""

from __future__ import annotations

import grp
import os
import stat
from pathlib import Path

import pytest
from aiohttp import web

from dialer.api.app import listening
from dialer.core.errors import BadInput


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_socket_is_its_owners_unless_a_group_is_named(tmp_path: Path) -> None:
    """Without a group nobody else may open it; with one its members may, and pass through the folder only."""
    tmp_path.chmod(0o700)
    path = tmp_path / "s"
    async with listening(web.Application(), path):
        assert (_mode(path), _mode(tmp_path)) == (0o600, 0o700)
    async with listening(web.Application(), path, "", grp.getgrgid(os.getgid()).gr_name):
        assert (_mode(path), _mode(tmp_path)) == (0o660, 0o710)


async def test_a_group_that_is_none_is_refused(tmp_path: Path) -> None:
    """Before anybody is let in."""
    with pytest.raises(BadInput, match="cannot be given the socket"):
        async with listening(web.Application(), tmp_path / "s", "", "no-such-group-here"):
            raise AssertionError("it must not listen")
