"""Owners are asked by telephone how content they are, and hear news; what they say and want stands
in the ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "surveys",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column("ticket_id", big, nullable=False),
        sa.Column("feedback_at", moment, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("answered_by", sa.String(100), nullable=False),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("managers_told_at", moment, nullable=True),
        sa.UniqueConstraint("ticket_id", "feedback_at", name="ux_surveys_telling"),
    )
    op.create_index("ix_surveys_state", "surveys", ["state", "next_at"])
    op.create_table(
        "survey_tries",
        sa.Column("id", big, primary_key=True, autoincrement=True),
        sa.Column(
            "survey_id",
            big,
            sa.ForeignKey("surveys.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", moment, nullable=False),
        sa.Column("node", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
    )
    op.create_index("ix_survey_tries_survey_id", "survey_tries", ["survey_id"])
    for name in ("news", "remark"):
        op.add_column("tickets", sa.Column(name, sa.LargeBinary(), nullable=True))
    for name in ("no_survey", "call_back"):
        op.add_column("tickets", sa.Column(name, sa.Boolean(), nullable=True))
