"""Attempts are counted by the number they came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say so of each touch, of those before too."""
    op.add_column("touches", sa.Column("caller_id", sa.Text(), nullable=True))
    op.execute(
        "UPDATE touches SET caller_id = (SELECT caller_id FROM attempts WHERE attempts.id = touches.id)"
        " WHERE kind = 'attempt'"
    )
    op.create_index(
        "ix_touches_caller_id_at_us",
        "touches",
        ["caller_id", "at_us"],
        unique=False,
        sqlite_where=sa.text("reversed = 0"),
    )
