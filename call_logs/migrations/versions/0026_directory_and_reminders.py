"""Tickets are given to people and departments of the directory; reminders are written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("person", sa.String(64), nullable=True))
    op.create_index("ux_users_person", "users", ["person"], unique=True)
    op.add_column("tickets", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_tickets_remind_at", "tickets", ["remind_at"])
    op.create_table(
        "reminders",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("key", sa.String(255), nullable=False, unique=True),
        sa.Column(
            "ticket_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("tickets.id", ondelete="CASCADE"),
        ),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("deadline", sa.String(32), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("party", sa.String(100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("told", sa.String(64), nullable=False),
    )
    for name in ("ticket_id", "try_at", "ended_at"):
        op.create_index(f"ix_reminders_{name}", "reminders", [name])
    # Until now an assignee was any text, mostly a login name. What is nobody stays as it is.
    op.execute(
        "UPDATE tickets SET assignee = 'user:' || lower(assignee)"
        " WHERE length(assignee) <= 95 AND lower(assignee) IN (SELECT name FROM users)"
    )
    op.execute(
        "UPDATE tickets SET assignee = 'person:' || assignee"
        " WHERE assignee IN (SELECT id FROM roster_entries WHERE kind = 'person')"
    )
    op.execute("UPDATE tickets SET remind_at = opened_at WHERE next_due_at IS NOT NULL")
