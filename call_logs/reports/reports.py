"""What the tickets come to, for whoever may know it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from call_logs.casework.equipment_store import equipment_of
from call_logs.reports.counting import Counting
from call_logs.reports.firms import FirmWork, read_firms
from call_logs.reports.growth import GrowingWord
from call_logs.reports.ledger import LedgerPages, read_ledger
from call_logs.reports.lessons import read_lessons
from call_logs.reports.pages import pages
from call_logs.reports.recurring import RECURRING_COLUMNS, Recurring, Trouble, recurring
from call_logs.reports.statistics import Statistics
from call_logs.reports.waits import Waits, read_waits
from call_logs.reports.word_reading import read_words
from call_logs.staff.staff import StaffKind
from call_logs.staff.store import StaffStore
from call_logs.storage.background import in_background
from call_logs.storage.database import Database
from call_logs.storage.errors import InvalidValue
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.storage.scratch import Scratch
from call_logs.storage.sealed_rows import SealedRows
from call_logs.tables.equipment import EquipmentRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.ticket import Ticket, TicketFilter
from call_logs.users.access import AccessLog
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

MOST_DAYS = 1_830  # five years
MOST_DAYS_OF_PLACES = 366
MOST_DAYS_OF_WORDS = 92  # what is longer has no weeks before it to speak of


class Reports:
    def __init__(
        self,
        database: Database,
        keys: Keys,
        region: str,
        *,
        zone: ZoneInfo,
        staff: StaffStore,
        access: AccessLog,
        scratch: Scratch,
    ) -> None:
        self._database = database
        self._keys = keys
        self._region = region
        self._zone = zone
        self._staff = staff
        self._access = access
        self.scratch = scratch  # for whoever makes a file of it

    async def ledger(
        self, actor: Actor, wanted: TicketFilter, *, source: str = "", reason: str = ""
    ) -> LedgerPages:
        """Every ticket that `wanted` finds (its `limit` and `before` do not count), newest first,
        some at a time. The access log says who has it before the first one is read; `source` is
        the network address. Sensitive tickets, of those whom the viewer may see, are in it only
        with a `reason`, which the log has too.

        Raises:
            NotAllowed, StoreBusy.
        """
        actor.check(Permission.EXPORT)
        await self._access.add(actor.name, "exported", "ledger", "", source=source, reason=reason)
        if not reason:
            wanted = replace(wanted, sensitive=False)
        return read_ledger(self._database, self._keys, self._region, wanted)

    async def lessons(self, actor: Actor, first: date, last: date) -> tuple[Ticket, ...]:
        """The tickets that were closed on whole days by the site's clock, both included, and
        from which something was learnt.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: the last day is before the first, or they are too far apart.
        """
        actor.check(Permission.SEE_REPORTS)
        return await read_lessons(self._database, *self._moments(first, last))

    async def statistics(self, actor: Actor, first: date, last: date) -> Statistics:
        """Of whole days by the site's clock, both included.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: the last day is before the first, or they are too far apart.
        """
        actor.check(Permission.SEE_REPORTS)
        start, end = self._moments(first, last)
        days = (first, last)
        return await Counting(self._database, self._zone, days, start, end).statistics()

    async def words(self, actor: Actor, first: date, last: date) -> tuple[GrowingWord, ...]:
        """Words of tickets that came on whole days by the site's clock, both included, and that
        are new or come more often than in the eight weeks before; the surest first.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: the last day is before the first, or more than `MOST_DAYS_OF_WORDS`
                from it.
        """
        actor.check(Permission.SEE_REPORTS)
        if (last - first).days >= MOST_DAYS_OF_WORDS:
            raise InvalidValue(f"words are compared over {MOST_DAYS_OF_WORDS} days at most")
        start, end = self._moments(first, last)
        staff = await self._staff.current()
        names = [each.name for each in staff.members if each.kind is not StaffKind.DEPARTMENT]
        return await read_words(self._database, names, start, end)

    async def waits(
        self, actor: Actor, first: date, last: date
    ) -> tuple[Waits, tuple[Waits, ...], tuple[Waits, ...]]:
        """How long each step took the tickets that came on whole days: all together, by
        department, by person; those with most tickets first.

        Raises:
            NotAllowed, StoreBusy, InvalidValue.
        """
        actor.check(Permission.SEE_REPORTS)
        start, end = self._moments(first, last)
        staff = await self._staff.current()
        where = (TicketRow.opened_at >= start, TicketRow.opened_at < end)
        async with self._database.reading() as session:
            return await read_waits(session, where, staff)

    async def firms(self, actor: Actor, first: date, last: date) -> tuple[FirmWork, ...]:
        """How the outside firms did what they were given on whole days.

        Raises:
            NotAllowed, StoreBusy, InvalidValue.
        """
        actor.check(Permission.SEE_REPORTS)
        start, end = self._moments(first, last)
        return await read_firms(self._database, await self._staff.current(), start, end)

    async def recurring(self, actor: Actor, first: date, last: date) -> tuple[Recurring, ...]:
        """The same trouble at the same place, or with the same piece of equipment, three times
        or more among the tickets that came on whole days; the most frequent first.

        Raises:
            NotAllowed, StoreBusy, InvalidValue.
        """
        actor.check(Permission.SEE_REPORTS)
        if (last - first).days > MOST_DAYS_OF_PLACES:
            raise InvalidValue(f"places are compared over {MOST_DAYS_OF_PLACES} days at most")
        start, end = self._moments(first, last)
        sealed = SealedRows(self._database, TicketRow, RECURRING_COLUMNS)
        found: list[Trouble] = []
        where = (TicketRow.opened_at >= start, TicketRow.opened_at < end)
        async for rows in pages(self._database, sealed, where):
            found += await sealed.open(rows, Trouble.of)
        async with self._database.reading() as session:
            pieces = await readable(session, select(EquipmentRow), equipment_of)
        alone = [each for each in found if each.merged_into is None]
        return await in_background(recurring, alone, pieces)

    def _moments(self, first: date, last: date) -> tuple[datetime, datetime]:
        """From the first day's midnight to that after the last.

        Raises:
            InvalidValue.
        """
        if not 0 <= (last - first).days < MOST_DAYS:
            raise InvalidValue(
                f"the last day is before the first, or more than {MOST_DAYS} days from it",
                "until",
            )
        start = datetime.combine(first, time(), self._zone)
        return start, datetime.combine(last + timedelta(days=1), time(), self._zone)
