"""Tasks as whoever has them sees them: over all tickets, what is due next first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from call_logs.casework.record_store import record_of
from call_logs.casework.records import CaseRecord
from call_logs.storage.database import Database
from call_logs.storage.readable import readable
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["MOST_TASKS", "Task", "Tasks"]

MOST_TASKS = 200  # of one list


@dataclass(frozen=True)
class Task:
    """What somebody is to do, and the ticket that it is for."""

    record: CaseRecord
    ticket: Ticket
    holder: str

    def overdue(self, now: datetime) -> bool:
        due = self.record["due"]
        return due is not None and due < now


class Tasks:
    """What reads needs the right to see tickets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, holders: Collection[str], actor: Actor) -> tuple[Task, ...]:
        """What the holders (references) have not done; those with a time first, then the
        oldest, `MOST_TASKS` at most.

        Raises:
            NotAllowed.
        """
        return await self._found(actor, *_open(holders))

    async def _found(self, actor: Actor, *where: ColumnElement[bool]) -> tuple[Task, ...]:
        actor.check(Permission.SEE_TICKETS)
        query = (
            select(CaseRecordRow, TicketRow)
            .join(TicketRow, TicketRow.id == CaseRecordRow.ticket_id)
            .where(*where)
            .order_by(CaseRecordRow.due_at.is_(None), CaseRecordRow.due_at, CaseRecordRow.id)
            .limit(MOST_TASKS)
        )
        async with self._database.reading() as session:
            found = await readable(
                session,
                query,
                lambda row, ticket: Task(
                    record_of(row, actor), ticket_of(ticket), row.holder or ""
                ),
            )
        return tuple(found)

    async def of_kind(self, kind: RecordKind, actor: Actor) -> tuple[Task, ...]:
        """Every record of a kind that is held by anybody and not done, whoever has it; what is
        due first, `MOST_TASKS` at most.

        Raises:
            NotAllowed.
        """
        return await self._found(actor, CaseRecordRow.kind == kind.value, *_OPEN)

    async def count(self, holders: Collection[str], actor: Actor) -> int:
        """How many they have.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            query = select(func.count()).select_from(CaseRecordRow).where(*_open(holders))
            return await session.scalar(query) or 0


_OPEN = (CaseRecordRow.holder.is_not(None), CaseRecordRow.done_at.is_(None))


def _open(holders: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (CaseRecordRow.holder.in_(holders), *_OPEN)
