"""A caller who shows their number to nobody can be called back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("withheld", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("calls", "withheld")
