"""Holds: a dispute keeps a ticket, and all of its case, from being destroyed until it is lifted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from call_logs.storage.database import Database, now_of
from call_logs.storage.errors import Lacking
from call_logs.storage.readable import readable
from call_logs.tables.privacy import HoldRow
from call_logs.tickets.life import NOTE
from call_logs.tickets.rows import locked_row, write_history
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["Hold", "Holds"]


@dataclass(frozen=True)
class Hold:
    ticket_id: int
    at: datetime
    actor: str
    reason: str = field(repr=False)


class Holds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, ticket_id: int, actor: Actor, reason: str) -> Hold:
        """Keep all of a ticket until `lift`. A ticket that is held is held on, for the reason
        that was given first.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            Lacking: no reason.
        """
        actor.check(Permission.WORK_TICKETS)
        reason = _said(reason)
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            row = await session.get(HoldRow, ticket_id)
            if row is None:
                row = HoldRow(
                    ticket_id=ticket_id, at=now_of(session), actor=actor.name, reason=reason
                )
                session.add(row)
                await write_history(session, ticket, actor.name, "held", note=reason)
            return _hold(row)

    async def lift(self, ticket_id: int, actor: Actor, reason: str) -> None:
        """Its keeping times count again, from where they always began. One that is not held is
        left alone.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            Lacking: no reason.
        """
        actor.check(Permission.DESTROY)
        reason = _said(reason)
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            row = await session.get(HoldRow, ticket_id)
            if row is not None:
                await session.delete(row)
                await write_history(session, ticket, actor.name, "released", note=reason)

    async def of(self, ticket_id: int) -> Hold | None:
        async with self._database.reading() as session:
            row = await session.get(HoldRow, ticket_id)
            return None if row is None else _hold(row)

    async def all(self) -> tuple[Hold, ...]:
        """The oldest first."""
        async with self._database.reading() as session:
            query = select(HoldRow).order_by(HoldRow.at, HoldRow.ticket_id)
            return tuple(await readable(session, query, _hold))


def _said(reason: str) -> str:
    if not reason.strip():
        raise Lacking((NOTE,), "say why, for whoever finds it held in three years")
    return reason.strip()


def _hold(row: HoldRow) -> Hold:
    return Hold(row.ticket_id, row.at, row.actor, row.reason)
