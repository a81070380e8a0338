"""Tickets of one case that several owners have told are joined."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "ticket_groups",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("ix_ticket_groups_status", "ticket_groups", ["status", "id"])
    op.create_table(
        "ticket_group_members",
        sa.Column(
            "group_id",
            _BIG,
            sa.ForeignKey("ticket_groups.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "ticket_id", _BIG, sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_marked", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_ticket_group_members_ticket", "ticket_group_members", ["ticket_id"])
    op.add_column("tickets", sa.Column("group_id", _BIG, nullable=True))
    op.create_index("ix_tickets_group_id", "tickets", ["group_id"])
