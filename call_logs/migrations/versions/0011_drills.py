"""A drill has no ticket. The tickets that older programs made for drills go; what was rung in
them, and who answered, stays."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# SQLite only numbers rows by itself in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

HOTLINE = "hotline"  # the actor of what no person did
AT_ONCE = 500  # parameters of a statement: SQLite's oldest limit is 999

tickets = sa.table(
    "tickets", sa.column("id", BIG_ID), sa.column("kind"), sa.column("call_id", sa.String)
)
dispatches = sa.table(
    "dispatches",
    sa.column("ticket_id", BIG_ID),
    sa.column("open_key", BIG_ID),
    sa.column("drill", sa.Boolean),
)
history = sa.table(
    "ticket_history",
    sa.column("ticket_id", BIG_ID),
    sa.column("actor", sa.String),
    sa.column("action", sa.String),
)
calls = sa.table("calls", sa.column("ticket_id", BIG_ID))
requests = sa.table("requests", sa.column("ticket_id", BIG_ID))
tokens = sa.table("ticket_tokens", sa.column("ticket_id", BIG_ID))
tries = sa.table("enquiry_tries", sa.column("ticket_id", BIG_ID))


def upgrade() -> None:
    with op.batch_alter_table("dispatches") as batch:
        batch.alter_column("ticket_id", existing_type=BIG_ID, nullable=True)
    connection = op.get_bind()
    ids = _made_for_drills(connection)
    # Before their tickets go, or the dispatches would go with them.
    connection.execute(
        sa.update(dispatches).where(dispatches.c.drill).values(ticket_id=None, open_key=None)
    )
    for some in _chunks(ids):
        # SQLite has its foreign keys off while it migrates: nothing goes by itself.
        for table in (tokens, tries, history):
            connection.execute(sa.delete(table).where(table.c.ticket_id.in_(some)))
        connection.execute(sa.delete(tickets).where(tickets.c.id.in_(some)))


def _made_for_drills(connection: sa.Connection) -> list[int]:
    """Tickets that hang on a drill and on nothing else: no call, no real search, no order, and
    no person has worked on them."""
    id_ = tickets.c.id
    query = sa.select(id_).where(
        sa.exists().where(dispatches.c.ticket_id == id_, dispatches.c.drill),
        ~sa.exists().where(dispatches.c.ticket_id == id_, sa.not_(dispatches.c.drill)),
        ~sa.exists().where(calls.c.ticket_id == id_),
        ~sa.exists().where(requests.c.ticket_id == id_),
        ~sa.exists().where(
            history.c.ticket_id == id_,
            history.c.action != "opened",
            history.c.actor != HOTLINE,
        ),
        tickets.c.kind == "other",
        tickets.c.call_id.is_(None),
    )
    if connection.dialect.name == "sqlite":
        # It would give the number of the last row again, to somebody's real ticket.
        query = query.where(id_ < sa.select(sa.func.max(id_)).scalar_subquery())
    return list(connection.scalars(query.order_by(id_)))


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
