"""Reading what statistics count: page by page, the encrypted place opened in the background.

A place is encrypted with a nonce of its own in each row, so that no database can group by it; a
hash of it would show which homes belong together. Opening it is some microseconds a row.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute

from call_logs.calls.call import INCOMING
from call_logs.reports.statistics import TICKET_COLUMNS, Tally
from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.calls import CallRow
from call_logs.tables.tickets import TicketChangeRow, TicketRow
from call_logs.tickets.life import TicketStatus

ROWS = 200


async def count(database: Database, tally: Tally, start: datetime, end: datetime) -> None:
    """Put the tickets that were opened, and the calls that began, from `start` until before `end`
    into the tally."""
    tickets = SealedRows(database, TicketRow, TICKET_COLUMNS)
    async for rows in _pages(
        database, tickets, TicketRow.opened_at, TicketRow.id, (start, end), by="opened_at"
    ):
        await tickets.open(rows, tally.add_ticket)
        tally.reopened += await _reopened(database, [row.id for row in rows])
    columns = ("seq", "direction", "started_at", "answered_at", "ended_at", "missed")
    calls = SealedRows(database, CallRow, columns)
    async for rows in _pages(
        database, calls, CallRow.started_at, CallRow.seq, (start, end), by="started_at"
    ):
        await calls.open([row for row in rows if row.direction == INCOMING], tally.add_call)


async def _pages(
    database: Database,
    sealed: SealedRows[Any],
    at: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[int],
    period: tuple[datetime, datetime],
    *,
    by: str,
) -> AsyncIterator[Sequence[Row[Any]]]:
    """In the order of the index by time: each page goes on where the last one ended."""
    start, end = period
    query = sealed.select().where(at < end).order_by(at, key).limit(ROWS)
    further = at >= start
    while True:
        async with database.reading() as session:
            rows = (await session.execute(query.where(further))).all()
        if rows:
            yield rows
        if len(rows) < ROWS:
            return
        last, last_key = getattr(rows[-1], by), getattr(rows[-1], key.key)
        further = and_(at >= last, or_(at > last, key > last_key))


async def _reopened(database: Database, ids: Sequence[int]) -> int:
    """How many of the tickets were opened again: their histories tell."""
    moves = SealedRows(database, TicketChangeRow, ("id", "ticket_id", "changes"))
    async with database.reading() as session:
        rows = (
            await session.execute(
                moves.select().where(
                    TicketChangeRow.ticket_id.in_(ids),
                    TicketChangeRow.action == "moved",
                )
            )
        ).all()

    def reopened(row: TicketChangeRow) -> int | None:
        _, after = row.changes.get("status", (None, None))
        return row.ticket_id if after == TicketStatus.REOPENED else None

    return len(set(await moves.open(rows, reopened)) - {None})
