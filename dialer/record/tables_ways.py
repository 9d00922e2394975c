"""Whose line it is not. Ids and instants as in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from dialer.record.tables import metadata

# This person does not answer on this line: he is not called there until somebody else corrects it.
wrong_persons = Table(
    "wrong_persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("subjects.id"), nullable=False),
    Column("line", Text, ForeignKey("subjects.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("attempt", Text, nullable=True),
    Column("said_us", BigInteger, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("corrected_us", BigInteger, nullable=True),
    Column("corrected_by", Text, nullable=True),
    Index(
        "uq_wrong_persons_person_line",
        "person",
        "line",
        unique=True,
        sqlite_where=text("corrected_us IS NULL"),
    ),
)
