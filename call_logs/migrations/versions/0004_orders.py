"""What operators ask about a ticket: requests with an outcome, searches that were ordered, and
keys of what was done already, so that asking again does nothing twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("requests", sa.Column("ticket_id", BIG_ID, nullable=True))
    op.create_index(op.f("ix_requests_ticket_id"), "requests", ["ticket_id"], unique=False)
    op.add_column(
        "requests", sa.Column("outcome", sa.String(length=32), server_default="", nullable=False)
    )
    op.add_column(
        "dispatches",
        sa.Column("ordered_by", sa.String(length=100), server_default="", nullable=False),
    )
    op.add_column(
        "dispatches",
        sa.Column("ordered_person", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column(
        "dispatches", sa.Column("once", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "done_once",
        sa.Column("key", sa.String(length=64), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(op.f("ix_done_once_at"), "done_once", ["at"], unique=False)
