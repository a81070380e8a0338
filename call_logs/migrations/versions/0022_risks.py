"""Risks are found by rules and tracked until they are lifted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "risks",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("open_key", sa.String(100), nullable=True),
        sa.Column(
            "ticket_id", _BIG, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("forecast", sa.LargeBinary(), nullable=False),
        sa.Column("measures", sa.LargeBinary(), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("log", sa.LargeBinary(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("open_key", name="uq_risks_open_key"),
    )
    op.create_index("ix_risks_ticket", "risks", ["ticket_id"])
    op.create_index("ix_risks_subject", "risks", ["kind", "subject"])
    op.create_index("ix_risks_lifted_at", "risks", ["lifted_at", "id"])
    op.create_index("ix_risks_found_at", "risks", ["found_at"])
