"""Whoever has a task is reminded before it is due; and with the head of the department when it was
not done in time. As of tickets, once for ever, in the hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.reminders.confided import MARKS
from call_logs.reminders.due_reminders import DueReminders
from call_logs.reminders.parties import parties
from call_logs.reminders.rules import STALE
from call_logs.staff.staff import Staff
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.telling import Level, write_down

__all__ = ["TASK_LEVELS", "TaskReminders", "task_is_open"]

TASK_LEVELS = frozenset({Level.TASK, Level.TASK_BEFORE, Level.TASK_MISSED})


class TaskReminders(DueReminders):
    _row = CaseRecordRow
    _what = "tasks"

    async def _look(self, row_id: int, staff: Staff, now: datetime) -> None:
        """In plain columns: a task with a text that cannot be opened is reminded of, too."""
        query = (
            select(
                CaseRecordRow.ticket_id,
                CaseRecordRow.holder,
                CaseRecordRow.created_at,
                CaseRecordRow.due_at,
                CaseRecordRow.done_at,
                TicketRow.category,
                TicketRow.ticket_class,
                TicketRow.closed_at,
                *MARKS,
            )
            .join(TicketRow, TicketRow.id == CaseRecordRow.ticket_id)
            .where(CaseRecordRow.id == row_id)
            .with_for_update()
        )
        async with self._database.session() as session:
            row = (await session.execute(query)).one_or_none()
            later: list[datetime] = []
            over = row is None or row.done_at is not None or row.closed_at is not None
            if row is not None and row.due_at is not None and row.holder and not over:
                opens = self._opens(row.ticket_class, now)
                before = row.due_at - self._rules.before * (row.due_at - row.created_at)
                for level, at in ((Level.TASK_BEFORE, before), (Level.TASK_MISSED, row.due_at)):
                    if at > now:
                        later.append(at)
                    elif opens > now:
                        later.append(opens)
                    elif at > now - STALE and not (
                        level is Level.TASK_BEFORE and row.due_at <= now
                    ):
                        told = parties(level, row.holder, row.category, staff, now)
                        for party in await self._confided.told(row, told, staff, now):
                            await write_down(
                                session,
                                ticket_id=row.ticket_id,
                                level=level,
                                moment=row.due_at,
                                party=party,
                            )
            await session.execute(
                update(CaseRecordRow)
                .where(CaseRecordRow.id == row_id)
                .values(remind_at=min(later, default=None))
            )


async def task_is_open(session: AsyncSession, row: ReminderRow) -> bool:
    """Whether what was written down of a task still holds: it is not done, and due at that time,
    or still theirs."""
    query = select(CaseRecordRow.id).where(
        CaseRecordRow.ticket_id == row.ticket_id,
        CaseRecordRow.holder.is_not(None),
        CaseRecordRow.done_at.is_(None),
    )
    if row.level == Level.TASK:
        query = query.where(CaseRecordRow.holder == row.party)
    else:
        query = query.where(CaseRecordRow.due_at == row.moment)
    return await session.scalar(query.limit(1)) is not None
