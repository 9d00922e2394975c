"""What can be wrong with a site, looked at one by one. Nothing is changed."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dialer import secrets as secret_files
from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError
from dialer.core.errors import BadInput, DialerError
from dialer.secrets import read_secret
from dialer.settings import Settings
from dialer.wiring.site import signed_rulebook


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what was looked at, whether it is well, and what was seen."""

    name: str
    well: bool
    seen: str


async def examine(settings: Settings) -> list[Look]:
    """All looks, in the order in which one mends them."""
    return [
        _look("secrets", lambda: _secrets(settings)),
        _look("policy", lambda: _policy(settings)),
        _look("record", lambda: _record(settings.site.data_dir)),
        _look("sounds", lambda: _folder(settings.ari.sounds_dir, "sounds_dir")),
        await _asterisk(settings),
        _look("controller", lambda: _controller(settings.site.data_dir / "dialer.sock")),
    ]


def _look(name: str, at: Callable[[], str]) -> Look:
    try:
        return Look(name, True, at())
    except (DialerError, OSError) as error:
        return Look(name, False, str(error))


def _secrets(settings: Settings) -> str:
    folder = settings.secrets.dir
    if not folder.exists() or not any(folder.glob("*.key")):
        return f"none yet in {folder}: made at the first start"
    found = secret_files.load(folder)
    return f"{len(found.permit_keys)} permit keys, `{found.permit_key_id}` signs now"


def _policy(settings: Settings) -> str:
    rulebook, signature = signed_rulebook(settings)
    rules = sum(len(pack.rules) for pack in rulebook.policy.packs)
    return f"revision {rulebook.revision}, {rules} rules, signed by {signature.signed_by} on {signature.signed_at[:10]}"


def _record(data_dir: Path) -> str:
    path = data_dir / "record.db"
    if not path.exists():
        return f"none yet in {data_dir}: made at the first start"
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise OSError(f"{path} can be read by others, mode {mode:04o}\n  hint: chmod 600 {path}")
    if not os.access(path, os.W_OK):
        raise OSError(f"{path} cannot be written\n  hint: run as the user of the controller")
    free = os.statvfs(data_dir)
    return f"{path.stat().st_size // 1024} KiB, {free.f_bavail * free.f_frsize // 2**20} MiB free"


def _folder(path: Path, name: str) -> str:
    if not path.is_dir():
        raise OSError(f"{path} is no folder\n  hint: make it, or correct [ari] {name}")
    return str(path)


async def _asterisk(settings: Settings) -> Look:
    given = settings.ari
    try:
        password = read_secret(given.password_file)
        # An application of its own: the controller's must not be taken from it.
        async with AriConnection(given.url, given.user, password, f"{given.app}-doctor") as asterisk:
            identity = await asterisk.wait_connected(5.0)
            return Look("asterisk", True, f"Asterisk {identity.version} at {given.url}")
    except (AriError, BadInput) as error:
        hint = "check that Asterisk runs, and [ari] url, user, password_file and the user's ACL"
        return Look("asterisk", False, f"{error}\n  hint: {hint}")


def _controller(path: Path) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        try:
            end.connect(str(path))
        except OSError:
            return "not running"
    return f"running on {path}"
