"""People are told of deadlines, of tickets that become theirs, and each morning of what they
have; and a manager's telephone rings for an urgent ticket that nobody holds.

What is told stands in the store (`store.reminders`), which knows what was told already. Here it
is only sent: by the notices that people have on the roster, and rung by the order that a page
gives, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta, tzinfo

from call_logs import Notice, send_notice
from call_logs.calls import ANY_NODE, RequestAction
from call_logs.reminders import SITE, Level, Outcome, Reminder
from call_logs.roster import Person
from call_logs.storage import Check, Loop, Severity, one_by_one
from call_logs.tickets import Ticket
from call_logs.users import HOTLINE
from ivr.after.reminder_text import ReminderText
from ivr.call.services import Services

__all__ = ["Reminding"]

logger = logging.getLogger(__name__)

EVERY_S = 15.0
SENDING_S = 15.0
RECENT = timedelta(days=1)
CHECK = "reminders"


class Reminding:
    """Tells people, for as long as the program runs."""

    def __init__(
        self, services: Services, *, notice_urls: Sequence[str], public_url: str, zone: tzinfo
    ) -> None:
        """`notice_urls` are told what nobody of the roster can be; `public_url` is where the
        links lead, empty when the pages cannot be reached from outside."""
        self._services = services
        self._store = services.store
        self._notice_urls = tuple(notice_urls)
        self._public_url = public_url.rstrip("/")
        self._text = ReminderText(zone, self._category)
        self._loop = Loop(
            "reminders",
            self.look,
            checks=self._store.checks,
            every_s=EVERY_S,
            severity=Severity.DEGRADED,
        )
        self._unregister = self._store.checks.register(CHECK, self.check)

    def start(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.close()
        self._unregister()

    async def look(self) -> None:
        """Raises:
        StoreError: some could not be written down or told; all the others are.
        """
        chores = (
            self._store.reminders.tickets.make,
            self._store.reminders.tasks.make,
            self._store.reminders.entries.make,
            self._store.reminders.make_digests,
            self._send,
        )
        await one_by_one("reminders", chores, lambda chore: chore())

    async def check(self) -> Check:
        """What health says: whether somebody should have been told and was not."""
        untold = await self._store.reminders.untold(self._store.clock.now() - RECENT)
        if not untold:
            return Check(CHECK, True, "everybody who was to be told could be")
        fact = (
            f"{untold} of the last day reached nobody: give people, heads and managers `notices` "
            "on the roster, or set urls in [notices]"
        )
        return Check(CHECK, False, fact, Severity.DEGRADED)

    async def _send(self) -> None:
        """Not all of them in one run, when a server is slow: what comes due meanwhile is not
        behind them, and a telephone that is to ring is before them."""
        loop = asyncio.get_running_loop()
        over_s = loop.time() + SENDING_S

        async def tell(reminder_id: int) -> None:
            if loop.time() < over_s:
                await self._tell(reminder_id)
            else:
                self._loop.wake()

        await one_by_one("reminders to be sent", await self._store.reminders.waiting(), tell)

    async def _tell(self, reminder_id: int) -> None:
        reminder = await self._store.reminders.take(reminder_id)
        if reminder is None:
            return
        if reminder.level is Level.RING:
            await self._ring(reminder)
            return
        person = await self._person(reminder)
        if reminder.ticket is not None and not await self._may_know(reminder.ticket, person):
            # It has become confidential since this was written down.
            await self._store.reminders.ended(reminder, Outcome.DROPPED)
            return
        urls = self._notice_urls if reminder.party == SITE else person.notices if person else ()
        if not urls:
            await self._store.reminders.ended(reminder, Outcome.NOBODY)
            return
        notice = await self._written(reminder, person)
        if notice is None:
            await self._store.reminders.ended(reminder, Outcome.DROPPED)
            return
        sent, _ = await send_notice(urls, notice)
        outcome = Outcome.SENT if sent else Outcome.FAILED
        await self._store.reminders.ended(reminder, outcome, person.id if person else "")

    async def _person(self, reminder: Reminder) -> Person | None:
        if reminder.party == SITE:
            return None
        staff = await self._store.staff.current()
        return staff.acting(reminder.party, self._store.clock.now())

    async def _may_know(self, ticket: Ticket, person: Person | None) -> bool:
        """Whether a message about a ticket may go to a person, or to the site's own addresses,
        which are read by many."""
        if ticket.sensitive_at is None and not ticket.about:
            return True
        return person is not None and await self._store.eyes.may_see(
            f"person:{person.id}", ticket.id
        )

    async def _ring(self, reminder: Reminder) -> None:
        """As if somebody had ordered it on the ticket's page; under a key, so that it is
        ordered once although this program may end before it is marked."""
        person = await self._person(reminder)
        if person is None or reminder.ticket is None:
            await self._store.reminders.ended(reminder, Outcome.NOBODY)
            return
        await self._store.requests.add(
            RequestAction.RING,
            ANY_NODE,
            {"person": person.id},
            actor=HOTLINE,
            ticket_id=reminder.ticket.id,
            key=f"reminder-{reminder.id}",
        )
        logger.warning(
            "an urgent ticket has nobody; a manager is rung",
            extra={"ticket": reminder.ticket.number},
        )
        await self._store.reminders.ended(reminder, Outcome.SENT, person.id)

    async def _written(self, reminder: Reminder, person: Person | None) -> Notice | None:
        """None: there is nothing to tell."""
        language = self._services.default_language
        if person is not None:
            language = self._services.language_for(person.languages).id
        if reminder.ticket is not None:
            holder = await self._holder(reminder.ticket)
            link = self._link(f"/tickets/{reminder.ticket.id}")
            return self._text.write(reminder, reminder.ticket, holder, language=language, link=link)
        if reminder.entry_id is not None:
            entry = await self._store.registers.reminded(reminder.entry_id)
            if entry is None:
                return None
            link = self._link(f"/registers/{entry.kind}/{entry.id}")
            return self._text.entry(reminder, entry, language=language, link=link)
        if person is None:
            return None
        digest = await self._store.reminders.digest(person)
        if not digest:
            return None
        return self._text.digest(digest, language=language, link=self._link("/tickets"))

    async def _holder(self, ticket: Ticket) -> str:
        return (await self._store.staff.current()).name(ticket.assignee)

    def _link(self, page: str) -> str:
        return f"{self._public_url}{page}" if self._public_url else ""

    def _category(self, category: str, language: str) -> str:
        return self._services.languages[language].category(category).names[language]
