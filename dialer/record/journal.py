"""A preallocated, synced file that takes an opt-out where the record cannot. It holds surrogates only.

Slots of fixed size, written in place: no block has to be found on a full disk. A slot is SHA-256 over its text,
then the length, then JSON; a slot that does not add up is one that was never finished, and was never answered.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialer.core.errors import Fault

SLOT_BYTES = 2048
SLOTS = 256
_HEAD_BYTES = 34


class Journal:
    """Opt-outs waiting for the record. Thread-safe; every write is durable when it returns. Raises Fault."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = SLOT_BYTES * SLOTS
        missing = size - os.fstat(self._file).st_size
        try:
            if missing > 0:
                os.pwrite(self._file, bytes(missing), size - missing)
            os.fsync(self._file)
        except OSError as trouble:
            raise Fault(
                "sound.record", f"the opt-out journal cannot be made: {trouble.strerror}"
            ) from trouble
        self._waiting = {number: found for number in range(SLOTS) if (found := self._read(number))}

    def waiting(self) -> dict[int, dict[str, Any]]:
        """What waits, by slot."""
        with self._lock:
            return dict(self._waiting)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def write(self, content: Mapping[str, Any]) -> None:
        """Keep `content`, durably."""
        text = json.dumps(content, ensure_ascii=True, sort_keys=True).encode()
        if len(text) > SLOT_BYTES - _HEAD_BYTES:
            raise Fault("sound.record", "an opt-out is too long for the journal")
        with self._lock:
            free = next((number for number in range(SLOTS) if number not in self._waiting), None)
            if free is None:
                raise Fault("sound.record", "the opt-out journal is full")
            slot = hashlib.sha256(text).digest() + len(text).to_bytes(2) + text
            self._put(free, slot.ljust(SLOT_BYTES, b"\x00"))
            self._waiting[free] = dict(content)

    def clear(self, slots: Mapping[int, object]) -> None:
        """Forget slots that the record has. One that could not be wiped is taken over again, which does no harm."""
        with self._lock:
            for number in slots:
                self._put(number, bytes(SLOT_BYTES))
                del self._waiting[number]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _put(self, number: int, slot: bytes) -> None:
        try:
            os.pwrite(self._file, slot, number * SLOT_BYTES)
            os.fdatasync(self._file)
        except OSError as trouble:
            raise Fault("sound.record", f"the opt-out journal: {trouble.strerror}") from trouble

    def _read(self, number: int) -> dict[str, Any] | None:
        slot = os.pread(self._file, SLOT_BYTES, number * SLOT_BYTES)
        length = int.from_bytes(slot[32:_HEAD_BYTES])
        text = slot[_HEAD_BYTES : _HEAD_BYTES + length]
        if not length or hashlib.sha256(text).digest() != slot[:32]:
            return None
        content: dict[str, Any] = json.loads(text)
        return content
