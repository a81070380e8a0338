"""A ticket has a team, each of it with a duty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ticket_team",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column(
            "ticket_id", big, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("member", sa.String(100), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("duty", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(100), nullable=False),
    )
    op.create_index("ux_ticket_team", "ticket_team", ["ticket_id", "member"], unique=True)
