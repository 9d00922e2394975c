"""What a maker of batch files is given and gives: `dialer.staging` runs it in a process of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialer.core.errors import InputFault
from dialer.secrets import Secrets

# Makes one batch of several that are in force.
MERGE = "merge"
# `subject` is whatever the kind looks things up by; `seq` 0 is the batch's own, another one came by a merge.
SCHEMA = (
    "CREATE TABLE items (subject, seq INTEGER NOT NULL, no INTEGER NOT NULL, content TEXT NOT NULL,"
    " PRIMARY KEY (subject, seq, no)) WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class Task:
    """What a maker is given: the spooled bytes, its options, and the keys of the site."""

    spool: Path
    options: Mapping[str, Any]
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a batch: what it is looked up by (a keyed hash, never a person's number or id) and its content."""

    subject: bytes | str
    content: Mapping[str, Any]


# Yields rows in the order in which they count, and faults as they are met: one fault refuses the whole file.
Maker = Callable[[Task], Iterator[Item | InputFault]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of batch is made. `newest_wins`: a later batch replaces a subject, else it adds to it."""

    make: Maker
    newest_wins: bool = False


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex. Reads all of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
