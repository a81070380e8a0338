"""Walking through the tickets of a time without holding them all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.engine import Row

from call_logs.storage.database import Database
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.tickets import TicketRow

__all__ = ["pages"]

ROWS = 500


async def pages(
    database: Database, sealed: SealedRows[TicketRow], opened: Sequence[ColumnElement[bool]]
) -> AsyncIterator[Sequence[Row[Any]]]:
    """In the order of the index by time: each page goes on where the last one ended. Among the
    columns of `sealed` are `id` and `opened_at`."""
    at, key = TicketRow.opened_at, TicketRow.id
    query = sealed.select().where(*opened).order_by(at, key).limit(ROWS)
    further: ColumnElement[bool] | None = None
    while True:
        async with database.reading() as session:
            page = query if further is None else query.where(further)
            rows = (await session.execute(page)).all()
        if rows:
            yield rows
        if len(rows) < ROWS:
            return
        last = rows[-1]
        further = and_(at >= last.opened_at, or_(at > last.opened_at, key > last.id))
