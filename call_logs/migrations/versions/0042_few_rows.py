"""Indexes of the few tickets that are open, and of the few calls that are about a ticket.

With nearly all of them empty, SQLite held the index of all calls for useless and read the table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("closed_at IS NULL AND merged_into IS NULL")
    op.create_index(
        "ix_tickets_open", "tickets", ["id"], sqlite_where=is_open, postgresql_where=is_open
    )
    about = sa.text("ticket_id IS NOT NULL")
    op.drop_index("ix_calls_ticket_id", "calls")
    op.create_index(
        "ix_calls_ticket_id", "calls", ["ticket_id"], sqlite_where=about, postgresql_where=about
    )
