"""Entries of the registers whose day comes near: a certificate that ends, a maintenance, a training
to be repeated, an improvement. Whoever has it is told before, and with the head on the day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.registers.entry import WARNED
from call_logs.reminders.due_reminders import DueReminders
from call_logs.reminders.parties import parties
from call_logs.reminders.rules import STALE
from call_logs.roster.shifts import moment
from call_logs.staff.staff import Staff
from call_logs.tables.register_fields import RegisterKind
from call_logs.tables.registers import RegisterEntryRow
from call_logs.tables.reminders import ReminderRow
from call_logs.tickets.telling import Level, write_down

__all__ = ["ENTRY_LEVELS", "EntryReminders", "entry_is_so"]

_DATED = frozenset({Level.ENTRY_BEFORE, Level.ENTRY_DUE})
ENTRY_LEVELS = _DATED | {Level.ENTRY_LOW, Level.ENTRY_NEW}
MORNING = time(8)
# As tasks are told of: with the head above when the day has come.
_AS = {Level.ENTRY_BEFORE: Level.TASK_BEFORE, Level.ENTRY_DUE: Level.TASK_MISSED}


class EntryReminders(DueReminders):
    _row = RegisterEntryRow
    _what = "entries of registers"

    async def _look(self, row_id: int, staff: Staff, now: datetime) -> None:
        async with self._database.session() as session:
            row = await session.get(RegisterEntryRow, row_id, with_for_update=True)
            if row is None:
                return
            later: list[datetime] = []
            if row.due_on is not None:
                due = _morning(row.due_on, self._zone)
                before = due - timedelta(days=WARNED[RegisterKind(row.kind)].days)
                for level, at in ((Level.ENTRY_BEFORE, before), (Level.ENTRY_DUE, due)):
                    if at > now:
                        later.append(at)
                        continue
                    # What was entered on a day within the time before it is told of at once.
                    if level is Level.ENTRY_BEFORE and due <= now:
                        continue
                    if level is Level.ENTRY_DUE and at <= now - STALE:
                        continue
                    for party in parties(_AS[level], row.holder or "", "", staff, now):
                        await write_down(
                            session,
                            ticket_id=None,
                            level=level,
                            moment=due,
                            party=party,
                            deadline=str(row.id),
                        )
            row.remind_at = min(later, default=None)


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return moment(day, MORNING, zone)


async def entry_is_so(session: AsyncSession, row: ReminderRow, zone: ZoneInfo) -> bool:
    """Whether what was written down still holds: the day is the same one, and not seen to."""
    entry = await session.get(RegisterEntryRow, int(row.deadline))
    if entry is None:
        return False
    if Level(row.level) not in _DATED:
        return True
    return entry.due_on is not None and _morning(entry.due_on, zone) == row.moment
