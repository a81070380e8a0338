"""Tickets have a precedence: what is done first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As call_logs/tickets/priority.py counted when this was written.
_REASONS = (
    "ticket_class = 'urgent'",
    "ticket_class = 'important'",
    "people IS NOT NULL AND people > 0",
    "major",
    "group_mark",
)
_WEIGHTS = (40, 20, 9, 6, 3)
_LAST = 58


def upgrade() -> None:
    op.add_column(
        "tickets", sa.Column("precedence", sa.SmallInteger(), nullable=False, server_default="58")
    )
    sums = " ".join(
        f"- CASE WHEN {reason} THEN {weight} ELSE 0 END"
        for reason, weight in zip(_REASONS, _WEIGHTS, strict=True)
    )
    op.execute(f"UPDATE tickets SET precedence = {_LAST} {sums}")
    # Of the few that are: SQLite would else look for those that are not in it.
    for column in ("group_id", "merged_into"):
        op.drop_index(f"ix_tickets_{column}", "tickets")
        op.create_index(
            f"ix_tickets_{column}",
            "tickets",
            [column],
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index(
        "ix_tickets_precedence",
        "tickets",
        ["precedence", "next_due_at", "id"],
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
