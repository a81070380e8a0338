"""Owners are called after their ticket's result was told, and asked how content they are.

docs/decisions/survey.md has the table of states; `call_logs/owners/surveys.py` keeps it. Here a
due survey becomes one ring, and a score that is too low reaches the managers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from asr.lexicon import OTHER
from call_logs import send_notice
from call_logs.owners import Survey, SurveyRules, TryOutcome
from call_logs.roster import MANAGER
from call_logs.storage import IllegalMove, Loop, Severity, StoreError, one_by_one
from call_logs.tickets import Ticket, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.call.conversation import Conversation
from ivr.call.jumps import HungUp
from ivr.call.opening import SessionMaker
from ivr.call.services import Services
from ivr.dispatch.call_back import CallBacks, callback_target
from ivr.dispatch.notice_text import NoticeText
from ivr.endpoint import CloseReason
from ivr.flow.survey import SurveyTalk
from ivr.flow.walk import walk
from ivr.media.recording import OnFinished

__all__ = ["SurveyCalls", "SurveySettings"]

logger = logging.getLogger(__name__)

EVERY_S = 60.0
WRITE_TRIES_S = (0.0, 1.0, 5.0, 15.0)  # while the database is busy

_OUTCOMES: Mapping[CloseReason | None, TryOutcome] = {
    None: TryOutcome.NOT_DIALLED,
    CloseReason.BUSY: TryOutcome.BUSY,
    CloseReason.DECLINED: TryOutcome.BUSY,  # the key of a telephone that says "not now"
    CloseReason.NO_ANSWER: TryOutcome.NO_ANSWER,
    CloseReason.REMOTE: TryOutcome.NO_ANSWER,
    CloseReason.LOCAL: TryOutcome.INTERRUPTED,  # the program stops
}
# ... of a talk without a score.
_HUNG_UP: Mapping[CloseReason | None, TryOutcome] = {
    CloseReason.REMOTE: TryOutcome.HUNG_UP,
    CloseReason.LOCAL: TryOutcome.INTERRUPTED,
}


@dataclass(frozen=True)
class SurveySettings:
    """What the configuration says. Without `calls` only the managers are told of low scores."""

    calls: bool = False
    rules: SurveyRules = field(default_factory=SurveyRules)
    notice_urls: Sequence[str] = field(default=(), repr=False)
    public_url: str = ""


class SurveyCalls:
    """One survey on the line at a time, and none while people are searched for."""

    def __init__(
        self,
        services: Services,
        sessions: SessionMaker,
        on_finished: OnFinished,
        settings: SurveySettings,
        notice_text: NoticeText,
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._settings = settings
        self._notice_text = notice_text
        self._call_backs = CallBacks(services, on_finished)
        self._going: set[int] = set()  # surveys whose ring goes on in this program
        self._loop = Loop(
            "surveys",
            self.look,
            checks=services.store.checks,
            every_s=EVERY_S,
            severity=Severity.DEGRADED,
        )

    def start(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.close()

    async def look(self) -> None:
        """Tell the managers what they have not heard; begin one call that is due.

        Raises:
            StoreError: something could not be seen to; all the rest is.
        """
        await one_by_one("surveys", (self._tell, self._call), lambda chore: chore())

    async def _tell(self) -> None:
        untold = await self._services.store.surveys.untold()
        await one_by_one("low scores", untold, self._tell_managers)

    async def _call(self) -> None:
        surveys, settings = self._services.store.surveys, self._settings
        await surveys.cut_off(settings.rules, tuple(self._going))
        if not settings.calls:
            return
        await surveys.plan(settings.rules)
        if self._going or self._services.in_hand or self._services.searches:
            return
        await self._services.ready.wait()

        async def begin(survey_id: int) -> None:
            if not self._going:
                await self._begin(survey_id)

        await one_by_one("owners to be asked", await surveys.due(), begin)

    async def _begin(self, survey_id: int) -> None:
        """Ring the owner, if that may be now."""
        store = self._services.store
        ticket = await store.tickets.get((await store.surveys.get(survey_id)).ticket_id)
        if self._services.on_the_line(ticket) is not None:
            return
        # The number of a caller who shows it to nobody is for those in need alone.
        target = callback_target(ticket, self._services.dialling)
        self._going.add(survey_id)
        try:
            begun = await store.surveys.begin(
                survey_id, self._settings.rules, can_call=bool(target)
            )
        except BaseException:
            self._going.discard(survey_id)
            raise
        if not begun:
            self._going.discard(survey_id)
            return
        self._services.spawn(self._ring(survey_id, ticket, target))

    async def _ring(self, survey_id: int, ticket: Ticket, target: str) -> None:
        outcome = TryOutcome.INTERRUPTED
        try:
            outcome = await self._ask(ticket, target, key=f"survey-{survey_id}")
        finally:
            try:
                await self._finish(survey_id, outcome)
            finally:
                # What could not be written now is found as cut off by the next look.
                self._going.discard(survey_id)
                self._loop.wake()

    async def _finish(self, survey_id: int, outcome: TryOutcome) -> None:
        """Tried again: found as cut off, a refusal would be asked once more."""
        for pause_s in WRITE_TRIES_S:
            await asyncio.sleep(pause_s)
            try:
                await self._services.store.surveys.finish(survey_id, outcome, self._settings.rules)
            except StoreError:
                logger.warning("the end of a survey's call is not in the database yet")
                continue
            return

    async def _ask(self, ticket: Ticket, target: str, key: str) -> TryOutcome:
        if not await self._call_backs.is_within_limit(target):
            return TryOutcome.NOT_DIALLED
        async with self._call_backs.line(ticket, target, in_need=False) as reached:
            if reached.owner is None:
                return _OUTCOMES.get(reached.reason, TryOutcome.LOST)
            return await self._talk(reached.owner, ticket, target, key)

    async def _talk(self, owner: Conversation, ticket: Ticket, target: str, key: str) -> TryOutcome:
        sessions = self._services.sessions
        hung_up, kept = False, True

        async def give(score: int) -> None:
            nonlocal kept
            kept = await self._give(ticket, score, key)

        async with AsyncExitStack() as stack:
            language = self._services.language_for((ticket.language,))
            opened = self._sessions.open(
                owner.call, owner.media, stack, language.id, conversation=owner
            )
            session = opened.session
            session.draft.caller = target  # of a ticket that comes of this call
            sessions[session.call_id] = session
            stack.callback(sessions.pop, session.call_id, None)
            opened.ear.listen(session)
            talk = SurveyTalk(session, ticket, give)
            try:
                await walk(session, self._sessions.settings.zone, talk)
            except HungUp:
                hung_up = True
                await talk.take_last_key()
            finally:
                await session.draft.save()
                await self._keep_remark(ticket, talk)
        if talk.score is not None:
            return TryOutcome.ANSWERED if kept else TryOutcome.INTERRUPTED
        if not hung_up:
            return TryOutcome.SILENT
        return _HUNG_UP.get(owner.call.close_reason, TryOutcome.LOST)

    async def _give(self, ticket: Ticket, score: int, key: str) -> bool:
        """Whether the score is kept."""
        for pause_s in WRITE_TRIES_S:
            await asyncio.sleep(pause_s)
            try:
                await self._write(ticket, score, key)
            except StoreError:
                logger.warning("a score is not in the database yet; it is tried again")
                continue
            return True
        logger.error("a score could not be kept: its owner is asked again")
        return False

    async def _write(self, ticket: Ticket, score: int, key: str) -> None:
        """The step that a person takes who enters a score; whoever was quicker, what the owner
        says stands in the history."""
        tickets = self._services.store.tickets
        try:
            await tickets.move(
                ticket.id,
                TicketStatus.SURVEYED,
                HOTLINE,
                "by telephone",
                changes=edit(satisfaction=score),
                key=key,
            )
        except IllegalMove:
            told = f"on the telephone the owner gave {score} of 5"
            await tickets.note(ticket.id, HOTLINE, told, key=f"{key}-note")

    async def _keep_remark(self, ticket: Ticket, talk: SurveyTalk) -> None:
        """As heard, until the transcript says it better."""
        if not talk.remark:
            return
        try:
            await self._services.store.tickets.update(ticket.id, HOTLINE, edit(remark=talk.remark))
        except StoreError:
            logger.warning("a remark is not confirmed yet; the transcript brings it again")

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
