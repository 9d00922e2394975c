"""What is signed: a submission, or the whole list for readers. Canonical JSON, the signature beside it.

Instants are RFC 3339 UTC, days civil days of the register's zone; `to` is the day after the last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.core.entry import canonical
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.shape import instant_text
from dialer.number_list.spreadsheet import Heading, workbook_bytes
from dialer.number_list.template import Template
from dialer.policy_signature import is_signed, key_id, sign_bytes
from dialer.ports.number_list import Change, Json, Line, Prepared, Signed

SPREADSHEET, DOCUMENT = "number-list.xlsx", "number-list.json"
SIGNATURE, PUBLIC_KEY, MANIFEST = "number-list.sig", "number-list.pem", "manifest.json"


def prepared(
    ident: str,
    enterprise: Json,
    regulator: str,
    changes: Sequence[Change],
    at: datetime,
    how: Heading,
    template: Template,
) -> Prepared:
    """A submission of `changes`, not signed yet; its document names the spreadsheet's SHA-256, to cover both."""
    spreadsheet = workbook_bytes(changes, how, template)
    lines = [
        {
            "no": no,
            "change": one.kind,
            "changed_at": instant_text(one.changed_at),
            "line": one.line.content,
        }
        for no, one in enumerate(changes, start=1)
    ]
    document = canonical(
        {
            "type": "number-list-submission",
            "v": 1,
            "submission": ident,
            "enterprise": {name: enterprise[name] for name in ("id", "full_name", "uscc")},
            "regulator": regulator,
            "prepared_at": instant_text(at),
            "lines": lines,
            "spreadsheet_sha256": hashlib.sha256(spreadsheet).hexdigest(),
        }
    )
    return Prepared(ident, enterprise["id"], regulator, at, tuple(changes), document, spreadsheet)


def whole_list(enterprise: Json, regulator: str | None, lines: Iterable[Line], at: datetime) -> bytes:
    """The whole list of an enterprise for readers, not signed yet."""
    return canonical(
        {
            "type": "number-list",
            "v": 1,
            "enterprise": {name: enterprise[name] for name in ("id", "full_name", "uscc")},
            "regulator": regulator,
            "as_of": instant_text(at),
            "lines": [one.content for one in lines],
        }
    )


def signed_by(private_key: Path, content: bytes, by: str) -> Signed:
    """The signature of `by` under `content`. Raises BadInput."""
    signature, public_key = sign_bytes(private_key, content)
    return Signed(signature, public_key, key_id(public_key.encode()), by)


def trusted(content: bytes, given: Json, keys: Mapping[str, bytes], what: str) -> Signed:
    """The signature in `given` where a trusted key made it over exactly `content`. Raises BadInput."""
    public_key = str(given["public_key"]).encode()
    own = key_id(public_key)
    if own not in {key_id(one) for one in keys.values()}:
        hint = f"trusted: {', '.join(sorted(keys)) or 'none'}; see [policy] trusted_keys"
        raise _bad(what, "public_key", "this key is not trusted", own, hint)
    if not is_signed(public_key, content, str(given["signature"])):
        raise _bad(what, "signature", "the signature is wrong", str(given["signed_by"]), "sign it again")
    return Signed(str(given["signature"]), public_key.decode(), own, str(given["signed_by"]))


def files_of(row: Json) -> dict[str, bytes]:
    """What is handed over in a folder, by file name, of a signed submission as the record keeps it."""
    files = {
        SPREADSHEET: bytes(row["spreadsheet"]),
        DOCUMENT: bytes(row["document"]),
        SIGNATURE: f"{row['signature']}\n".encode(),
        PUBLIC_KEY: str(row["public_key"]).encode(),
    }
    manifest: dict[str, Any] = {
        "submission": row["id"],
        "enterprise": row["enterprise"],
        "regulator": row["regulator"],
        "signed_by": row["signed_by"],
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return {**files, MANIFEST: text.encode()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put them in a folder of their own, whole or not at all; the same again changes nothing."""
    beside = folder.with_name(folder.name + ".new")
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in files.items():
        (beside / name).write_bytes(content)
    if folder.exists():
        for name in files:
            (beside / name).replace(folder / name)
        beside.rmdir()
    else:
        beside.replace(folder)


# The first bytes of what a scanner makes.
_MEDIA = {b"%PDF-": "pdf", b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
MOST_RECEIPT = 20 * 1024 * 1024


def media_of(content: bytes, name: str) -> str:
    """`pdf`, `png` or `jpg`, by what the file is and not by what it is called. Raises BadInput."""
    if len(content) > MOST_RECEIPT:
        raise _bad(name, "", "a receipt of more bytes than fit", str(len(content)), "scan it coarser")
    for start, media in _MEDIA.items():
        if content.startswith(start):
            return media
    raise _bad(name, "", "is neither pdf, png nor jpg", "", "give the scanned receipt")


def _bad(what: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(what, path=path), reason, value, hint)])
