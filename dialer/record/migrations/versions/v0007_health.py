"""What carriers, handsets and people say of a number; which deadlines were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their tables."""
    op.create_table(
        "number_marks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("proposed", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('complaint', 'label', 'notice', 'appeal')", name=op.f("ck_number_marks_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_marks")),
    )
    op.create_index(
        "ix_number_marks_number",
        "number_marks",
        ["number"],
        unique=False,
        sqlite_where=sa.text("closed_us IS NULL"),
    )
    op.create_table(
        "deadlines_told",
        sa.Column("deadline", sa.Text(), nullable=False),
        sa.Column("bracket_days", sa.Integer(), nullable=False),
        sa.Column("told_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("deadline", "bracket_days", name=op.f("pk_deadlines_told")),
    )
