"""Keys of persons and lines, in a file of their own, wrapped by the master key. Destroying one erases for good."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    event,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from dialer.core.errors import Defect, Fault

NONCE_BYTES = 12
_keys = Table(
    "keys",
    MetaData(),
    Column("subject", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("master_version", Integer, nullable=False),
)


class KeyStore:
    """`keys.db`: one AES-256 key a subject. Every change is durable when its call returns. Raises Fault."""

    def __init__(self, path: Path, master_key: bytes, master_version: int) -> None:
        self._master = AESGCM(master_key)
        self._version = master_version
        self._lock = threading.Lock()
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"check_same_thread": False},
        )

        @event.listens_for(self._engine, "connect")
        def _prepare(connection: sqlite3.Connection, _record: object) -> None:
            # A destroyed key must not survive in a free page or in a log of old pages.
            for pragma in ("journal_mode = TRUNCATE", "synchronous = EXTRA", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")

        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _keys.create(self._engine, checkfirst=True)

    def make(self, subjects: Sequence[str]) -> dict[str, bytes]:
        """Make and commit a key for each of `subjects`; the keys."""
        if not subjects:
            return {}
        made = {subject: AESGCM.generate_key(256) for subject in subjects}
        rows = [
            {"subject": subject, "wrapped": self._wrap(subject, key), "master_version": self._version}
            for subject, key in made.items()
        ]
        try:
            with self._lock, self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    connection.execute(insert(_keys), rows)
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    # A failing disk may have ended the transaction already: what went wrong is the first error.
                    with suppress(DBAPIError):
                        connection.exec_driver_sql("ROLLBACK")
                    raise
        except DBAPIError as trouble:
            raise Fault("sound.record", f"the key store: {trouble.orig}") from trouble
        return made

    def key(self, subject: str) -> bytes | None:
        """The key of `subject`, None where it was destroyed or never made. Raises Defect for a wrong master key."""
        with self._lock, self._engine.connect() as connection:
            wrapped = connection.execute(select(_keys.c.wrapped).where(_keys.c.subject == subject)).scalar()
        if wrapped is None:
            return None
        try:
            return self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], subject.encode())
        except InvalidTag:
            raise Defect("the master key does not open the key store") from None

    def destroy(self, subjects: Sequence[str]) -> None:
        """Destroy keys; what they sealed can never be read again."""
        try:
            with self._lock, self._engine.connect() as connection:
                connection.execute(delete(_keys).where(_keys.c.subject.in_(subjects)))
        except DBAPIError as trouble:
            raise Fault("sound.record", f"the key store: {trouble.orig}") from trouble

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def _wrap(self, subject: str, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, key, subject.encode())


def seal(key: bytes, subject: str, field: str, plaintext: str) -> bytes:
    """Ciphertext of one field of one subject, bound to both."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), f"{subject}/{field}".encode())


def unseal(key: bytes, subject: str, field: str, ciphertext: bytes) -> str:
    """The plaintext of `seal`. Raises Defect for a wrong key."""
    try:
        bound = f"{subject}/{field}".encode()
        return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], bound).decode()
    except InvalidTag:
        raise Defect("a sealed field does not open") from None
