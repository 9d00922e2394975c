"""Whose line it is not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "wrong_persons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("said_us", sa.BigInteger(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("corrected_us", sa.BigInteger(), nullable=True),
        sa.Column("corrected_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["line"], ["subjects.id"], name=op.f("fk_wrong_persons_line")),
        sa.ForeignKeyConstraint(["person"], ["subjects.id"], name=op.f("fk_wrong_persons_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_persons")),
    )
    op.create_index(
        "uq_wrong_persons_person_line",
        "wrong_persons",
        ["person", "line"],
        unique=True,
        sqlite_where=sa.text("corrected_us IS NULL"),
    )
