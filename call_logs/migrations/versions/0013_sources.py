"""How a ticket came, how often it happens, whom it affects; what makes an opening the same one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("source", sa.String(16), nullable=True))
    op.add_column("tickets", sa.Column("often", sa.LargeBinary(), nullable=True))
    op.add_column("tickets", sa.Column("reach", sa.LargeBinary(), nullable=True))
    op.add_column("tickets", sa.Column("opened_key", sa.String(64), nullable=True))
    op.create_index("ux_tickets_opened_key", "tickets", ["opened_key"], unique=True)
