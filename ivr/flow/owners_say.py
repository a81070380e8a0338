"""What an owner who has heard of their ticket does with it: add words, say that it is still not
solved, ask for a call back.

The ticket's own table of moves (`call_logs/tickets/life.py`) decides whether "not solved" opens
it again; where work goes on it stands in the history. What is said here is the ticket's, and the
call may still open one of its own for another matter.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from call_logs.storage import IllegalMove, StoreError
from call_logs.tickets import Ticket, TicketStatus, edit, valid_number
from call_logs.users import HOTLINE
from ivr.call.asking import ask, nothing, number_keypad
from ivr.call.conversation import Interrupted, Pressed, Said, Silence
from ivr.call.draft import Draft
from ivr.call.session import Session
from ivr.flow.message import take_message
from ivr.packs.phrasebook import Moment, Prompt

__all__ = ["OWNERS_SAY", "OwnersSay"]

logger = logging.getLogger(__name__)

OWNERS_SAY = "enquiry"  # how its stretch is marked in the call's log
ADD, UNSOLVED, CALL_BACK, ANOTHER = "1", "2", "3", "4"
CLOCK_DIGITS = 4  # 1530
UNSOLVED_NOTE = "the owner says on the telephone: still not solved"
CALL_BACK_NOTE = "the owner asks on the telephone to be called back"


class OwnersSay:
    """One owner who has shown that a ticket is theirs."""

    def __init__(self, session: Session, ticket: Ticket, zone: ZoneInfo) -> None:
        self._session = session
        self._ticket = ticket
        self._zone = zone
        self.number = ""  # of another ticket, keyed at once

    async def asks_for_another(self) -> bool:
        """Offer until the caller has nothing more; whether another ticket is asked for.

        Raises:
            HungUp, Interrupted, Jump, Back: the caller leaves.
        """
        conversation = self._session.conversation
        for _ in range(self._session.timing.tries + 2):
            answer = await ask(
                self._session,
                Prompt("enquiry_menu"),
                understand=nothing,
                own=(ADD, UNSOLVED, CALL_BACK, ANOTHER),
            )
            if isinstance(answer, Pressed) and answer.keys:
                # Who has the number of a ticket at hand keys it here as well.
                keyed = answer.keys + await conversation.end_of_burst()
                if valid_number(keyed):
                    self.number = keyed
                    return True
                answer = Pressed(keyed)
            match answer:
                case Pressed(key) if key == ANOTHER:
                    return True
                case Pressed(key) if key == ADD:
                    await self._add()
                case Pressed(key) if key == UNSOLVED:
                    await self._unsolved()
                case Pressed(key) if key == CALL_BACK:
                    await self._call_back()
                case Pressed("") | Silence():
                    return False
                case Said(heard):
                    self._session.keep_aside(heard)
                case _:
                    await conversation.say(Prompt("wrong_key"))
        return False

    async def _add(self) -> None:
        async with self._of_ticket():
            if await take_message(self._session, about=OWNERS_SAY):
                await self._session.conversation.say(Prompt("message_saved"))

    async def _unsolved(self) -> None:
        """Reopened where the table has the step, else the people at it are told to hurry."""
        tickets, key = self._session.store.tickets, self._key("unsolved")
        said = "enquiry_hurry"
        try:
            await tickets.move(
                self._ticket.id, TicketStatus.REOPENED, HOTLINE, UNSOLVED_NOTE, key=key
            )
            said = "survey_reopen"
        except IllegalMove:
            await self._note(UNSOLVED_NOTE, key)
        except StoreError:
            await self._note(UNSOLVED_NOTE, key)
        await self._session.conversation.say(Prompt(said))
        await self._add()

    async def _call_back(self) -> None:
        try:
            await self._session.store.tickets.update(
                self._ticket.id, HOTLINE, edit(call_back=True), note=CALL_BACK_NOTE
            )
        except StoreError:
            logger.warning("a wish to be called back is not in the database")
            await self._session.conversation.say(Prompt("system_trouble"))
            return
        at = await self._when()
        if at is not None and await self._agree(at):
            said = Prompt("call_back_agreed", when=Moment(at, self._zone))
        else:
            said = Prompt("will_call_back")
        await self._session.conversation.say(said)

    async def _when(self) -> datetime | None:
        """The time that the owner keys, the next one that the clock will show; None: as soon as
        possible. The wish is kept already, whatever is keyed or not."""
        for _ in range(self._session.timing.tries):
            answer = await ask(
                self._session,
                Prompt("call_back_when"),
                understand=nothing,
                keypad=number_keypad(self._session, most=CLOCK_DIGITS),
            )
            if not isinstance(answer, Pressed) or not answer.keys:
                return None
            if (at := self._next(answer.keys)) is not None:
                return at
            await self._session.conversation.say(Prompt("call_back_wrong_time"))
        return None

    def _next(self, keyed: str) -> datetime | None:
        """When the clock shows `keyed` next: 1530, 0900. None: no clock ever does."""
        try:
            clock = time(int(keyed[:2]), int(keyed[2:]))
        except ValueError:
            return None
        now = self._session.store.clock.now().astimezone(self._zone)
        today = datetime.combine(now.date(), clock, self._zone)
        return today if today > now else today + timedelta(days=1)

    async def _agree(self, at: datetime) -> bool:
        try:
            await self._session.store.owner_news.agree(self._ticket.id, at, HOTLINE)
        except StoreError:
            logger.warning("the time of a call back is not in the database")
            return False
        return True

    async def _note(self, text: str, key: str) -> None:
        try:
            await self._session.store.tickets.note(
                self._ticket.id, HOTLINE, text, key=f"{key}-note"
            )
        except StoreError:
            logger.warning("what an owner says of a ticket is not in the database")

    def _key(self, what: str) -> str:
        return f"{what}-{self._session.call_id}-{self._ticket.id}"

    @asynccontextmanager
    async def _of_ticket(self) -> AsyncIterator[None]:
        """What is told meanwhile is added to the ticket; what comes after is not."""
        session, before = self._session, self._session.draft
        draft = Draft(session.store, session.call_id, before.caller, session.language.id)
        draft.adopt(self._ticket)
        session.store.calls.about(session.call_id, self._ticket.id)
        session.draft = draft
        try:
            yield
        except Interrupted as interrupted:
            session.draft = before
            if interrupted.interruption.hits:
                self._part(draft)
            raise
        finally:
            session.draft = before
            await draft.save()

    def _part(self, draft: Draft) -> None:
        """A cry for help is a case of its own: it has the words, and makes no emergency of
        this ticket, for which people would be searched as well."""
        session, ticket = self._session, self._ticket
        draft.kind, draft.ticket_class = ticket.kind, ticket.ticket_class
        draft.category, draft.people = ticket.category, ticket.people
        draft.phrases = list(ticket.phrases)
        for text in draft.statements:
            if text not in ticket.text.split("\n"):
                session.draft.say(text)
                session.learn(text)
