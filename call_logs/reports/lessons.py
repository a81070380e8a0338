"""What a company has learnt from the tickets that it closed."""

from __future__ import annotations

from datetime import datetime

from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.ticket import Ticket

AT_ONCE = 200  # rows that are opened without a rest


async def read_lessons(database: Database, start: datetime, end: datetime) -> tuple[Ticket, ...]:
    """The tickets that were closed from `start` on and before `end` and have lessons, in the
    order in which they were closed. Only a few have: of all others nothing but that is opened."""
    written = SealedRows(database, TicketRow, ("id", "lessons"))
    closed = (
        written.select()
        .where(
            TicketRow.closed_at >= start,
            TicketRow.closed_at < end,
            TicketRow.lessons.is_not(None),
            TicketRow.sensitive_at.is_(None),  # what all shall learn is not what few may know
            TicketRow.about_hash.is_(None),
        )
        .order_by(TicketRow.closed_at, TicketRow.id)
    )
    async with database.reading() as session:
        rows = (await session.execute(closed)).all()
    learnt = await written.open(rows, lambda row: row.id if row.lessons else None)
    ids = [each for each in learnt if each is not None]
    whole = SealedRows(database, TicketRow)
    found: list[Ticket] = []
    for first in range(0, len(ids), AT_ONCE):
        query = (
            whole.select()
            .where(TicketRow.id.in_(ids[first : first + AT_ONCE]))
            .order_by(TicketRow.closed_at, TicketRow.id)
        )
        async with database.reading() as session:
            some = (await session.execute(query)).all()
        found += await whole.open(some, ticket_of)
    return tuple(found)
