"""Tickets know whom they reach, who assessed them, and what their record lacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("affected", sa.String(16), nullable=True))
    op.add_column("tickets", sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("assessed_by", sa.String(100), nullable=True))
    op.add_column("tickets", sa.Column("gaps", sa.String(64), nullable=True))
