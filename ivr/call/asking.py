"""Putting a question to a caller: what holds at every one of them, in one place.

Key 0 and "a person" lead to a person, * and "back" lead back, "say again" repeats; a
question that is answered with yes or no takes nothing else for a yes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar, cast

from ivr.call.answers import Wish, YesNo, wish, yes_or_no
from ivr.call.conversation import Keypad, Pressed, Said, Silence, Spoken
from ivr.call.jumps import Back, Jump
from ivr.call.keys import Common, common, obey
from ivr.call.session import Session
from ivr.packs.menu import NodeKind
from ivr.packs.phrasebook import Prompt, Utterance

T = TypeVar("T")

MOST_REPEATS = 10  # a telephone beside a radio must not hold a line for ever


def number_keypad(session: Session, *, most: int = 20, inside: str = "", alone: str = "") -> Keypad:
    """A keypad with the keys of the caller's language pack."""
    keys = session.language.pack.menu.keys
    return Keypad(
        pause_s=session.timing.digits_s,
        most=most,
        end=keys.end,
        back=keys.back,
        person=keys.person,
        inside=inside,
        alone=alone,
    )


async def ask(
    session: Session,
    *said: Utterance,
    understand: Callable[[str], T | None],
    is_whole: Callable[[T], bool] = lambda meaning: True,
    keypad: Keypad | None = None,
    own: Collection[str] = (),
    wait_s: float | None = None,
) -> Pressed | Spoken[T] | Said | Silence:
    """Ask once, and let the caller finish: `Conversation.ask`. `own` are the keys that mean
    something of their own here. `Pressed("")`: the caller keyed nothing but the end key.

    Raises:
        Jump, Back: the caller leaves the question.
    """
    conversation, keys = session.conversation, session.language.pack.menu.keys

    def meaning(text: str) -> Wish | T | None:
        understood = understand(text)
        return wish(session, text) if understood is None else understood

    if said and isinstance(said[0], Prompt):
        session.asking(said[0].name)
    for repeat in range(MOST_REPEATS):
        answer = await conversation.ask(
            *said,
            slowly=repeat > 0,
            understand=meaning,
            is_whole=lambda meant: isinstance(meant, Wish) or is_whole(cast("T", meant)),
            keypad=keypad,
            end=keys.end,
            pauses=session.pauses,
            wait_s=session.timing.choice_s if wait_s is None else wait_s,
        )
        match answer:
            case Pressed(pressed):
                return _obeyed(session, pressed, own)
            case Spoken(meaning=Wish.PERSON):
                raise Jump(NodeKind.PERSON)
            case Spoken(meaning=Wish.BACK):
                raise Back
            case Spoken(meaning=Wish.REPEAT):
                continue
            case Spoken(heard=heard) if session.tells(heard.text):
                session.keep_statement(heard)  # 灯坏了 chooses "repair" and says what
        return cast("Spoken[T] | Said | Silence", answer)
    return Silence()


def _obeyed(session: Session, pressed: str, own: Collection[str]) -> Pressed:
    keys = session.language.pack.menu.keys
    meant = common(keys, pressed, own)
    if meant is Common.PERSON:
        session.conversation.pass_over(keys.end, keys.person)
    obey(keys, pressed, own)
    return Pressed("") if meant is Common.END else Pressed(pressed)


async def decide(
    session: Session,
    prompt: Prompt,
    *,
    instead: Callable[[str], T | None],
    is_whole: Callable[[T], bool] = lambda meaning: True,
) -> YesNo | Spoken[T] | Silence | None:
    """A yes, a no or what was said `instead` of one; silence when the caller said and keyed nothing
    at all; None when they did, and it was no answer however often they were asked.

    Raises:
        Jump, Back: the caller leaves the question.
    """
    keys = session.language.pack.menu.keys
    decides = yes_or_no(session)

    def understand(text: str) -> YesNo | T | None:
        decided = decides(text)
        return instead(text) if decided is None else decided

    unclear = False
    for _ in range(max(session.timing.tries, 2)):
        answer = await ask(
            session,
            prompt,
            understand=understand,
            is_whole=lambda meant: isinstance(meant, YesNo) or is_whole(cast("T", meant)),
            own=(keys.yes, keys.no),
        )
        match answer:
            case Pressed(keys.yes) | Spoken(meaning=YesNo.YES):
                return YesNo.YES
            case Pressed(keys.no) | Spoken(meaning=YesNo.NO):
                return YesNo.NO
            case Spoken():
                return cast("Spoken[T]", answer)
            case Silence():
                return None if unclear else Silence()
            case Said(heard):
                session.keep_statement(heard)
                await session.draft.save()
            case _:
                await session.conversation.end_of_burst()
        unclear = True
        await session.conversation.say(Prompt("not_understood"))
    return None


def nothing(text: str) -> str | None:
    """For `decide`: nothing counts instead of a yes or a no."""
    return None
