"""What carriers, handsets and people say of a number; which deadlines were told. Ids and instants as in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, text

from dialer.record.tables import metadata

# One statement about a caller ID: a complaint, a spam label, a carrier's notice, an appeal. Open until `closed_us`.
# `what`: of a notice `warn` or `suspend`, of a label its words, of a complaint what it is about. `about`: of an appeal
# the mark it is against. A suspension is lifted by two people: the first one's verdict waits in `proposed`.
number_marks = Table(
    "number_marks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("about", Text, nullable=True),
    Column("why", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("proposed", Text, nullable=True),
    Column("proposed_by", Text, nullable=True),
    Column("closed_us", BigInteger, nullable=True),
    Column("closed_by", Text, nullable=True),
    Column("verdict", Text, nullable=True),
    Column("closed_why", Text, nullable=True),
    CheckConstraint("kind IN ('complaint', 'label', 'notice', 'appeal')", name="kind"),
    Index("ix_number_marks_number", "number", sqlite_where=text("closed_us IS NULL")),
)

# Each deadline is told once when it enters a bracket of days.
deadlines_told = Table(
    "deadlines_told",
    metadata,
    Column("deadline", Text, primary_key=True),
    Column("bracket_days", Integer, primary_key=True),
    Column("told_us", BigInteger, nullable=False),
)
