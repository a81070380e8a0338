"""To whom a ticket is given: a person or a department of the directory, who is told of it.

What is given to a person who is away goes to the head or the deputy of their department.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.staff.staff import StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database
from call_logs.storage.errors import NobodyFound, StoreBusy
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.edit import TicketEdit
from call_logs.tickets.telling import Level, write_down
from call_logs.users.actor import Actor

HANDED_OVER = "handed_over"  # in a history line: from whom, who is away, to whom


@dataclass(frozen=True)
class Placed:
    """Where it goes. `away`: whom it was meant for; `tells`: it is not the giver's own; `means`:
    every reference to whoever gets it."""

    ref: str = ""
    away: str = ""
    tells: bool = False
    means: frozenset[str] = frozenset()

    def put_into(self, changes: TicketEdit) -> TicketEdit:
        if "assignee" not in changes.values:
            return changes
        return TicketEdit({**changes.values, "assignee": self.ref})

    async def told(
        self, session: AsyncSession, ticket_id: int, at: datetime
    ) -> dict[str, tuple[Any, Any]]:
        """Let whoever has it now be told; gives what the history says of it."""
        if self.ref and self.tells:
            await write_down(
                session, ticket_id=ticket_id, level=Level.ASSIGNED, moment=at, party=self.ref
            )
        return {HANDED_OVER: (self.away, self.ref)} if self.away else {}


class Placing:
    def __init__(self, database: Database, staff: StaffStore) -> None:
        self._database = database
        self._staff = staff

    async def of_new(self, actor: Actor, written: str) -> Placed:
        """Raises:
        NobodyFound: nobody in the directory is called so.
        """
        if not written:
            return Placed()
        try:
            return await self._found(actor, written)
        except StoreBusy:
            return Placed(written)  # the ticket is safe meanwhile, so this is as well

    async def of_edit(self, actor: Actor, ticket_id: int, changes: TicketEdit) -> Placed:
        """Raises:
        NobodyFound: nobody in the directory is called so, and it is not what stands there.
        """
        written = str(changes.values.get("assignee", ""))
        if not written:
            return Placed()
        try:
            return await self._found(actor, written)
        except NobodyFound:
            async with self._database.reading() as session:
                stands = await session.scalar(
                    select(TicketRow.assignee).where(TicketRow.id == ticket_id)
                )
            if stands != written:
                raise
            return Placed(written, means=frozenset({written}))

    async def _found(self, actor: Actor, written: str) -> Placed:
        staff = await self._staff.current()
        ref = staff.find(written).ref
        away = ""
        if (other := staff.stand_in(ref, self._database.clock.now())) is not None:
            away, ref = ref, ref_of(StaffKind.PERSON, other.id)
        own = actor.is_person and ref in staff.refs_of_name(actor.name)
        return Placed(ref, away, tells=not own, means=staff.same(ref))
