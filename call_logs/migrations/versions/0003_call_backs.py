"""Calls that we make: which ticket a call back is about, and which way a live call went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("calls", sa.Column("ticket_id", BIG_ID, nullable=True))
    op.create_index(op.f("ix_calls_ticket_id"), "calls", ["ticket_id"], unique=False)
    op.add_column(
        "live_calls",
        sa.Column("direction", sa.String(length=3), server_default="in", nullable=False),
    )
