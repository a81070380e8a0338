"""Known faults are announced to callers, who may add themselves; two more questions have fields."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    for name in ("sound", "hurt"):
        op.add_column("tickets", sa.Column(name, sa.LargeBinary(), nullable=True))
    op.create_table(
        "faults",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("buildings", sa.Text(), nullable=False),
        sa.Column("until", moment, nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("announced_by", sa.String(100), nullable=False),
        sa.Column("announced_at", moment, nullable=False),
        sa.Column("ended_by", sa.String(100), nullable=False),
        sa.Column("ended_at", moment, nullable=True),
    )
    op.create_index("ix_faults_ended_at", "faults", ["ended_at", "until"])
    op.create_table(
        "fault_reports",
        sa.Column("fault_id", big, sa.ForeignKey("faults.id", ondelete="CASCADE"), nullable=False),
        sa.Column("ticket_id", big, nullable=False),
        sa.PrimaryKeyConstraint("fault_id", "ticket_id"),
    )
