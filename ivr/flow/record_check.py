"""The whole record, read back before the call ends: place, number, answers, name, message. A key
ends it at any moment, and wrong parts are corrected one by one.

What was said is played as it was said; a message that the caller has heard and confirmed is not
played a second time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from ivr.call.answers import YesNo, yes_or_no
from ivr.call.asking import ask
from ivr.call.conversation import Pressed, Said, Silence, Spoken
from ivr.call.session import Session
from ivr.flow.questions import NAME
from ivr.packs.phrasebook import Digits, Prompt, Text
from ivr.packs.places import place_phrase

__all__ = ["Part", "check_record"]

MOST_CORRECTIONS = 6


class Part(StrEnum):
    """A part of the record. Its value is the key that corrects it, as the prompts say."""

    PLACE = "2"
    CALLBACK = "3"
    MESSAGE = "4"
    ANSWERS = "5"
    NAME = "6"


_FIX = {
    Part.PLACE: "record_fix_place",
    Part.CALLBACK: "record_fix_callback",
    Part.MESSAGE: "record_fix_message",
    Part.ANSWERS: "record_fix_answers",
    Part.NAME: "record_fix_name",
}


async def check_record(
    session: Session, corrections: Mapping[Part, Callable[[], Awaitable[None]]]
) -> None:
    """Read it back, and correct what the caller says is wrong. Silence lets it stand.

    Raises:
        HungUp, Interrupted, Jump, Back: the caller leaves; the record stands.
    """
    if session.draft.is_emergency:
        return
    conversation, keys = session.conversation, session.language.pack.menu.keys
    await _read(session)
    for _ in range(MOST_CORRECTIONS):
        parts = _parts(session)
        answer = await ask(
            session,
            Prompt("record_right"),
            *(Prompt(_FIX[part]) for part in parts),
            understand=yes_or_no(session),
            own=(keys.yes, *parts),
        )
        match answer:
            case Pressed(keys.yes | "") | Spoken(meaning=YesNo.YES) | Silence():
                break
            case Pressed(key) if key in parts:
                conversation.pass_over(keys.end)
                await corrections[Part(key)]()
                await session.draft.save()
                await conversation.say(Prompt("record_changed"))
            case Said(heard):
                session.keep_statement(heard)
                await session.draft.save()
            case Pressed():
                await conversation.end_of_burst()
                await conversation.say(Prompt("wrong_key"))


async def _read(session: Session) -> None:
    """A key cuts all of it short, and answers the question that follows."""
    conversation, draft = session.conversation, session.draft
    answers = [name for name in session.answer_sounds if name != NAME]
    session.asking("record_check")
    await conversation.say(Prompt("record_check"))
    if draft.place_known:
        await conversation.say(Prompt("record_place", place=place_phrase(draft.place)))
    if draft.callback:
        digits = Digits(draft.callback, phone=True)
        await conversation.say(Prompt("record_callback", digits=digits))
    if answers:
        await conversation.say(Prompt("record_answers"))
        for name in answers:
            await _play(session, name)
    if NAME in session.answer_sounds:
        await conversation.say(Prompt("record_name"))
        await _play(session, NAME)
    if session.unchecked_message:
        await conversation.say(Prompt("message_playback"))
        await conversation.hear(session.unchecked_message)


async def _play(session: Session, name: str) -> None:
    """As it was said; where no sound of it was kept, in the words that were understood."""
    if sound := session.answer_sounds[name]:
        await session.conversation.hear(sound)
    elif words := session.draft.answers.get(name):
        await session.conversation.say(Text(words))


def _parts(session: Session) -> tuple[Part, ...]:
    """What can be corrected: what there is, and what is always asked for."""
    draft, sounds = session.draft, session.answer_sounds
    there = {
        Part.PLACE: True,
        Part.CALLBACK: True,
        Part.MESSAGE: True,
        Part.ANSWERS: any(name != NAME for name in sounds),
        Part.NAME: not draft.anonymous and (NAME in sounds or bool(draft.name)),
    }
    return tuple(part for part, is_there in there.items() if is_there)
