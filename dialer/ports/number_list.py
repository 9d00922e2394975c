"""The number list (号码清单): its lines, how far each is, and what the API needs of it.

A line is what a regulator is told of one number of one unit. Its content is JSON's own types: `number`, `kind`
(`voice|sms_port`), `enterprise` and `agency` (id, full_name; uscc), `liaison`, and `uses`: each with carrier, path,
purposes and civil days, `to` being the day after the last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from dialer.core.admission import Actor
from dialer.core.entry import canonical

Json = Mapping[str, Any]

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
PENDING, ACKNOWLEDGED, REJECTED = "pending", "acknowledged", "rejected"
SUBMITTED, WITHDRAWN, UNSUBMITTED = "submitted", "withdrawn", "unsubmitted"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One number of one unit. `agency` is empty where the enterprise uses the number itself."""

    enterprise: str
    number: str
    kind: str
    agency: str


@dataclass(frozen=True)
class Line:
    """What a regulator is told of one number of one unit."""

    key: Key
    content: Json

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical content: two lines that say the same have the same."""
        return hashlib.sha256(canonical(self.content)).hexdigest()


@dataclass(frozen=True, slots=True)
class Known:
    """What the record knows of a key: its newest submitted line and what the regulator took last.

    `state`: `submitted|acknowledged|rejected|withdrawn`; `digest` of the line sent last; `held` that of the line which
    the regulator acknowledged last, None where it should hold none; `content` as sent last.
    """

    key: Key
    state: str
    digest: str
    held: str | None
    content: Json
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line that the regulator must be told. `changed_at` is when the register first said so (aware)."""

    kind: str
    line: Line
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """One submission, ready to be signed: `document` is what is signed, `spreadsheet` the same as XLSX."""

    id: str
    enterprise: str
    regulator: str
    prepared_at: datetime
    changes: tuple[Change, ...]
    document: bytes
    spreadsheet: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A detached Ed25519 signature (base64) over a document, and the key (PEM) that made it."""

    signature: str
    public_key: str
    key_id: str
    signed_by: str


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What a regulator says of one line of a submission: `acknowledged` or `rejected`, with its reason."""

    no: int
    answer: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A scanned receipt (回执), kept under its SHA-256 (hex). `media`: `pdf|png|jpg`."""

    name: str
    media: str
    sha256: str
    size: int


class NumberLists(Protocol):
    """What the API asks of the number list. Every call raises BadInput for a name that nobody has."""

    async def diff(self, enterprise: str | None) -> Json:
        """What each regulator must still be told."""
        ...

    async def prepare(self, enterprise: str | None, again: bool, actor: Actor) -> Json:
        """Make a submission of each difference. `again` takes rejected lines that nobody changed as well."""
        ...

    async def document(self, submission: str) -> bytes:
        """The bytes that are signed."""
        ...

    async def sign(self, submission: str, signed: Json, actor: Actor) -> Json:
        """Keep a trusted officer's signature."""
        ...

    async def submit(self, submission: str, actor: Actor) -> Json:
        """Hand a signed submission over: to the regulator's address, else as files in a folder."""
        ...

    async def receipt(self, submission: str, given: Json, actor: Actor) -> Json:
        """File a scanned receipt; every line it does not name as rejected is acknowledged."""
        ...

    async def reconcile(self, enterprise: str | None, actor: Actor) -> Json:
        """Make both sides equal, where the regulator has an address."""
        ...

    async def submissions(self, enterprise: str | None) -> Sequence[Json]:
        """Every submission, newest first."""
        ...

    async def states(self, enterprise: str | None) -> Json:
        """How far each number is, and the hours from change to report."""
        ...

    async def changes(self, since: int) -> Json:
        """Numbers and liaison officers that changed after the cursor `since`."""
        ...

    async def publish(self, enterprise: str, signed: Json | None, actor: Actor) -> bytes | Json:
        """Without `signed`: the list to be signed. With it: keep it for readers."""
        ...

    async def published(self, enterprise: str) -> Json | None:
        """The signed list for readers: `list` (text), `signature`, `public_key`. None where that is off or unsigned."""
        ...
