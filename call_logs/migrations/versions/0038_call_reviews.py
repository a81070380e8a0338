"""Calls drawn for a review, with marks, remark and answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "call_reviews",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("call_id", sa.String(32), nullable=False, unique=True),
        sa.Column(
            "ticket_id", BIG_ID, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("reviewer", sa.String(100), nullable=False),
        sa.Column("reviewed_at", moment),
        sa.Column("score", sa.Integer()),
        sa.Column("answered_at", moment),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    for name in ("ticket_id", "person", "month"):
        op.create_index(f"ix_call_reviews_{name}", "call_reviews", [name])
    op.create_table(
        "call_review_versions",
        sa.Column(
            "review_id",
            BIG_ID,
            sa.ForeignKey("call_reviews.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
