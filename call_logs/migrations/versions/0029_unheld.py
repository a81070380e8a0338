"""Tickets know since when nobody holds them, where that is not since they were opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("unheld_since", sa.DateTime(timezone=True), nullable=True))
