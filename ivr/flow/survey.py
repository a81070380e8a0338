"""The questions of a survey: 1 to 5, by key or by word, and a remark."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from call_logs.owners import CONTENT
from call_logs.tickets import Ticket
from ivr.call.answers import best_of
from ivr.call.asking import ask
from ivr.call.conversation import Interrupted, Pressed, Said, Silence, Spoken
from ivr.call.jumps import Back, Jump
from ivr.call.session import Session
from ivr.flow.message import take_remark
from ivr.packs.phrasebook import Digits, Prompt

__all__ = ["REMARK", "SurveyTalk"]

REMARK = "survey"  # how the remark's stretch is marked in the call's log
SCORE_KEYS = ("1", "2", "3", "4", "5")


class SurveyTalk:
    """Asks one owner about one ticket. Called again after something came between, it goes on
    where it was: a score is asked for once."""

    def __init__(
        self, session: Session, ticket: Ticket, give: Callable[[int], Awaitable[None]]
    ) -> None:
        """`give` keeps the score, at once: whatever becomes of the call."""
        self._session = session
        self._ticket = ticket
        self._give = give
        self._introduced = False
        self._asks = False  # the score: a key is an answer to that
        self._remarked = False
        self._remark_from_s = 0.0
        self.score: int | None = None

    async def __call__(self) -> str:
        """Raises:
        HungUp, Interrupted, Jump: the owner is gone, in need, or wants a person.
        """
        conversation = self._session.conversation
        if self.score is None:
            score = await self._ask()
            if score is None:
                await conversation.say(Prompt("goodbye"))
                return ""
            self.score = score
            await self._give(score)
        if not self._remarked:
            self._remarked = True
            self._remark_from_s = conversation.media.position_s
            with suppress(Back):  # there is nothing behind this question
                await take_remark(self._session, instruction="survey_comment", about=REMARK)
        end = (Prompt("survey_reopen"),) if self.score < CONTENT else ()
        await conversation.say(*end, Prompt("survey_thanks"))
        return ""

    @property
    def remark(self) -> str:
        """What the ear understood of it, until the transcript is there."""
        if not self._remarked:
            return ""
        told = (each.text for each in self._session.told if each.start_s >= self._remark_from_s)
        return "\n".join(told)

    async def take_last_key(self) -> None:
        """A key that came with the hang-up counts: it was keyed as an answer."""
        key = self._session.conversation.discard_keys()[:1]
        if self.score is None and self._asks and key in SCORE_KEYS:
            self.score = int(key)
            await self._give(self.score)

    async def _ask(self) -> int | None:
        session, spoken = self._session, self._session.language.pack.menu.spoken
        for _ in range(session.timing.tries):
            opening = () if self._introduced else self._introduction()
            self._introduced = self._asks = True
            try:
                answer = await ask(
                    session,
                    *opening,
                    Prompt("survey_score"),
                    understand=lambda text: best_of(text, spoken.scores, spoken.polite),
                    own=SCORE_KEYS,
                )
            except Back:
                continue
            except (Interrupted, Jump):  # from here on keys answer something else
                self._asks = False
                raise
            match answer:
                case Pressed(key) if key in SCORE_KEYS:
                    return int(key)
                case Spoken(meaning=int() as index):
                    return index + 1
                case Pressed():
                    await session.conversation.end_of_burst()
                    await session.conversation.say(Prompt("wrong_key"))
                case Said():
                    await session.conversation.say(Prompt("not_understood"))
                case Silence():
                    await session.conversation.say(Prompt("not_heard"))
        return None

    def _introduction(self) -> tuple[Prompt, ...]:
        intro = Prompt("survey_intro", number=Digits(self._ticket.number))
        return (intro, *self._session.prompts(("recorded_notice",)))
