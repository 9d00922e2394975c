"""Restrictions and proposals of the register. Ids, instants and tri-states as in `tables`."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Table, Text

from dialer.record.tables import metadata

# What one person took away, over whatever register is in force. `purposes` and `products` are JSON lists.
restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("products", Text, nullable=False),
    Column("end_us", BigInteger, nullable=True),
    Column("reason", Text, nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("lifted_us", BigInteger, nullable=True),
    Column("lifted_by", Text, nullable=True),
    CheckConstraint("what IN ('suspend', 'remove', 'narrow', 'end')", name="what"),
    Index("ix_restrictions_lifted_us", "lifted_us"),
)

# What one person put forward and a second one must approve. `content` and `loosens` are JSON; `base` is the version
# of the register that it was compared with.
proposals = Table(
    "proposals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("base", Text, nullable=True),
    Column("loosens", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("decided_us", BigInteger, nullable=True),
    Column("decided_by", Text, nullable=True),
    Column("decided_why", Text, nullable=True),
    CheckConstraint("kind IN ('register', 'numbers', 'lift')", name="kind"),
    CheckConstraint("state IN ('waiting', 'approved', 'rejected')", name="state"),
    Index("ix_proposals_state", "state"),
)
