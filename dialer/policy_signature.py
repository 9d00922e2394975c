"""The compliance officer's signature under a rulebook: Ed25519 over the canonical bytes of what he signs.

Signature file `rulebook.sig.json`: {v, revision, digest, key_id, signed_at, signed_by, signature}; `signed_at`
is RFC 3339 UTC with microseconds, `signature` base64. Public keys are given raw (32 bytes) or as PEM.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import BaseModel, ConfigDict, Field

from dialer.core.entry import canonical
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.rulebook import Rulebook
from dialer.core.shape import instant_text
from dialer.documents import Document, load_json, validated

SIGNATURE_FILE = "rulebook.sig.json"
_SIGN_HINT = "let the compliance officer sign this policy set: `dialer policy sign`"


class Signature(BaseModel):
    """The content of a signature file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    v: Literal[1]
    revision: Annotated[int, Field(ge=1)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    key_id: str
    signed_at: str
    signed_by: Annotated[str, Field(min_length=1)]
    signature: str

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return canonical(
            {
                "type": "rulebook-signature",
                "v": self.v,
                "digest": self.digest,
                "revision": self.revision,
                "signed_at": self.signed_at,
                "signed_by": self.signed_by,
            }
        )


def make_key(private_path: Path, public_path: Path) -> str:
    """Make a key pair as two PEM files (the private one 0600, never overwritten) and give its id."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public_path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return _id_of(key.public_key())


def key_id(public_key: bytes) -> str:
    """The id of a public key: the first 16 hex digits of the SHA-256 of its 32 bytes. Raises BadInput."""
    return _id_of(_public(public_key))


def sign(rulebook: Rulebook, private_key_path: Path, by: str, at: datetime) -> dict[str, str | int]:
    """The signature of `by` under `rulebook` at `at` (aware), ready for JSON. Raises BadInput."""
    private = _private(private_key_path)
    unsigned = Signature(
        v=1,
        revision=rulebook.revision,
        digest=rulebook.digest,
        key_id=_id_of(private.public_key()),
        signed_at=instant_text(at.astimezone(UTC)),
        signed_by=by,
        signature="",
    )
    signature = base64.b64encode(private.sign(unsigned.signed_bytes())).decode()
    return {**unsigned.model_dump(), "signature": signature}


def sign_bytes(private_key_path: Path, content: bytes) -> tuple[str, str]:
    """The base64 signature over `content`, and the public key as PEM. Raises BadInput."""
    private = _private(private_key_path)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private.sign(content)).decode(), public.decode()


def is_signed(public_key: bytes, content: bytes, signature: str) -> bool:
    """Whether `signature` (base64) is this key's over `content`. Raises BadInput for what is no key."""
    try:
        _public(public_key).verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def write_signature(signature: Mapping[str, str | int], path: Path) -> None:
    """Put a signature file in place, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(dict(signature), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)


def verify(
    rulebook: Rulebook,
    signature: Mapping[str, str | int],
    trusted: Mapping[str, bytes],
    file: str = "signature",
) -> None:
    """Raise BadInput unless `signature` is a trusted key's, under exactly this rulebook."""
    given = validated(Document(file, dict(signature)), Signature)
    if given.digest != rulebook.digest or given.revision != rulebook.revision:
        hint = f"the policy set is `{rulebook.digest}` at revision {rulebook.revision}; {_SIGN_HINT}"
        raise _refused(file, "digest", "signed is another rulebook", given.digest, hint)
    key = next((one for name, one in trusted.items() if given.key_id in (name, key_id(one))), None)
    if key is None:
        hint = f"trusted: {', '.join(sorted(trusted)) or 'none'}; see [policy] trusted_keys"
        raise _refused(file, "key_id", "this key is not trusted", given.key_id, hint)
    try:
        _public(key).verify(base64.b64decode(given.signature, validate=True), given.signed_bytes())
    except (InvalidSignature, binascii.Error):
        raise _refused(file, "signature", "the signature is wrong", given.signed_by, _SIGN_HINT) from None


def read_signature(path: Path) -> Signature:
    """The content of a signature file. Raises BadInput where there is none or its shape is wrong."""
    if not path.exists():
        raise _refused(str(path), "", "the policy set is not signed", "", _SIGN_HINT)
    return validated(load_json(path), Signature)


def _private(path: Path) -> Ed25519PrivateKey:
    hint = "make a key pair: `dialer policy key`"
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or 'unknown').lower()}"
        raise _refused(str(path), "", reason, "", hint) from None
    except (ValueError, TypeError):
        raise _refused(str(path), "", "is no private key", "", hint) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused(str(path), "", "is no Ed25519 private key", "", hint)
    return key


def _public(content: bytes) -> Ed25519PublicKey:
    hint = "give the PEM file of an Ed25519 public key"
    try:
        if len(content) == 32:
            return Ed25519PublicKey.from_public_bytes(content)
        key = load_pem_public_key(content)
    except ValueError:
        raise _refused("[policy] trusted_keys", "", "is no public key", "", hint) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _refused("[policy] trusted_keys", "", "is no Ed25519 public key", "", hint)
    return key


def _id_of(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _refused(file: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(file, path=path), reason, value, hint)])
