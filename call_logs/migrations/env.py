"""Alembic's entry: migrates over the connection that `migrate.py` hands it."""

from __future__ import annotations

from alembic import context

from call_logs.migrations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot ALTER a column or a constraint: alembic copies the table instead.
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
