"""Other systems are told what happens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "webhooks",
        sa.Column("id", _id(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(60), nullable=False, unique=True),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("events", sa.String(500), nullable=False),
        sa.Column("details", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary()),
        sa.Column("old_until", moment),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("paused_at", moment),
        sa.Column("disabled_at", moment),
        sa.Column("failing_since", moment),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rest_until", moment),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", _id(), primary_key=True, autoincrement=True),
        sa.Column("uid", sa.String(40), nullable=False, unique=True),
        sa.Column("key", sa.String(255), unique=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("lane", sa.String(64), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_webhook_events_at", "webhook_events", ["at"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _id(), primary_key=True, autoincrement=True),
        sa.Column(
            "webhook_id", _id(), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "event_id",
            _id(),
            sa.ForeignKey("webhook_events.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("lane", sa.String(64), nullable=False),
        sa.Column("try_at", moment),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", moment),
        sa.Column("status", sa.Integer()),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("ended_at", moment),
        sa.UniqueConstraint("webhook_id", "event_id"),
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_lane", "webhook_deliveries", ["webhook_id", "lane"]
    )
    for name in ("event_id", "try_at"):
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", [name])
