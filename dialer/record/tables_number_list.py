"""Submissions of the number list, and their receipts. Ids, instants and tri-states as in `tables`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from dialer.record.tables import metadata

# `seq` is the order in which a regulator is told. `document` is what is signed, `spreadsheet` the same as XLSX.
submissions = Table(
    "submissions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("enterprise", Text, nullable=False),
    Column("regulator", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=True),
    Column("document", LargeBinary, nullable=False),
    Column("spreadsheet", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("prepared_us", BigInteger, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("signature", Text, nullable=True),
    Column("public_key", Text, nullable=True),
    Column("signed_by", Text, nullable=True),
    Column("sent_us", BigInteger, nullable=True),
    CheckConstraint(
        "state IN ('prepared', 'signed', 'sending', 'sent', 'answered', 'dropped')", name="state"
    ),
    UniqueConstraint("seq", name="uq_submissions_seq"),
    Index("ix_submissions_enterprise_seq", "enterprise", "seq"),
)

submission_lines = Table(
    "submission_lines",
    metadata,
    Column("submission", Text, ForeignKey("submissions.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("answered_us", BigInteger, nullable=True),
    CheckConstraint("answer IN ('pending', 'acknowledged', 'rejected')", name="answer"),
)

# How far each number is, by its newest submission; `held_*` is the newest line of it that was acknowledged.
listed_numbers = Table(
    "listed_numbers",
    metadata,
    Column("enterprise", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("submission", Text, ForeignKey("submissions.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("sent_us", BigInteger, nullable=False),
    Column("held", Text, nullable=True),
    Column("held_seq", Integer, nullable=False),
    CheckConstraint("state IN ('submitted', 'acknowledged', 'rejected', 'withdrawn')", name="state"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("submission", Text, ForeignKey("submissions.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("media", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("filed_us", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Index("ix_receipts_submission", "submission"),
)
