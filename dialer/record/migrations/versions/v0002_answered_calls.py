"""Answered calls of a campaign or an enterprise are found by their instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index them."""
    for group in ("campaign", "enterprise"):
        op.create_index(
            f"ix_attempts_{group}_answered_us",
            "attempts",
            [group, "answered_us"],
            unique=False,
            sqlite_where=sa.text("answered_us IS NOT NULL"),
        )
