"""What a company has learnt from the tickets that it closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from call_logs.storage.database import Database
from call_logs.storage.readable import readable
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.ticket import Ticket

AT_ONCE = 200  # rows that are opened without a rest


async def read_lessons(database: Database, start: datetime, end: datetime) -> tuple[Ticket, ...]:
    """The tickets that were closed from `start` on and before `end` and have lessons, in the
    order in which they were closed."""
    closed = (
        select(TicketRow.id)
        .where(
            TicketRow.closed_at >= start,
            TicketRow.closed_at < end,
            TicketRow.lessons.is_not(None),
        )
        .order_by(TicketRow.closed_at, TicketRow.id)
    )
    async with database.reading() as session:
        ids = list(await session.scalars(closed))
    found: list[Ticket] = []
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        query = (
            select(TicketRow)
            .where(TicketRow.id.in_(some))
            .order_by(TicketRow.closed_at, TicketRow.id)
        )
        async with database.reading() as session:
            tickets = await readable(session, query, ticket_of)
        found += [ticket for ticket in tickets if ticket.lessons]
    return tuple(found)
