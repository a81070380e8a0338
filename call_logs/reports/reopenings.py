"""Tickets that were opened again: their histories tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from call_logs.reports.pages import ROWS
from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.tickets import TicketChangeRow
from call_logs.tickets.life import TicketStatus

__all__ = ["reopenings"]


async def reopenings(database: Database, tickets: Sequence[int]) -> list[tuple[int, datetime]]:
    """Which of these tickets were opened again, and when, each as often as it was."""
    moves = SealedRows(database, TicketChangeRow, ("id", "ticket_id", "at", "changes"))
    found: list[tuple[int, datetime]] = []
    for first in range(0, len(tickets), ROWS):
        query = moves.select().where(
            TicketChangeRow.ticket_id.in_(tickets[first : first + ROWS]),
            TicketChangeRow.action == "moved",
        )
        async with database.reading() as session:
            rows = (await session.execute(query)).all()
        found += [each for each in await moves.open(rows, _opened_again) if each is not None]
    return found


def _opened_again(row: TicketChangeRow) -> tuple[int, datetime] | None:
    _, after = row.changes.get("status", (None, None))
    return (row.ticket_id, row.at) if after == TicketStatus.REOPENED else None
