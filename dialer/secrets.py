"""Keys and passwords as files that only their owner can read. Nothing here ever shows what it holds.

Keys are files of 32 random bytes in `settings.secrets.dir`: `subject-1.key` (keyed hash of persons and
lines), `master-1.key` (wraps the keys of persons), `permit-1.key`, `permit-2.key`, … (sign permits; the
highest is current).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dialer.core.errors import BadInput, Fault, InputFault, Place

KEY_BYTES = 32
ROLES = ("subject", "master", "permit")
_NAME = re.compile(r"(subject|master|permit)-([1-9]\d{0,5})\.key")


@dataclass(frozen=True)
class Secrets:
    """The keys of one site. `permit_keys` maps a key id to its key; `permit_key_id` signs now."""

    subject_key: bytes = field(repr=False)
    subject_key_version: int
    master_key: bytes = field(repr=False)
    master_key_version: int
    permit_keys: Mapping[str, bytes] = field(repr=False)
    permit_key_id: str

    @property
    def permit_key(self) -> bytes:
        """The key that signs permits now."""
        return self.permit_keys[self.permit_key_id]

    @property
    def subject_fingerprint(self) -> str:
        """What a record may keep, to notice that it was opened with another subject key. Not secret."""
        return hashlib.sha256(b"dialer subject key\x00" + self.subject_key).hexdigest()[:32]


def ensure(folder: Path) -> Secrets:
    """The keys in `folder`; where it holds none at all they are made, 0600, and durable when this returns.

    Raises BadInput where some are there and others are not (new ones would orphan the record), where a file
    is readable by others, or where it does not hold 32 bytes; Fault where the disk takes none, none being kept.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two that start at once must not each go on with keys of their own.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not _key_files(folder):
            _create_all(folder, handle)
        return load(folder)
    finally:
        os.close(handle)


def load(folder: Path) -> Secrets:
    """The keys in `folder`. Raises BadInput with every fault found; creates nothing."""
    found: dict[str, dict[int, bytes]] = {role: {} for role in ROLES}
    faults: list[InputFault] = []
    for path in _key_files(folder):
        match = _NAME.fullmatch(path.name)
        if match is None:
            faults.append(
                _fault(
                    path, "not the name of a key", path.name, "name it like `permit-2.key`, or move it away"
                )
            )
            continue
        try:
            found[match[1]][int(match[2])] = _read_key(path)
        except BadInput as bad:
            faults += bad.faults
    if not faults:
        hint = "restore it from the backup of the keys; a new one would not fit the record"
        faults = [_fault(folder, "key missing", f"{role}-1.key", hint) for role in ROLES if not found[role]]
    if faults:
        raise BadInput(faults)
    newest = {role: max(found[role]) for role in ROLES}
    return Secrets(
        subject_key=found["subject"][newest["subject"]],
        subject_key_version=newest["subject"],
        master_key=found["master"][newest["master"]],
        master_key_version=newest["master"],
        permit_keys={str(number): key for number, key in found["permit"].items()},
        permit_key_id=str(newest["permit"]),
    )


def read_secret(path: Path) -> str:
    """The one line of text in a password or token file, without its line end.

    Raises BadInput where it is missing, empty, or readable by anybody but its owner.
    """
    text = _read_private(path).decode("utf-8", "replace").strip()
    if not text or "\n" in text:
        raise BadInput([_fault(path, "not one line of text", "", "put the password alone on one line")])
    return text


def privacy_fault(path: Path) -> InputFault | None:
    """Why a secret must not be read from `path`; None where all is well, or where nothing is there yet."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as trouble:
        return _fault(path, "cannot be looked at", trouble.strerror or "", "check the folder's permissions")
    if not stat.S_ISREG(mode):
        return _fault(path, "not a file", "", "name a file")
    if mode & 0o077:
        shown = f"{stat.S_IMODE(mode):04o}"
        return _fault(path, "a secret that others can read, mode", shown, f"chmod 600 {path}")
    return None


def _key_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.key"))


def _read_key(path: Path) -> bytes:
    key = _read_private(path)
    if len(key) != KEY_BYTES:
        hint = "restore it from the backup of the keys"
        raise BadInput([_fault(path, f"not {KEY_BYTES} bytes long but", str(len(key)), hint)])
    return key


def _read_private(path: Path) -> bytes:
    fault = privacy_fault(path)
    if fault is not None:
        raise BadInput([fault])
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput([_fault(path, "no such file", "", "create it with mode 0600")]) from None
    except OSError as trouble:
        hint = "run as the owner of the file"
        raise BadInput([_fault(path, "cannot be read", trouble.strerror or "", hint)]) from None


def _create_all(folder: Path, handle: int) -> None:
    try:
        for role in ROLES:
            _create(folder / f"{role}-1.key", os.urandom(KEY_BYTES))
        os.fsync(handle)
    except OSError as trouble:
        # Nothing was made with them yet; some of them without the others would bar every later start.
        for path in (*_key_files(folder), *folder.glob("*.draft")):
            path.unlink(missing_ok=True)
        words = (trouble.strerror or "unknown").lower()
        raise Fault(
            "sound.record", f"the keys of this site cannot be made in `{folder}`: {words}"
        ) from trouble


def _create(path: Path, key: bytes) -> None:
    # A crash half way leaves a name that is no key, and never a key that is half written.
    handle, draft = tempfile.mkstemp(suffix=".draft", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).rename(path)


def _fault(path: Path, reason: str, value: str, hint: str) -> InputFault:
    return InputFault(Place(str(path)), reason, value, hint)
