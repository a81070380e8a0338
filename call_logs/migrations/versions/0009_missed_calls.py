"""Calls of which nobody learnt what the caller wanted, and who has seen to them since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "calls", sa.Column("missed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "calls", sa.Column("handled_by", sa.String(length=100), server_default="", nullable=False)
    )
    op.add_column("calls", sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_calls_missed", "calls", ["missed", "handled_at"], unique=False)
