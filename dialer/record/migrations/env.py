"""Alembic's entry: run on the connection that the owner of the record hands over, never on one of its own."""

from __future__ import annotations

from alembic import context

from dialer.record.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False
)
context.run_migrations()
