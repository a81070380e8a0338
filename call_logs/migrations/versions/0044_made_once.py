"""What was made under a key; the day of a piece's last maintenance that the register knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("done_once", sa.Column("made", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("equipment", sa.Column("maintained_on", sa.Date(), nullable=True))
