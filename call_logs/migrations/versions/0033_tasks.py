"""A task is somebody's: whoever has it is told, reminded, and finds it in a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_records", sa.Column("holder", sa.String(200), nullable=True))
    op.add_column("case_records", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    open_ = sa.text("holder IS NOT NULL AND done_at IS NULL")
    op.create_index(
        "ix_case_records_holder",
        "case_records",
        ["holder", "due_at"],
        sqlite_where=open_,
        postgresql_where=open_,
    )
    op.create_index("ix_case_records_remind_at", "case_records", ["remind_at"])
