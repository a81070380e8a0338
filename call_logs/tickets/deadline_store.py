"""Deadlines that people move: one of them, or all while a ticket waits. Never without a reason."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines import Deadlines
from call_logs.storage.database import Database
from call_logs.storage.errors import IllegalMove, Lacking
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.due import Changes, Deadline, WaitsFor, change_due, pause_row, resume_row
from call_logs.tickets.life import NOTE
from call_logs.tickets.owing import NewsTopic, Owing
from call_logs.tickets.rows import locked_row, ticket_of, write_history
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission


class TicketDeadlines:
    """All of these need the right to work on tickets, and a `note`. They raise NotAllowed,
    Lacking (no note), IllegalMove (the message says what stands against it), NotFound,
    VersionConflict, StoreBusy; then nothing was changed."""

    def __init__(self, database: Database, rules: Deadlines, owing: Owing) -> None:
        self._database = database
        self._rules = rules
        self._owing = owing

    async def change(
        self,
        ticket_id: int,
        deadline: Deadline,
        at: datetime,
        actor: Actor,
        note: str,
        *,
        version: int | None = None,
    ) -> Ticket:
        """Put one deadline to another time (aware), from now on."""
        async with self._row(ticket_id, actor, note, version) as (session, row):
            later = deadline is Deadline.FEEDBACK and at > row.feedback_due_at
            changes = change_due(row, deadline, at, self._database.clock.now())
            if later:
                await self._owing.owe(session, row, NewsTopic.DELAY, actor.name)
            return await self._done(session, row, actor, action="due", changes=changes, note=note)

    async def pause(
        self,
        ticket_id: int,
        waits_for: WaitsFor,
        actor: Actor,
        note: str,
        *,
        version: int | None = None,
    ) -> Ticket:
        """The ticket waits, and is not overdue meanwhile. Its next step ends that too."""
        async with self._row(ticket_id, actor, note, version) as (session, row):
            changes = pause_row(row, waits_for, self._database.clock.now())
            await self._owing.owe(session, row, NewsTopic.DELAY, actor.name)
            return await self._done(
                session, row, actor, action="paused", changes=changes, note=note
            )

    async def resume(
        self, ticket_id: int, actor: Actor, note: str, *, version: int | None = None
    ) -> Ticket:
        """It goes on: what was not due yet when it began to wait is due later by the pause,
        in working time where that counts."""
        async with self._row(ticket_id, actor, note, version) as (session, row):
            changes = await resume_row(session, row, self._rules, self._database.clock.now())
            if not changes:
                raise IllegalMove("the ticket does not wait")
            return await self._done(
                session, row, actor, action="resumed", changes=changes, note=note
            )

    @asynccontextmanager
    async def _row(
        self, ticket_id: int, actor: Actor, note: str, version: int | None
    ) -> AsyncIterator[tuple[AsyncSession, TicketRow]]:
        actor.check(Permission.WORK_TICKETS)
        if not note.strip():
            raise Lacking((NOTE,), "deadlines are moved with a reason only: write a note")
        async with self._database.session() as session:
            yield session, await locked_row(session, ticket_id, version)

    async def _done(
        self,
        session: AsyncSession,
        row: TicketRow,
        actor: Actor,
        *,
        action: str,
        changes: Changes,
        note: str,
    ) -> Ticket:
        await write_history(session, row, actor.name, action, changes=changes, note=note.strip())
        return ticket_of(row)
