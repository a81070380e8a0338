"""Other systems send messages that become tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "inbound_sources",
        sa.Column("id", _id(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("old_secret", sa.LargeBinary()),
        sa.Column("old_until", moment),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("last_used_at", moment),
        sa.Column("revoked_at", moment),
        sa.Column("revoked_by", sa.String(100), nullable=False),
    )
    op.create_table(
        "inbound_messages",
        sa.Column("id", _id(), primary_key=True, autoincrement=True),
        sa.Column("message_hash", sa.LargeBinary(16), nullable=False, unique=True),
        sa.Column("content_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("conversation_hash", sa.LargeBinary(16)),
        sa.Column("sender_hash", sa.LargeBinary(16)),
        sa.Column(
            "ticket_id", _id(), sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", moment, nullable=False),
    )
    for name in ("conversation_hash", "ticket_id"):
        op.create_index(f"ix_inbound_messages_{name}", "inbound_messages", [name])
