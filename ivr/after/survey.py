"""Owners are asked how content they are, after their ticket's result was told.

docs/decisions/survey.md has the table of states; `call_logs/owners/surveys.py` keeps it. A score
that is too low reaches the managers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from asr.lexicon import OTHER
from call_logs import send_notice
from call_logs.owners import CallRules, Survey, Surveys, TryOutcome
from call_logs.roster import MANAGER
from call_logs.storage import IllegalMove, one_by_one
from call_logs.tickets import Ticket, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.after.owner_calls import Next, Talk, persist
from ivr.call.services import Services
from ivr.call.session import Session
from ivr.dispatch.notice_text import NoticeText
from ivr.flow.survey import SurveyTalk

__all__ = ["SurveyErrand", "SurveySettings"]


@dataclass(frozen=True)
class SurveySettings:
    """What the configuration says. Without `calls` only the managers are told of low scores."""

    calls: bool = False
    rules: CallRules = field(default_factory=CallRules)
    notice_urls: Sequence[str] = field(default=(), repr=False)
    public_url: str = ""


class SurveyErrand:
    """Asks for a score and a remark."""

    name = "survey"

    def __init__(
        self, services: Services, settings: SurveySettings, notice_text: NoticeText
    ) -> None:
        self._services = services
        self._settings = settings
        self._notice_text = notice_text
        self.calls = settings.calls
        self.rules = settings.rules

    @property
    def owed(self) -> Surveys:
        return self._services.store.surveys

    async def look(self) -> None:
        """Tell the managers what they have not heard; see who is to be asked."""
        if self.calls:
            await self.owed.plan(self.rules)
        untold = await self.owed.untold()
        await one_by_one("low scores", untold, self._tell_managers)

    async def talk(self, owed_id: int, session: Session, ticket: Ticket) -> Talk:
        return _Asking(self._services, session, ticket, key=f"survey-{owed_id}")

    async def follows(self, talk: Talk, ticket: Ticket) -> Next | None:
        return None

    async def begun_at_once(self, ticket: Ticket) -> Next | None:
        """The survey of an owner who was told the result this moment."""
        if not self.calls:
            return None
        survey_id = await self.owed.begin_at_once(ticket.id)
        return None if survey_id is None else Next(self, survey_id)

    # -- a score that is too low ---------------------------------------------------------

    async def _tell_managers(self, survey: Survey) -> None:
        """At least once: a stop between the notice and the mark tells them twice."""
        store, settings = self._services.store, self._settings
        ticket = await store.tickets.get(survey.ticket_id)
        link = (
            f"{settings.public_url.rstrip('/')}/tickets/{ticket.id}" if settings.public_url else ""
        )
        roster = await store.roster.current()
        managers = [each for each in roster.people if each.active and MANAGER in each.roles]
        told = [(settings.notice_urls, self._services.default_language)]
        told += [
            (each.notices, self._services.language_for(each.languages).id) for each in managers
        ]
        for urls, language in told:
            known = ticket.category not in ("", OTHER)
            category = self._services.languages[language].category(ticket.category)
            what = category.names[language] if known else ""
            notice = self._notice_text.unhappy(
                ticket, what, survey.score or 0, language=language, link=link
            )
            await send_notice(urls, notice)
        await store.surveys.managers_told(survey.id)


class _Asking:
    """One owner is asked, and what he gives is kept at once."""

    def __init__(self, services: Services, session: Session, ticket: Ticket, key: str) -> None:
        self._tickets = services.store.tickets
        self._ticket = ticket
        self._key = key
        self._kept = True
        self._talk = SurveyTalk(session, ticket, self._give)

    async def __call__(self) -> str:
        return await self._talk()

    async def hung_up(self) -> None:
        await self._talk.take_last_key()

    async def over(self) -> None:
        """The remark as heard, until the transcript says it better."""
        remark = self._talk.remark
        if remark:
            await persist(
                lambda: self._tickets.update(self._ticket.id, HOTLINE, edit(remark=remark)),
                "a remark",
            )

    @property
    def outcome(self) -> TryOutcome | None:
        if self._talk.score is None:
            return None
        return TryOutcome.ANSWERED if self._kept else TryOutcome.INTERRUPTED

    async def _give(self, score: int) -> None:
        self._kept = await persist(lambda: self._write(score), "a score")

    async def _write(self, score: int) -> None:
        """The step that a person takes who enters a score; whoever was quicker, what the owner
        says stands in the history."""
        try:
            await self._tickets.move(
                self._ticket.id,
                TicketStatus.SURVEYED,
                HOTLINE,
                "by telephone",
                changes=edit(satisfaction=score),
                key=self._key,
            )
        except IllegalMove:
            told = f"on the telephone the owner gave {score} of 5"
            await self._tickets.note(self._ticket.id, HOTLINE, told, key=f"{self._key}-note")
