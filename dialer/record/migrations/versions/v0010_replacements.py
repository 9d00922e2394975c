"""Scripts name those that take over where they are suspended or have ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add their column."""
    op.add_column(
        "scripts", sa.Column("replacements", sa.Text(), server_default=sa.text("''"), nullable=False)
    )
