"""What stands in the store of dispatches, their attempts and their timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select

from call_logs.dispatches.dispatch import Attempt, Dispatch, DispatchStatus
from call_logs.dispatches.events import DispatchEvent
from call_logs.dispatches.rows import attempt_of, dispatch_of, event_of
from call_logs.storage.database import Database
from call_logs.storage.errors import NotFound
from call_logs.storage.readable import readable
from call_logs.tables.dispatches import AttemptRow, DispatchEventRow, DispatchRow

__all__ = ["DispatchReader"]

Value = TypeVar("Value")


_IS_OPEN = DispatchRow.status != DispatchStatus.CLOSED.value


class DispatchReader:
    """Asks; changes nothing. A row that cannot be decrypted is left out of a list, and told to
    health."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, dispatch_id: str) -> Dispatch:
        """Raises:
        NotFound: there is no such dispatch.
        """
        async with self._database.reading() as session:
            row = await session.get(DispatchRow, dispatch_id)
            if row is None:
                raise NotFound("there is no such dispatch")
            return dispatch_of(row)

    async def open_dispatches(self) -> tuple[Dispatch, ...]:
        """Every search that is not closed, on all nodes, oldest first. Drills are none."""
        return await self._select(_IS_OPEN, DispatchRow.drill.is_(False))

    async def for_ticket(self, ticket_id: int) -> tuple[Dispatch, ...]:
        """Every dispatch of a ticket, oldest first."""
        return await self._select(DispatchRow.ticket_id == ticket_id)

    async def open_of_node(self, node: str) -> tuple[Dispatch, ...]:
        """Every search and every drill of a node that is not closed, oldest first."""
        return await self._select(_IS_OPEN, DispatchRow.node == node)

    async def drills(self, since: datetime) -> tuple[Dispatch, ...]:
        """Every drill opened since then, oldest first."""
        return await self._select(DispatchRow.drill.is_(True), DispatchRow.opened_at >= since)

    async def _select(self, *conditions: Any) -> tuple[Dispatch, ...]:
        query = select(DispatchRow).where(*conditions)
        return await self._read(query.order_by(DispatchRow.opened_at, DispatchRow.id), dispatch_of)

    async def attempts(self, dispatch_id: str) -> tuple[Attempt, ...]:
        """The rings of a dispatch in the order in which they were made."""
        query = select(AttemptRow).where(AttemptRow.dispatch_id == dispatch_id)
        return await self._read(query.order_by(AttemptRow.started_at, AttemptRow.id), attempt_of)

    async def timeline(self, dispatch_id: str) -> tuple[DispatchEvent, ...]:
        """Every step, in the order of its time."""
        query = select(DispatchEventRow).where(DispatchEventRow.dispatch_id == dispatch_id)
        return await self._read(query.order_by(DispatchEventRow.at, DispatchEventRow.id), event_of)

    async def _read(self, query: Select[Any], value: Callable[..., Value]) -> tuple[Value, ...]:
        async with self._database.reading() as session:
            return tuple(await readable(session, query, value))
