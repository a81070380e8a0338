"""A ticket can be merged into another; tickets are linked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("tickets", sa.Column("merged_into", _BIG, nullable=True))
    op.create_index("ix_tickets_merged_into", "tickets", ["merged_into"])
    op.create_table(
        "ticket_links",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column(
            "ticket_id", _BIG, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "other_id", _BIG, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
    )
    op.create_index(
        "ux_ticket_links", "ticket_links", ["ticket_id", "other_id", "kind"], unique=True
    )
    op.create_index("ix_ticket_links_other", "ticket_links", ["other_id"])
