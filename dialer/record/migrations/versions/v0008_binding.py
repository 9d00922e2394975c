"""A mark that changes whenever something that binds every call does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FRESH = "UPDATE binding SET mark = lower(hex(randomblob(16)))"
BINDS = ("batches", "in_force", "restrictions", "scripts", "stops")


def upgrade() -> None:
    """Make its one row, and the triggers that change it: no writer can forget to."""
    op.create_table(
        "binding",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_binding")),
    )
    op.execute("INSERT INTO binding (name, mark) VALUES ('binding', lower(hex(randomblob(16))))")
    for table in BINDS:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER binding_{table}_{verb.lower()} AFTER {verb} ON {table} BEGIN {FRESH}; END"
            )
