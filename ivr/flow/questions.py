"""The questions of a category, after the message: when, how often, whom it affects, whether anybody
is hurt. Two at most, none that was answered already, none in an emergency.

The answer is the ticket's field, as heard; without live speech its stretch of the recording is
marked, and the transcript fills the field (`ivr/after/review.py`).
"""

from __future__ import annotations

from call_logs.calls import CallEventKind
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.asking import ask, nothing
from ivr.call.conversation import Pressed, Said
from ivr.call.session import Session
from ivr.packs.forms import Question
from ivr.packs.phrasebook import Prompt

__all__ = ["ANSWER", "ask_questions"]

ANSWER = "answer:"  # and the field, marks an answer's stretch in the call's log
PHONE_KEYS = tuple("123456789")


async def ask_questions(session: Session) -> None:
    """Ask what the ticket's category still lacks.

    Raises:
        HungUp, Interrupted, Jump, Back: the caller leaves; what was answered is kept.
    """
    draft = session.draft
    if draft.kind is TicketKind.EMERGENCY or draft.ticket_class is TicketClass.URGENT:
        return
    forms, asked = session.language.pack.forms, 0
    for name, question in forms.of(draft.category):
        if name in draft.answers:
            continue
        if told := _told(session, question):
            draft.answer(name, told)
            continue
        if asked < forms.most:
            asked += 1
            await _ask(session, name, question)
    await draft.save()


def _told(session: Session, question: Question) -> str:
    """The sentence that has answered it already."""
    return next((each for each in session.draft.statements if question.is_told(each)), "")


async def _ask(session: Session, name: str, question: Question) -> None:
    conversation = session.conversation
    start_s = conversation.media.position_s
    answer = await ask(session, Prompt(question.prompt), understand=nothing, own=PHONE_KEYS)
    end_s = conversation.media.position_s
    if isinstance(answer, Pressed):  # a key says: go on
        await conversation.end_of_burst()
        return
    session.note(CallEventKind.MESSAGE, start_s=start_s, end_s=end_s, about=ANSWER + name)
    if isinstance(answer, Said):
        session.draft.answer(name, answer.heard.text)
        await session.draft.save()
