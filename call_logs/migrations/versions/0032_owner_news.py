"""Owners are told unasked of their tickets, and called back when that was agreed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "owner_news",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column("ticket_id", big, nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("agreed_at", moment, nullable=True),
        sa.Column("told_at", moment, nullable=True),
        sa.Column("told_by", sa.String(100), nullable=False),
        sa.Column("reminded_at", moment, nullable=True),
    )
    op.create_index("ix_owner_news_state", "owner_news", ["state", "next_at"])
    op.create_index("ix_owner_news_ticket", "owner_news", ["ticket_id", "id"])
    op.create_table(
        "owner_news_tries",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column(
            "news_id", big, sa.ForeignKey("owner_news.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", moment, nullable=False),
        sa.Column("node", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
    )
    op.create_index("ix_owner_news_tries_news_id", "owner_news_tries", ["news_id"])
    op.add_column("tickets", sa.Column("news_by", sa.String(16), nullable=True))
