"""What a ticket needs on its way: its cause, the plan, and what the owner was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("cause", "plan", "result"):
        op.add_column("tickets", sa.Column(name, sa.LargeBinary(), nullable=True))
