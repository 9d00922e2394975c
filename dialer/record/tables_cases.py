"""Batches of imported rows, and changes of cases. Ids, instants and tri-states as in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from dialer.record.tables import metadata

# A row is in force until `superseded_us`. `seq` is the index of its entry in the log: the order of arrival.
batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("superseded_us", BigInteger, nullable=True),
    Index("ix_batches_superseded_us", "superseded_us"),
)

# `debt` is the keyed hash of the enterprise's own id; `content` is a change as canonical JSON.
case_changes = Table(
    "case_changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("debt", LargeBinary, nullable=False),
    Column("content", Text, nullable=False),
    Index("ix_case_changes_debt", "debt"),
)
