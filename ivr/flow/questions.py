"""The questions of a category, after the message: when, how often, whom it affects, whether anybody
is hurt; and who calls. Few, none that was answered already, none in an emergency.

The answer is the ticket's field, as heard; without live speech its stretch of the recording is
marked, and the transcript fills the field (`ivr/after/review.py`). Its sound is kept for the call:
the caller hears it again when their record is read back.
"""

from __future__ import annotations

from asr.audio import VoiceMeter
from call_logs.calls import CallEventKind
from ivr.call.asking import ask, nothing
from ivr.call.conversation import Pressed, Said
from ivr.call.session import Session
from ivr.packs.forms import Question
from ivr.packs.phrasebook import Prompt

__all__ = ["ANSWER", "NAME", "ask_name", "ask_questions", "ask_questions_again"]

ANSWER = "answer:"  # and the field, marks an answer's stretch in the call's log
NAME = "name"
PHONE_KEYS = tuple("123456789")
TAIL_S = 0.4  # of sound around what was said
_NAME = Question("ask_name")


async def ask_questions(session: Session) -> None:
    """Ask what the ticket's category still lacks.

    Raises:
        HungUp, Interrupted, Jump, Back: the caller leaves; what was answered is kept.
    """
    draft = session.draft
    if draft.is_emergency:
        return
    forms, asked = session.language.pack.forms, 0
    for name, question in forms.of(draft.category):
        if name in draft.answers:
            continue
        if told := _told(session, question):
            draft.answer(name, told)
            continue
        if asked < forms.limit(draft.category):
            asked += 1
            await _ask(session, name, question)
    await draft.save()


async def ask_questions_again(session: Session) -> None:
    """Those that were answered when they were asked: the caller has heard that it is wrong."""
    questions = session.language.pack.forms.questions
    for name in tuple(session.answer_sounds):
        if name in questions:
            await _ask(session, name, questions[name])


async def ask_name(session: Session, *, again: bool = False) -> None:
    """Who calls; a key or silence skips it. Nobody is asked whom we know, who wants to be known to
    nobody, or who is in need."""
    draft = session.draft
    known = draft.name or NAME in draft.answers
    if draft.is_emergency or draft.anonymous or (known and not again):
        return
    await _ask(session, NAME, _NAME)


def _told(session: Session, question: Question) -> str:
    """The sentence that has answered it already."""
    return next((each for each in session.draft.statements if question.is_told(each)), "")


async def _ask(session: Session, name: str, question: Question) -> None:
    conversation = session.conversation
    start_s = conversation.media.position_s
    sound = _Sound(conversation.media.rate_hz)
    untap = conversation.media.tap(sound.hear)
    try:
        answer = await ask(session, Prompt(question.prompt), understand=nothing, own=PHONE_KEYS)
    finally:
        untap()
    end_s = conversation.media.position_s
    if isinstance(answer, Pressed):  # a key says: go on
        await conversation.end_of_burst()
        return
    session.note(CallEventKind.MESSAGE, start_s=start_s, end_s=end_s, about=ANSWER + name)
    if sound.spoken or isinstance(answer, Said):
        session.answer_sounds[name] = sound.spoken
    if isinstance(answer, Said):
        session.draft.answer(name, answer.heard.text)
        await session.draft.save()


class _Sound:
    """What the caller says while a question is put to them, without the quiet around it."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pcm = bytearray()
        self._meter = VoiceMeter(rate_hz)
        self._began_s: float | None = None

    def hear(self, pcm: bytes) -> None:
        self._pcm += pcm
        self._meter.hear(pcm)
        if self._began_s is None and self._meter.last_speech_s:
            self._began_s = self._meter.length_s

    @property
    def spoken(self) -> bytes:
        if self._began_s is None:
            return b""
        start, end = self._began_s - 2 * TAIL_S, self._meter.last_speech_s + TAIL_S
        return bytes(self._pcm[self._at(max(0.0, start)) : self._at(end)])

    def _at(self, second: float) -> int:
        return int(second * self._rate_hz) * 2
