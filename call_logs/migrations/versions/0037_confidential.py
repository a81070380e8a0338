"""Tickets may be sensitive, anonymous, or about somebody who works here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# What a program could read before, it reads on.
_READS, _SHOWN = "see_tickets", ("see_names", "see_numbers")


def upgrade() -> None:
    for column in (
        sa.Column("anonymous", sa.Boolean(), nullable=True),
        sa.Column("sensitive_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("circle", sa.String(2000), nullable=False, server_default=""),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("about_hash", sa.LargeBinary(16), nullable=True),
    ):
        op.add_column("tickets", column)
    for name in ("sensitive_at", "about_hash"):
        known = sa.column(name).is_not(None)
        op.create_index(
            f"ix_tickets_{name}", "tickets", [name], sqlite_where=known, postgresql_where=known
        )
    anonymous = sa.column("anonymous", sa.Boolean) == sa.true()
    op.create_index(
        "ix_tickets_anonymous",
        "tickets",
        ["anonymous"],
        sqlite_where=anonymous,
        postgresql_where=anonymous,
    )
    opened = sa.column("action", sa.String) == "opened"
    op.create_index(
        "ix_ticket_history_opened",
        "ticket_history",
        ["actor", "ticket_id"],
        sqlite_where=opened,
        postgresql_where=opened,
    )
    tokens = sa.table("api_tokens", sa.column("id", sa.Integer), sa.column("rights", sa.String))
    connection = op.get_bind()
    for id_, rights in connection.execute(sa.select(tokens.c.id, tokens.c.rights)).all():
        if _READS in rights.split():
            more = " ".join(sorted({*rights.split(), *_SHOWN}))
            connection.execute(tokens.update().where(tokens.c.id == id_).values(rights=more))
