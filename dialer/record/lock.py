"""One process owns a record: a locked file that names its pid. The kernel lets go of it when the process dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from dialer.core.errors import Fault


class OwnerLock:
    """Held from construction to `release`. Raises Fault `sound.record` where another process holds it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise Fault("sound.record", f"the record is owned by pid {owner}") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._file)
