"""Registers: skills, trainings, maintenance, stock with its movements, documents, improvements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "register_entries",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("updated_by", sa.String(100), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.String(200)),
        sa.Column("due_on", sa.Date()),
        sa.Column("remind_at", moment),
        sa.Column("after", BIG_ID),
        sa.Column("from_ticket", BIG_ID),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    for name in ("kind", "about", "remind_at", "from_ticket"):
        op.create_index(f"ix_register_entries_{name}", "register_entries", [name])
    op.create_table(
        "register_versions",
        sa.Column("entry_id", BIG_ID, _entry(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "stock_movements",
        sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
        sa.Column("entry_id", BIG_ID, _entry(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("for_ticket", BIG_ID),
        sa.Column("note", sa.LargeBinary(), nullable=False),
    )
    for name in ("entry_id", "for_ticket"):
        op.create_index(f"ix_stock_movements_{name}", "stock_movements", [name])


def _entry() -> sa.ForeignKey:
    return sa.ForeignKey("register_entries.id", ondelete="CASCADE")
