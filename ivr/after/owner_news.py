"""Owners are told unasked what becomes of their tickets: called or written to, as they chose; and
called back when that was agreed on.

docs/decisions/owner-news.md has the table of states; `call_logs/owners/news.py` keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from zoneinfo import ZoneInfo

from call_logs import send_notice
from call_logs.owners import CallRules, News, OwnerNews, TryOutcome
from call_logs.storage import IllegalMove, one_by_one
from call_logs.tickets import NewsBy, NewsTopic, Ticket, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.after.owner_calls import Next, Talk, persist
from ivr.after.owner_text import OwnerText
from ivr.after.survey import SurveyErrand
from ivr.call.services import Services
from ivr.call.session import Session
from ivr.dispatch.call_back import callback_target
from ivr.flow.owner_news import NewsTalk

__all__ = ["NUMBER", "NewsErrand", "NewsSettings"]

NUMBER = "{number}"  # where an address of `message_urls` has the owner's number
MESSAGES_S = 20.0  # that one look writes messages for: a slow service keeps no call back waiting


@dataclass(frozen=True)
class NewsSettings:
    """What the configuration says. `message_urls`: apprise addresses with `NUMBER`."""

    zone: ZoneInfo
    rules: CallRules = field(default_factory=CallRules)
    message_urls: Sequence[str] = field(default=(), repr=False)
    site: str = ""


class NewsErrand:
    """Tells owners. What was agreed on is always done; the rest is written down only where the
    site or the owner wants it."""

    name = "news"
    calls = True

    def __init__(
        self, services: Services, settings: NewsSettings, survey: SurveyErrand | None = None
    ) -> None:
        """`survey`: with which a call goes on that has told a result."""
        self._services = services
        self._settings = settings
        self._survey = survey
        self._text = OwnerText(settings.zone, settings.site)
        self.rules = settings.rules

    @property
    def owed(self) -> OwnerNews:
        return self._services.store.owner_news

    async def look(self) -> None:
        """Write what is to be written; remind of call backs that were missed."""
        clock = self._services.store.clock
        ends = clock.monotonic() + MESSAGES_S

        async def write(news_id: int) -> None:
            if clock.monotonic() < ends:  # the others wait for the next look
                await self._write(news_id)

        await self.owed.remind()
        await one_by_one("messages to owners", await self.owed.due_messages(), write)

    async def talk(self, owed_id: int, session: Session, ticket: Ticket) -> Talk:
        news = await self.owed.get(owed_id)
        asks = self._survey is not None and self._survey.calls
        return _Telling(self, session, ticket, news, zone=self._settings.zone, asks=asks)

    async def follows(self, talk: Talk, ticket: Ticket) -> Next | None:
        """After a result the same call asks how content the owner is."""
        if self._survey is None or not isinstance(talk, _Telling) or not talk.goes_on:
            return None
        return await self._survey.begun_at_once(ticket)

    async def keep_told(self, news: News, how: str) -> bool:
        """Whether it is written that the owner has it: a result by the step of the ticket that a
        person takes, too."""
        return await persist(lambda: self._keep_told(news, how), "what an owner was told")

    async def keep_refused(self, ticket: Ticket) -> bool:
        """The owner wants no such call, nor a survey."""
        changes = edit(news_by=NewsBy.NONE, no_survey=True)
        note = "the owner wants no calls"
        tickets = self._services.store.tickets
        return await persist(
            lambda: tickets.update(ticket.id, HOTLINE, changes, note=note), "an owner's no"
        )

    async def _keep_told(self, news: News, how: str) -> None:
        if news.topic is NewsTopic.RESULT:
            try:
                await self._services.store.tickets.move(
                    news.ticket_id,
                    TicketStatus.FEEDBACK_GIVEN,
                    HOTLINE,
                    how,
                    key=f"news-{news.id}",
                )
            except IllegalMove:
                pass  # a plan is still to be written, or a person has told it
            else:
                return
        await self.owed.told(news.id, HOTLINE, f"the owner was told {how}: {news.topic}")

    # -- messages ------------------------------------------------------------------------

    async def _write(self, news_id: int) -> None:
        """Written down before it goes out: what a stop cuts off is tried again at another
        hour, and may then come twice; a service tells nobody whether it came."""
        store = self._services.store
        news = await self.owed.get(news_id)
        ticket = await store.tickets.get(news.ticket_id)
        number = callback_target(ticket, self._services.dialling)
        urls = [url.replace(NUMBER, quote(number, safe="+")) for url in self._settings.message_urls]
        if not await self.owed.begin(news_id, self.rules, can_call=bool(number and urls)):
            return
        language = self._services.language_for((ticket.language,)).id
        sent, _ = await send_notice(urls, self._text.write(news, ticket, language=language))
        told = bool(sent) and await self.keep_told(news, "by message")
        outcome = TryOutcome.ANSWERED if told else TryOutcome.NOT_TAKEN
        await persist(
            lambda: self.owed.finish(news_id, outcome, self.rules), "the end of a message"
        )


class _Telling:
    """One owner is told, and that is kept at once."""

    def __init__(
        self,
        errand: NewsErrand,
        session: Session,
        ticket: Ticket,
        news: News,
        *,
        zone: ZoneInfo,
        asks: bool,
    ) -> None:
        """`asks`: a survey follows a result."""
        self._errand = errand
        self._ticket = ticket
        self._news = news
        self._asks = asks and news.topic is NewsTopic.RESULT and not ticket.no_survey
        self._kept = True
        self._parted = False
        self._talk = NewsTalk(session, ticket, news, zone, told=self._told, no_more=self._refused)

    async def __call__(self) -> str:
        node = await self._talk()
        tells_more = self._talk.told and self._news.topic is not NewsTopic.CALL_BACK
        if not node and tells_more and not self._asks and not self._parted:
            self._parted = True
            await self._talk.say_good_bye()
        return node

    async def hung_up(self) -> None:
        return

    async def over(self) -> None:
        return

    @property
    def goes_on(self) -> bool:
        return self._asks and self._talk.told and self._kept

    @property
    def outcome(self) -> TryOutcome | None:
        if self._talk.refused:
            return TryOutcome.HUNG_UP
        if self._talk.nobody:
            return TryOutcome.NOBODY
        if self._talk.told:
            return TryOutcome.ANSWERED if self._kept else TryOutcome.INTERRUPTED
        return None

    async def _told(self) -> None:
        self._kept = await self._errand.keep_told(self._news, "by telephone")

    async def _refused(self) -> None:
        await self._errand.keep_refused(self._ticket)
