"""What is in stock: parts and tools, taken for tickets and brought back. The balance is the sum of
all movements, none of which is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.records import WrongField
from call_logs.registers.confided import kept_back
from call_logs.registers.entry import WRITERS, entry_of
from call_logs.staff.staff import StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import NotFound
from call_logs.storage.once import first_time, key_of
from call_logs.storage.readable import readable
from call_logs.tables.register_fields import RegisterKind
from call_logs.tables.registers import RegisterEntryRow, StockMovementRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.telling import SITE, Level, write_down
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["MOST_MOVED", "BroughtTooMany", "Movement", "Stock", "TooFew"]

MOST_MOVED = 9999  # at once
SHOWN = 200  # of the latest movements
NOTE_LIMIT = 500


class TooFew(WrongField):
    """More is taken than there is."""


class BroughtTooMany(WrongField):
    """More is brought back from a ticket than was taken for it."""


@dataclass(frozen=True)
class Movement:
    """`change`: into the store; less than 0: out of it. For a ticket that is kept from whoever
    looks it says neither which nor what was noted."""

    id: int
    entry_id: int
    at: datetime
    actor: str
    change: int
    for_ticket: int | None
    note: str = field(repr=False)


class Stock:
    """Whoever works on tickets takes and brings back; what comes in without a ticket, or is
    counted anew, is for whoever writes the register."""

    def __init__(self, database: Database, staff: StaffStore) -> None:
        self._database = database
        self._staff = staff

    async def move(
        self,
        entry_id: int,
        change: int,
        actor: Actor,
        *,
        ticket_id: int | None = None,
        note: str = "",
        key: str = "",
    ) -> int:
        """Into the store, or out of it (less than 0); gives how many there are now. Under one
        `key` once. Whoever sees to it is told when that is under the minimum.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            TooFew, BroughtTooMany, WrongField: the number cannot be so.
        """
        actor.check(Permission.WORK_TICKETS)
        if ticket_id is None:
            actor.check(WRITERS[RegisterKind.STOCK])
        if not 0 < abs(change) <= MOST_MOVED:
            raise WrongField("change", f"is a number from 1 to {MOST_MOVED}")
        key = key_of(key, [change, ticket_id, note])
        staff = await self._staff.current()
        async with self._database.session() as session:
            row = await session.get(RegisterEntryRow, entry_id, with_for_update=True)
            if row is None or row.kind != RegisterKind.STOCK:
                raise NotFound("there is no such part or tool")
            if ticket_id is not None and await session.get(TicketRow, ticket_id) is None:
                raise NotFound("there is no such ticket")
            balance = await _balance(session, entry_id)
            if not await first_time(session, f"stock {entry_id}", key, actor.name):
                return balance
            if entry_of(row)["void"]:
                raise NotFound("this part or tool was entered by mistake: nothing of it moves")
            if balance + change < 0:
                raise TooFew("change", f"takes more than there are: {balance}")
            if ticket_id is not None and change > 0:
                out = -await _balance(session, entry_id, ticket_id=ticket_id)
                if change > out:
                    raise BroughtTooMany("change", f"brings back more than were taken: {out}")
            now = now_of(session)
            session.add(
                StockMovementRow(
                    entry_id=entry_id,
                    at=now,
                    actor=actor.name,
                    change=change,
                    for_ticket=ticket_id,
                    note=note.replace("\0", "").strip()[:NOTE_LIMIT],
                )
            )
            if ticket_id is not None:
                changed(session, "ticket", ticket_id)
            minimum = entry_of(row)["minimum"]
            if minimum is not None and balance >= minimum > balance + change:
                managers = staff.managers(now)
                refs = [ref_of(StaffKind.PERSON, each.id) for each in managers if each.notices]
                for party in [row.holder] if row.holder else refs or [SITE]:
                    await write_down(
                        session,
                        ticket_id=None,
                        level=Level.ENTRY_LOW,
                        moment=now,
                        party=party,
                        deadline=str(entry_id),
                    )
            return balance + change

    async def balances(self, actor: Actor) -> Mapping[int, int]:
        """How many there are of each, by the id of its entry; of what never moved nothing.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            rows = await session.execute(
                select(StockMovementRow.entry_id, func.sum(StockMovementRow.change)).group_by(
                    StockMovementRow.entry_id
                )
            )
            return {entry: int(total) for entry, total in rows}

    async def movements(
        self, actor: Actor, *, entry_id: int | None = None, ticket_id: int | None = None
    ) -> tuple[Movement, ...]:
        """The latest of a part or for a ticket, the last first.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        query = select(StockMovementRow).order_by(StockMovementRow.id.desc()).limit(SHOWN)
        if entry_id is not None:
            query = query.where(StockMovementRow.entry_id == entry_id)
        if ticket_id is not None:
            query = query.where(StockMovementRow.for_ticket == ticket_id)
        async with self._database.reading() as session:
            found = await readable(session, query, movement_of)
            hidden = await kept_back(session, (each.for_ticket for each in found))
        return tuple(
            replace(each, for_ticket=None, note="") if each.for_ticket in hidden else each
            for each in found
        )


async def _balance(session: AsyncSession, entry_id: int, *, ticket_id: int | None = None) -> int:
    """Of all movements, or of those for one ticket."""
    query = select(func.sum(StockMovementRow.change)).where(StockMovementRow.entry_id == entry_id)
    if ticket_id is not None:
        query = query.where(StockMovementRow.for_ticket == ticket_id)
    return await session.scalar(query) or 0


def movement_of(row: StockMovementRow) -> Movement:
    return Movement(
        id=row.id,
        entry_id=row.entry_id,
        at=row.at,
        actor=row.actor,
        change=row.change,
        for_ticket=row.for_ticket,
        note=row.note,
    )
