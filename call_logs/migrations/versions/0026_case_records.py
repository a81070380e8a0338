"""Visits, statements, tasks and hand-overs; the kind of a cause, the way to it, lessons, costs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_records",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column(
            "ticket_id", BIG_ID, sa.ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_key", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_case_records_ticket_id", "case_records", ["ticket_id"])
    op.create_index("ix_case_records_due_at", "case_records", ["due_at"])
    op.create_index("ux_case_records_added_key", "case_records", ["added_key"], unique=True)
    op.create_table(
        "case_versions",
        sa.Column(
            "record_id",
            BIG_ID,
            sa.ForeignKey("case_records.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.add_column("tickets", sa.Column("cause_kind", sa.String(64), nullable=True))
    op.add_column("tickets", sa.Column("whys", sa.LargeBinary(), nullable=True))
    op.add_column("tickets", sa.Column("lessons", sa.LargeBinary(), nullable=True))
    op.add_column("tickets", sa.Column("planned_cost", sa.BigInteger(), nullable=True))
    op.add_column("evidence", sa.Column("record_id", BIG_ID, nullable=True))
