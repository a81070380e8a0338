"""Reminders, written down and taken out again: `store.reminders`.

    a ticket's moment has come -> write down, once for each moment, level and party
    written down -> taken by one program -> sent -> marked
                        +-- not true any more, or nobody to tell -> marked

What was taken by a program that ended before it was marked is taken again after `CLAIM`: a kill
loses nothing, and sends at most the one message again that it met between sending and marking.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, delete, select

from call_logs.circles.eyes import Eyes
from call_logs.reminders.confided import Confided
from call_logs.reminders.digest import Digest, Held, count_held, digest_of
from call_logs.reminders.entry_reminders import ENTRY_LEVELS, EntryReminders, entry_is_so
from call_logs.reminders.parties import digest_refs
from call_logs.reminders.reminder import Outcome, Reminder, Told
from call_logs.reminders.risk_reminders import RiskReminders, risk_is_open, risk_of_row
from call_logs.reminders.rules import ReminderRules
from call_logs.reminders.task_reminders import TASK_LEVELS, TaskReminders, task_is_open
from call_logs.reminders.ticket_reminders import TicketReminders
from call_logs.roster.people import Person
from call_logs.roster.shifts import moment as local_moment
from call_logs.staff.staff import StaffKind, ref_of
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database, changed
from call_logs.storage.readable import readable
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.due import Deadline
from call_logs.tickets.owing import Owing
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.telling import Level, write_down
from call_logs.tickets.ticket import Ticket
from call_logs.viewing.viewer import looking

__all__ = ["Reminders"]

AT_ONCE = 200  # messages sent in one go
CLAIM = timedelta(minutes=5)  # longer than sending takes
# After a message that no address took; after the last of them it is given up.
AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
DIGEST_LATE = timedelta(hours=2)  # a morning that was missed by more is over
KEEP_DIGESTS = timedelta(days=30)


class Reminders:
    def __init__(
        self,
        database: Database,
        staff: StaffStore,
        eyes: Eyes,
        rules: ReminderRules,
        *,
        zone: ZoneInfo,
        owing: Owing,
    ) -> None:
        self._database = database
        self._eyes = eyes
        self._staff = staff
        self.rules = rules
        self._zone = zone
        confided = Confided(eyes)
        self.tickets = TicketReminders(database, staff, confided, rules, zone, owing=owing)
        self.tasks = TaskReminders(database, staff, confided, rules, zone)
        self.entries = EntryReminders(database, staff, confided, rules, zone)
        self.risks = RiskReminders(staff, confided)
        self._digested: datetime | None = None  # the last morning that this process has seen to

    # -- written down -------------------------------------------------------------------

    async def make_digests(self) -> None:
        """On a morning: one for everybody who has something and can be told."""
        now = self._database.clock.now()
        if self.rules.digest is None:
            return
        morning = local_moment(now.astimezone(self._zone).date(), self.rules.digest, self._zone)
        if not morning <= now <= morning + DIGEST_LATE or self._digested == morning:
            return
        staff = await self._staff.current()
        present = staff.roster.present(now)
        async with self._database.session() as session:
            having = set(
                await session.scalars(
                    select(TicketRow.assignee)
                    .where(TicketRow.closed_at.is_(None), TicketRow.assignee != "")
                    .distinct()
                )
            )
            for person in staff.roster.people:
                if not person.notices or not present(person.id):
                    continue
                if having & digest_refs(person, staff, now):
                    party = ref_of(StaffKind.PERSON, person.id)
                    await write_down(
                        session, ticket_id=None, level=Level.DIGEST, moment=morning, party=party
                    )
        self._digested = morning

    # -- taken out ----------------------------------------------------------------------

    async def waiting(self) -> tuple[int, ...]:
        """What is to be sent by now: telephones that are to ring, then the oldest first."""
        now = self._database.clock.now()
        async with self._database.reading() as session:
            found = await session.scalars(
                select(ReminderRow.id)
                .where(ReminderRow.try_at <= now)
                .order_by(case((ReminderRow.level == Level.RING.value, 0), else_=1), ReminderRow.id)
                .limit(AT_ONCE)
            )
            return tuple(found)

    async def take(self, reminder_id: int) -> Reminder | None:
        """One of them for this program alone, until `CLAIM` is over. None: another program has
        it, its hours have not come, or it is not true any more."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            query = select(TicketRow).join(ReminderRow, ReminderRow.ticket_id == TicketRow.id)
            query = query.where(ReminderRow.id == reminder_id)
            ticket = next(iter(await readable(session, query, ticket_of)), None)
            row = await session.get(ReminderRow, reminder_id, with_for_update=True)
            if row is None or row.try_at is None or row.try_at > now:
                return None
            if row.ticket_id is not None:
                true = ticket is not None and _is_true(row, ticket)
                if true and Level(row.level) in TASK_LEVELS:
                    true = await task_is_open(session, row)
                elif true and row.level == Level.RISK:
                    true = await risk_is_open(session, row)
                if ticket is None or not true:
                    # A ticket that cannot be opened is told of by health.
                    _end(row, Outcome.DROPPED if ticket else Outcome.FAILED, now)
                    return None
                if ticket.ticket_class is not TicketClass.URGENT:
                    opens = self.rules.opening(now, self._zone)
                    if opens > now:
                        row.try_at = opens
                        return None
            entry_id = None
            if Level(row.level) in ENTRY_LEVELS:
                entry_id = int(row.deadline)
                if not await entry_is_so(session, row, self._zone):
                    _end(row, Outcome.DROPPED, now)
                    return None
                opens = self.rules.opening(now, self._zone)
                if opens > now:
                    row.try_at = opens
                    return None
            row.try_at = now + CLAIM
            row.tries += 1
            return Reminder(
                id=row.id,
                level=Level(row.level),
                deadlines=_deadlines(row),
                moment=row.moment,
                party=row.party,
                ticket=ticket,
                tries=row.tries,
                entry_id=entry_id,
                risk=risk_of_row(row),
            )

    async def ended(self, reminder: Reminder, outcome: Outcome, person: str = "") -> None:
        """What came of it. `FAILED` is tried again, later each time, and then given up."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            row = await session.get(ReminderRow, reminder.id, with_for_update=True)
            if row is None or row.try_at is None:
                return
            if outcome is Outcome.FAILED and reminder.tries <= len(AGAIN):
                row.try_at = now + AGAIN[reminder.tries - 1]
                return
            row.told = person
            _end(row, outcome, now)
            if row.ticket_id is not None:
                changed(session, "ticket", row.ticket_id)

    async def digest(self, person: Person) -> Digest:
        """What a person has now."""
        now = self._database.clock.now()
        staff = await self._staff.current()
        tomorrow = now.astimezone(self._zone).date() + timedelta(days=1)
        midnight = local_moment(tomorrow, time(0), self._zone)
        reader = await self._eyes.of_ref(ref_of(StaffKind.PERSON, person.id))
        with looking(reader):
            async with self._database.reading() as session:
                return await digest_of(session, digest_refs(person, staff, now), now, midnight)

    async def held(self) -> Mapping[str, Held]:
        """What everybody has, by reference; who has nothing is not there."""
        async with self._database.reading() as session:
            return await count_held(session, self._database.clock.now())

    # -- looked at ----------------------------------------------------------------------

    async def for_ticket(self, ticket_id: int) -> tuple[Told, ...]:
        """Who was told of a ticket, and who will be in a moment, oldest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(ReminderRow)
                .where(ReminderRow.ticket_id == ticket_id)
                .order_by(ReminderRow.id)
            )
            return tuple(
                Told(
                    Level(row.level),
                    _deadlines(row),
                    row.moment,
                    row.party,
                    row.made_at,
                    row.ended_at,
                    Outcome(row.outcome) if row.outcome else None,
                    row.told,
                )
                for row in rows
            )

    async def untold(self, since: datetime) -> int:
        """How many since then reached nobody."""
        async with self._database.reading() as session:
            found = await session.scalars(
                select(ReminderRow.id).where(
                    ReminderRow.ended_at >= since,
                    ReminderRow.outcome.in_([Outcome.FAILED.value, Outcome.NOBODY.value]),
                )
            )
            return len(found.all())

    async def prune(self) -> None:
        """Forget old digests; what belongs to a ticket stays as long as it."""
        async with self._database.session() as session:
            await session.execute(
                delete(ReminderRow).where(
                    ReminderRow.ticket_id.is_(None),
                    ReminderRow.made_at < self._database.clock.now() - KEEP_DIGESTS,
                )
            )


def _deadlines(row: ReminderRow) -> tuple[Deadline, ...]:
    if Level(row.level) in ENTRY_LEVELS or row.level == Level.RISK:
        return ()  # it names the entry, or the risk
    return tuple(Deadline(each) for each in row.deadline.split(",") if each)


def _is_true(row: ReminderRow, ticket: Ticket) -> bool:
    """Whether what was written down still holds."""
    if ticket.closed_at is not None or ticket.merged_into is not None:
        return False
    match Level(row.level):
        case Level.ASSIGNED:
            return ticket.assignee == row.party
        case level if level in TASK_LEVELS or level is Level.RISK:
            return True  # `task_is_open` and `risk_is_open` tell
        case Level.CALL_BACK:
            return bool(ticket.call_back)
        case Level.RING:
            urgent = ticket.ticket_class is TicketClass.URGENT
            return urgent and ticket.acknowledged_at is None and ticket.resolved_at is None
        case _:
            still = ticket.open_deadlines
            return ticket.paused_at is None and any(
                each in still and getattr(ticket, each.column) == row.moment
                for each in _deadlines(row)
            )


def _end(row: ReminderRow, outcome: Outcome, at: datetime) -> None:
    row.outcome, row.ended_at, row.try_at = outcome.value, at, None
