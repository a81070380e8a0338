"""A ticket may wait for its owner or a part, and count its deadlines from later on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tickets", sa.Column("waits_for", sa.String(16), nullable=True))
    op.add_column("tickets", sa.Column("due_from", sa.DateTime(timezone=True), nullable=True))
