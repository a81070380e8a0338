"""Rows whose moment has come are looked at, one after the other, each in a transaction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from call_logs.reminders.confided import Confided
from call_logs.reminders.rules import ReminderRules
from call_logs.staff.staff import Staff
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database
from call_logs.storage.loops import one_by_one
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.registers import RegisterEntryRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

__all__ = ["DueReminders"]

MOST = 1000  # looked at in one go; after an upgrade it is every open one


class DueReminders(ABC):
    """`_row`: the table, whose `remind_at` is the next moment; `_what`: its rows, for people."""

    _row: type[TicketRow | CaseRecordRow | RegisterEntryRow]
    _what: str

    def __init__(
        self,
        database: Database,
        staff: StaffStore,
        confided: Confided,
        rules: ReminderRules,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._staff = staff
        self._confided = confided
        self._rules = rules
        self._zone = zone

    async def make(self) -> None:
        """Write down what is to be told by now.

        Raises:
            StoreError: some could not be seen to; all the others are.
        """
        now = self._database.clock.now()
        staff = await self._staff.current()
        row = self._row
        async with self._database.reading() as session:
            ids = await session.scalars(
                select(row.id).where(row.remind_at <= now).order_by(row.remind_at).limit(MOST)
            )

        async def look(row_id: int) -> None:
            await self._look(row_id, staff, now)

        await one_by_one(f"{self._what} whose moment has come", ids.all(), look)

    @abstractmethod
    async def _look(self, row_id: int, staff: Staff, now: datetime) -> None:
        """Write down what is to be told of one, and when it is to be looked at again."""

    def _opens(self, ticket_class: str, now: datetime) -> datetime:
        """From when on people are told: of what is urgent at once, else within the hours."""
        return now if ticket_class == TicketClass.URGENT else self._rules.opening(now, self._zone)
