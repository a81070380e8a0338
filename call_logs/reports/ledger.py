"""The ledger 台账: every ticket with all that is known of it, a million of them page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from call_logs.storage.database import Database
from call_logs.storage.keys import Keys
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.calls import CallRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.listing import matching_ids
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.ticket import Ticket, TicketFilter

IDS = 10_000  # found at a time
ROWS = 100  # read at a time: about a millisecond of the event loop


@dataclass(frozen=True)
class SourceCall:
    """The call in which a ticket was opened."""

    id: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class LedgerRow:
    ticket: Ticket
    call: SourceCall | None


LedgerPages = AsyncIterator[Sequence[LedgerRow]]


async def read_ledger(
    database: Database, keys: Keys, region: str, wanted: TicketFilter
) -> LedgerPages:
    """All tickets that `wanted` finds, newest first, some at a time. Each page is a transaction
    of its own: a ticket that changes meanwhile is read as it is when its turn comes."""
    sealed = SealedRows(database, TicketRow)
    before = None
    while True:
        async with database.reading() as session:
            found = replace(wanted, before=before, limit=IDS)
            ids, _ = await matching_ids(session, keys, region, found)
        for start in range(0, len(ids[:IDS]), ROWS):
            some = ids[start : min(start + ROWS, IDS)]
            async with database.reading() as session:
                rows = await session.execute(
                    sealed.select().where(TicketRow.id.in_(some)).order_by(TicketRow.id.desc())
                )
                tickets = rows.all()
                calls = await session.execute(
                    select(CallRow.id, CallRow.started_at, CallRow.answered_at, CallRow.ended_at)
                    .join(TicketRow, TicketRow.call_id == CallRow.id)
                    .where(TicketRow.id.in_(some))
                )
                by_id = {call.id: SourceCall(*call) for call in calls}
            opened = await sealed.open(tickets, ticket_of)
            yield [_row(ticket, by_id) for ticket in opened]
        if len(ids) <= IDS:
            return
        before = ids[IDS - 1]


def _row(ticket: Ticket, calls: Mapping[Any, SourceCall]) -> LedgerRow:
    return LedgerRow(ticket, calls.get(ticket.call_id))
