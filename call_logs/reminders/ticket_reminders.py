"""Tickets' deadlines: whoever has the ticket is reminded, then the head of the department and the
managers. Managers are rung while nobody holds an urgent one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.reminders.confided import MARKS, Confided
from call_logs.reminders.due_reminders import DueReminders
from call_logs.reminders.parties import parties
from call_logs.reminders.rules import STALE, Due, ReminderRules, due_moments
from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.announcing import Announced, announce
from call_logs.storage.database import Database
from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.due import Deadline
from call_logs.tickets.owing import NewsTopic, Owing
from call_logs.tickets.telling import Level, write_down
from call_logs.users.actor import HOTLINE

__all__ = ["TicketReminders"]

# As in the watch over urgent tickets: what nobody has touched for longer is no emergency any more,
# and no telephone rings at night for it after an upgrade or a long stop.
RING_FRESH = timedelta(days=1)

# All that decides about reminders is in plain columns: a row with a text that cannot be opened
# is reminded of like any other.
_PLAIN = (
    TicketRow.id,
    TicketRow.number,
    TicketRow.status,
    TicketRow.ticket_class,
    TicketRow.category,
    TicketRow.opened_at,
    TicketRow.due_from,
    TicketRow.unheld_since,
    TicketRow.paused_at,
    TicketRow.acknowledged_at,
    TicketRow.on_site_at,
    TicketRow.resolved_at,
    TicketRow.feedback_at,
    TicketRow.closed_at,
    TicketRow.merged_into,
    TicketRow.acknowledge_due_at,
    TicketRow.on_site_due_at,
    TicketRow.feedback_due_at,
    TicketRow.callback_hash,
    TicketRow.caller_hash,
    TicketRow.news_by,
    TicketRow.source,
    *MARKS,
)


class TicketReminders(DueReminders):
    _row = TicketRow
    _what = "tickets"

    def __init__(
        self,
        database: Database,
        staff: StaffStore,
        confided: Confided,
        rules: ReminderRules,
        zone: ZoneInfo,
        *,
        owing: Owing,
    ) -> None:
        super().__init__(database, staff, confided, rules, zone)
        self._owing = owing

    async def _look(self, row_id: int, staff: Staff, now: datetime) -> None:
        async with self._database.session() as session:
            found = await session.execute(
                select(*_PLAIN).where(TicketRow.id == row_id).with_for_update()
            )
            row = found.one_or_none()
            if row is None:
                return
            next_at = None
            if row.paused_at is None:
                moments = list(due_moments(row, self._rules))
                opens = self._opens(row.ticket_class, now)
                _announce(session, row, moments, now)
                if opens <= now:
                    await self._write(session, row, moments, staff, now)
                later = [due.at for due in moments if due.at > now]
                if opens > now and len(later) < len(moments):
                    later.append(opens)
                later += await self._rings(session, row, staff, now)
                next_at = min(later, default=None)
            await session.execute(
                update(TicketRow).where(TicketRow.id == row_id).values(remind_at=next_at)
            )

    async def _write(
        self, session: AsyncSession, row: Any, moments: Sequence[Due], staff: Staff, now: datetime
    ) -> None:
        for due in moments:
            over = due.level is Level.BEFORE and due.moment <= now
            if over or not now - STALE < due.at <= now:
                continue
            deadline = ",".join(due.deadlines)
            if await self._stands(session, row.id, due.level, due.moment):
                continue
            if due.level is Level.MISSED and Deadline.FEEDBACK in due.deadlines:
                await self._owing.owe(session, row, NewsTopic.DELAY, HOTLINE.name)
            told = parties(due.level, row.assignee, row.category, staff, now)
            for party in await self._confided.told(row, told, staff, now):
                await write_down(
                    session,
                    ticket_id=row.id,
                    level=due.level,
                    moment=due.moment,
                    party=party,
                    deadline=deadline,
                )

    async def _rings(
        self, session: AsyncSession, row: Any, staff: Staff, now: datetime
    ) -> tuple[datetime, ...]:
        """Managers who are rung by now because nobody holds an urgent ticket, one after the
        other; gives when the next one is. While a search goes on, that is from its beginning;
        who was rung before a search began anew is not rung again."""
        held = row.acknowledged_at is not None or row.resolved_at is not None
        held = held or row.merged_into is not None
        if row.ticket_class != TicketClass.URGENT or held or not self._rules.ring_after:
            return ()
        begun = await session.scalar(
            select(DispatchRow.opened_at).where(DispatchRow.open_key == row.id)
        )
        unheld = max(filter(None, (row.due_from or row.opened_at, row.unheld_since)))
        at = max(filter(None, (unheld, begun)))
        for manager in (each for each in staff.managers(now) if each.contacts):
            party = ref_of(StaffKind.PERSON, manager.id)
            if await self._confided.is_about(row, party):
                continue
            at += self._rules.ring_after
            if at > now:
                return (at,)
            if at > now - RING_FRESH:
                await write_down(
                    session, ticket_id=row.id, level=Level.RING, moment=unheld, party=party
                )
        return ()

    @staticmethod
    async def _stands(
        session: AsyncSession, ticket_id: int, level: Level, moment: datetime
    ) -> bool:
        """Whether this was told before, to whomever: the head may be another one by now."""
        found = await session.scalar(
            select(ReminderRow.id)
            .where(
                ReminderRow.ticket_id == ticket_id,
                ReminderRow.level == level.value,
                ReminderRow.moment == moment,
            )
            .limit(1)
        )
        return found is not None


def _announce(session: AsyncSession, row: Any, moments: Sequence[Due], now: datetime) -> None:
    """Other systems hear of a deadline at its moment, whatever the hours of people are."""
    for due in moments:
        over = due.level is Level.BEFORE and due.moment <= now
        if due.level is Level.MANAGERS or over or not now - STALE < due.at <= now:
            continue
        deadlines = [each.value for each in due.deadlines]
        announce(
            session,
            Announced.TICKET_DUE,
            {
                "number": row.number,
                "status": row.status,
                "class": row.ticket_class,
                "category": row.category,
                "deadlines": deadlines,
                "due_at": due.moment.isoformat(),
                "missed": due.level is Level.MISSED,
            },
            ticket_id=row.id,
            key=f"{row.id}/{','.join(deadlines)}/{due.moment.isoformat()}/{due.level}",
        )
