"""After the caller: rounds of calls and notices until somebody has the ticket.

The rounds are driven by a durable job; each round may be the first one of a new
process. Whoever accepts is connected with the owner, who is called back for it; an
owner whose ticket was acknowledged by link or on the dashboard is told the news.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC

from asr.spoken import Place
from call_logs import Notice, send_notice
from call_logs.dispatches import (
    CalledBack,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    NoticeSent,
    Order,
)
from call_logs.jobs import RoundResult
from call_logs.roster import RingPlan, ordered, plan
from call_logs.staff import StaffKind
from call_logs.tickets import Ticket, TicketClass, TicketStatus
from ivr.after.meeting import Meeting, visit_with_news
from ivr.call.conversation import Conversation
from ivr.call.jumps import HungUp
from ivr.call.services import Services
from ivr.dispatch.bridge import Bridge
from ivr.dispatch.call_back import CallBacks
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.notice_text import NoticeText
from ivr.dispatch.ring import Briefing, Party, Ring, role_phrase
from ivr.dispatch.search import Search
from ivr.media.recording import OnFinished
from ivr.packs.phrasebook import Prompt, Utterance
from ivr.packs.places import people_phrase, place_phrase

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0  # for an acknowledgement, while people are rung
SETTLE_S = 10.0  # a store that is away for longer keeps nobody from being rung again
WORKED_ON = frozenset(TicketStatus) - {
    TicketStatus.RECEIVED,
    TicketStatus.REGISTERED,  # so is a ticket whose first engineer has left its owner again
    TicketStatus.REOPENED,
}
NEWS_ROUND = 2  # after it an owner who still waits is called: it goes on
NEWS_TRIES = 2  # they may be on the line with us, and leave details


class FollowUp:
    """What one step of the durable job does on the telephone and by notices."""

    def __init__(
        self,
        services: Services,
        *,
        notice_urls: Sequence[str],
        public_url: str,
        on_finished: OnFinished,
        announce: bool = True,
        notice_text: NoticeText | None = None,
    ) -> None:
        """`notice_urls` are told besides the people's own addresses; `public_url` is where
        the dashboard's links lead, empty when it cannot be reached from outside; `announce`:
        owners are told that the call back is recorded; `notice_text` writes the notices."""
        self._services = services
        self._call_backs = CallBacks(services, on_finished)
        self._announce = announce
        self._had_nobody: set[str] = set()  # dispatches whose last round named nobody
        self._unsettled: dict[str, DispatchLog] = {}  # of which the store does not know all yet
        self._notice_urls = tuple(notice_urls)
        self._public_url = public_url.rstrip("/")
        self._notice_text = notice_text or NoticeText(UTC)

    async def taken(self, dispatch_id: str) -> bool:
        """Whether somebody has said that they have it, or that nobody is needed any more."""
        if not await self._is_known(self._log(dispatch_id)):
            return False
        return await self._over(await self._services.store.dispatches.get(dispatch_id))

    def _log(self, dispatch_id: str) -> DispatchLog:
        """What follows goes behind the lines of an earlier round that still wait."""
        return self._unsettled.get(dispatch_id) or DispatchLog(self._services.store, dispatch_id)

    async def _is_known(self, log: DispatchLog) -> bool:
        """Whether the store knows all that has happened: an acceptance that was given back
        since would look like one. It is not waited for for ever, for people are to be rung."""
        if await log.settled(SETTLE_S):
            self._unsettled.pop(log.dispatch_id, None)
            return True
        self._unsettled[log.dispatch_id] = log
        return False

    async def can_ring(self, dispatch_id: str) -> bool:
        """Whether somebody could be rung by now, when the last round had nobody: a roster was
        imported, or somebody's duty has begun."""
        dispatches = self._services.store.dispatches
        if dispatch_id not in self._had_nobody and await dispatches.attempts(dispatch_id):
            return False
        dispatch = await dispatches.get(dispatch_id)
        ticket = await self._services.store.tickets.get(dispatch.its_ticket_id)
        about = await self._about(ticket)
        planned = await self._plan(dispatch.category, about, dispatch.order)
        return not planned.reaches_nobody

    async def _over(self, dispatch: Dispatch) -> bool:
        """Besides an acknowledgement: a person has lowered the ticket's class, or goes on with
        their work on it. A search that somebody has ordered is theirs to end."""
        if self._taken(dispatch):
            return True
        ticket = await self._services.store.tickets.get(dispatch.its_ticket_id)
        # Who raised it while it was worked on has taken the acknowledgement back.
        worked_on = ticket.status in WORKED_ON and ticket.acknowledged_at is not None
        urgent = ticket.ticket_class is TicketClass.URGENT
        return not dispatch.order.by and (worked_on or not urgent)

    async def round(self, dispatch_id: str, number: int, first: str = "") -> RoundResult:
        """Ring everybody the policy names, once, and the person `first` before them; an
        acknowledgement by link or on the dashboard stops it. Round 0 is one that was ordered
        between two others."""
        await self._services.ready.wait()
        log = self._log(dispatch_id)
        known = await self._is_known(log)
        dispatch = await self._services.store.dispatches.get(dispatch_id)
        if known and await self._over(dispatch):
            return RoundResult.TAKEN
        ticket = await self._services.store.tickets.get(dispatch.its_ticket_id)
        reason = DispatchReason.ROUND if number else DispatchReason.AT_ONCE
        await log.move(DispatchStatus.RINGING, reason, round_=number)
        # Who has left the owner or passed them on, and whether the owner's line is over since.
        away: dict[str, asyncio.Event] = {}
        while True:
            ring = await self._search(dispatch, ticket, log, away, first)
            if ring is None or ring.party is None:
                break
            if await self._meeting(ticket, ring, ring.party, log).run(away):
                await log.move(DispatchStatus.CLOSED, DispatchReason.FOLLOWED_UP)
                await log.settled()  # or the watch would let people be rung for it again
                return RoundResult.ACCEPTED
            await log.move(DispatchStatus.RINGING, DispatchReason.LEFT)
        known = await self._is_known(log)
        if known and await self.taken(dispatch_id):
            return RoundResult.TAKEN
        if dispatch.order.once:
            await log.move(DispatchStatus.CLOSED, DispatchReason.NOT_TAKEN)
            return RoundResult.OVER
        await log.move(DispatchStatus.UNANSWERED, reason, round_=number)
        tells = known and number >= NEWS_ROUND and not away  # what they were told stands there
        if tells and dispatch_id not in self._had_nobody:
            await self._tell_waiting(ticket, log)
        return RoundResult.NOBODY

    async def _search(
        self,
        dispatch: Dispatch,
        ticket: Ticket,
        log: DispatchLog,
        away: Collection[str],
        first: str,
    ) -> Ring | None:
        search = Search(self._services, log, self._briefing(ticket, "followup_engineer"))
        away_now = {*away, *await self._about(ticket)}
        planned = await self._plan(dispatch.category, away_now, dispatch.order, first)
        self._had_nobody.discard(dispatch.id)
        if planned.reaches_nobody and not away:
            self._had_nobody.add(dispatch.id)
        searching = asyncio.create_task(search.run(planned))
        watching = asyncio.create_task(self._until_taken(log, away))
        try:
            await asyncio.wait({searching, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not searching.done():
                search.cancel()
            return await searching
        finally:
            watching.cancel()
            search.cancel()  # when this very wait was cancelled: no phone rings on

    async def _until_taken(self, log: DispatchLog, away: Collection[str]) -> None:
        """Never raises: whatever it cannot see, people are rung on."""
        blind = False
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not log.is_settled:
                continue
            try:
                dispatch = await self._services.store.dispatches.get(log.dispatch_id)
                left = bool(away) and dispatch.acknowledged_by in away
                if not left and await self._over(dispatch):
                    return
                blind = False
            except Exception:
                if not blind:  # once a second would say no more
                    logger.exception("whether a case was taken cannot be seen; ringing goes on")
                blind = True

    async def _plan(
        self,
        category: str,
        away: Collection[str] = (),
        order: Order | None = None,
        first: str = "",
        busy: Collection[str] = (),
    ) -> RingPlan:
        """The policy as the roster has it now, and whom somebody has ordered before it;
        without those who are `busy`, where they are not waited for."""
        roster = await self._services.store.roster.current()
        policy = roster.policy(category)
        if order is not None:
            for person in filter(None, (order.person, first)):
                policy = ordered(policy, person, alone=order.once)
        now = self._services.store.clock.now()
        return plan(policy, roster, now, exclude=away, busy=busy)

    async def _plan_for(self, ticket: Ticket) -> RingPlan:
        about = await self._about(ticket)
        return await self._plan(ticket.category, about, busy=self._services.engaged)

    async def _about(self, ticket: Ticket) -> frozenset[str]:
        """Whom of the roster a ticket complains about: that person is not rung for it."""
        if not ticket.about:
            return frozenset()
        refs = (await self._services.store.staff.current()).same(ticket.about)
        named = [each.partition(":") for each in refs]
        return frozenset(id_ for kind, _, id_ in named if kind == StaffKind.PERSON)

    async def notify(self, dispatch_id: str, number: int) -> None:
        """Tell people by every way they have; the link in it acknowledges."""
        store = self._services.store
        dispatch = await store.dispatches.get(dispatch_id)
        if self._taken(dispatch):
            return
        ticket = await store.tickets.get(dispatch.its_ticket_id)
        page = f"{self._public_url}/tickets/{ticket.id}" if self._public_url else ""
        notice = self._written(_without_words(ticket), self._services.default_language, page)
        await send_notice(self._notice_urls, notice)
        about = await self._about(ticket)
        planned = await self._plan(dispatch.category, about, dispatch.order)
        for target in (target for level in planned.levels for target in level.targets):
            person = target.person
            language = self._services.language_for(person.languages).id
            notice = self._written(ticket, language, self._link(dispatch, person.id))
            sent, failed = await send_notice(person.notices, notice)
            if sent or failed:
                await DispatchLog(store, dispatch_id).note(
                    NoticeSent(person.id, sent, failed, round=number)
                )

    def _written(self, ticket: Ticket, language: str, link: str) -> Notice:
        what = self._services.languages[language].category(ticket.category).names[language]
        return self._notice_text.write(ticket, what, language=language, link=link)

    async def tell_owner(self, dispatch_id: str) -> None:
        """Somebody took it by link or on the dashboard: call the owner with the news."""
        dispatch = await self._services.store.dispatches.get(dispatch_id)
        if dispatch.status is DispatchStatus.CLOSED:
            return  # who accepted has talked with them
        ticket = await self._services.store.tickets.get(dispatch.its_ticket_id)
        log = DispatchLog(self._services.store, dispatch_id)
        if ticket.ticket_class is TicketClass.URGENT:  # nobody is woken for a lamp
            news = self._news(ticket, Prompt("role_person"))
            session = self._services.on_the_line(ticket)
            if session is None or not await visit_with_news(session, news):
                async with self._call_backs.to(ticket, log) as owner:
                    await self._tell(owner, news)
        reason = DispatchReason.ACKNOWLEDGED if dispatch.is_held else DispatchReason.NOT_NEEDED
        await log.move(DispatchStatus.CLOSED, reason)

    async def _tell_waiting(self, ticket: Ticket, log: DispatchLog) -> None:
        """An owner who waits hears once that the search goes on. The timeline remembers it,
        over a restart too."""
        tries = [
            step.what.answered
            for step in await self._services.store.dispatches.timeline(log.dispatch_id)
            if isinstance(step.what, CalledBack) and step.what.waiting
        ]
        if any(tries) or len(tries) >= NEWS_TRIES or self._services.on_the_line(ticket) is not None:
            return
        async with self._call_backs.to(ticket, log, waiting=True) as owner:
            await self._tell(
                owner, Prompt("followup_owner_waiting", category=self._category(ticket))
            )

    async def _tell(self, owner: Conversation | None, news: Prompt) -> None:
        if owner is not None:
            with suppress(HungUp):
                await owner.say(news, *self._notice)

    # -- who accepted, and the owner ------------------------------------------------------

    def _meeting(self, ticket: Ticket, ring: Ring, party: Party, log: DispatchLog) -> Meeting:
        return Meeting(
            self._services,
            self._call_backs,
            ticket,
            ring,
            party,
            log=log,
            bridge=lambda owner: Bridge(
                self._services,
                log,
                owner,
                briefing=self._briefing(ticket, "engineer_urgent"),
                plan=lambda: self._plan_for(ticket),
            ),
            news=self._news(ticket, role_phrase(ring.person)),
            notice=self._notice,
        )

    @property
    def _notice(self) -> tuple[Prompt, ...]:
        return (Prompt("recorded_notice"),) if self._announce else ()

    def _news(self, ticket: Ticket, who: Utterance) -> Prompt:
        return Prompt("followup_owner", category=self._category(ticket), who=who)

    def _category(self, ticket: Ticket) -> Prompt:
        return self._services.language_for((ticket.language,)).spoken(ticket.category)

    def _briefing(self, ticket: Ticket, opening_prompt: str) -> Briefing:
        place = Place(
            building=ticket.building,
            unit=ticket.unit,
            floor=ticket.floor,
            room=ticket.room,
            area=ticket.area,
        )

        def opening() -> tuple[Utterance, ...]:
            return (
                Prompt(
                    opening_prompt,
                    category=self._category(ticket),
                    place=place_phrase(place),
                ),
                *people_phrase(ticket.people),
            )

        return Briefing(opening, Prompt("followup_keys"), lambda rate_hz: b"")

    def _link(self, dispatch: Dispatch, person: str) -> str:
        if not self._public_url:
            return ""
        token = self._services.store.dispatches.link_token(dispatch.id, person)
        return f"{self._public_url}/acknowledge/{token}"

    def _taken(self, dispatch: Dispatch) -> bool:
        return dispatch.is_taken(self._services.store.clock.now())


def _without_words(ticket: Ticket) -> Ticket:
    """What the site's own addresses are told, which many read: of a confidential ticket not what
    was said."""
    confidential = ticket.sensitive_at is not None or ticket.about
    return replace(ticket, text="", name="") if confidential else ticket
