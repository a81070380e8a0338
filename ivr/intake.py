"""The questions of an intake: where, on what number, what happened.

The ticket is open before the first question, and saved after every answer, so a
caller who hangs up has not spoken in vain. What he has said already is not asked
again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from asr import Place, find_number, find_place
from call_logs import Refusal
from ivr.answers import YesNo
from ivr.asking import ask, decide, nothing, number_keypad
from ivr.conversation import Pressed, Silence, Speech, Spoken
from ivr.menu import Ask
from ivr.message import take_message
from ivr.phrasebook import Digits, Prompt
from ivr.places import place_phrase
from ivr.session import Session

_WHY_NOT = {
    Refusal.NOT_A_NUMBER: "callback_wrong",
    Refusal.EXTENSION: "callback_wrong",
    Refusal.EMERGENCY: "callback_service",
    Refusal.SHORT: "callback_service",
}
"""What a caller is told whose number is not dialled, by why it is not."""

ROOM_DIGITS = 3  # keyed without a separator: 2 is a unit, 1502 a room


class Intake:
    """Asks a caller for what his ticket still lacks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def ask(self, questions: Iterable[Ask]) -> None:
        """Ask what is not known yet, in this order."""
        ways: dict[Ask, Callable[[], Awaitable[None]]] = {
            Ask.BUILDING: self._building,
            Ask.UNIT: self._unit,
            Ask.CALLBACK: self._callback,
            Ask.MESSAGE: self._message,
        }
        for question in questions:
            await ways[question]()
            await self._session.draft.save()

    # -- where ------------------------------------------------------------------

    async def _building(self) -> None:
        draft = self._session.draft
        if draft.place_known:
            await self._read_back()
        if not draft.place_known:
            found = await self._place("ask_building", lambda keys: Place(building=keys))
            if found is None:
                await self._session.conversation.say(Prompt("place_none"))

    async def _unit(self) -> None:
        place = self._session.draft.place
        if place.building and not (place.unit or place.room or place.area):
            await self._place("ask_unit", _unit_and_room, separator="*")

    async def _place(
        self, prompt: str, from_keys: Callable[[str], Place], separator: str = ""
    ) -> Place | None:
        """Ask until something was said or keyed that can be a place."""
        session = self._session
        for _ in range(session.timing.tries):
            answer = await ask(
                session,
                Prompt(prompt),
                understand=lambda text: self._place_in(text, from_keys),
                keypad=number_keypad(
                    session,
                    inside=separator,
                    alone=session.language.pack.menu.keys.person,  # no building has number 0
                ),
            )
            match answer:
                case Pressed(keys) if keys:
                    place = from_keys(keys)
                    session.draft.correct_place(place)
                    return place
                case Spoken(meaning=Place() as place):
                    session.draft.correct_place(place)
                    if await self._read_back():
                        return place
                case Speech(heard):
                    session.keep_statement(heard)
                    if session.draft.place_known:
                        return session.draft.place
                    await session.conversation.say(Prompt("not_understood"))
                case Silence():
                    await session.conversation.say(Prompt("not_heard"))
        return None

    def _place_in(self, text: str, from_keys: Callable[[str], Place]) -> Place | None:
        """A place, or a bare number as the answer to "which building?"."""
        language = self._session.language.id
        place = find_place(text, language)[0]
        if place != Place():
            return place
        number = find_number(text, language)
        return from_keys(number) if number else None

    async def _read_back(self) -> bool:
        """Whether the place as understood is right; forgotten when it is not."""
        session = self._session
        for _ in range(session.timing.tries):
            answer = await decide(
                session,
                Prompt("read_back_place", place=place_phrase(session.draft.place)),
                instead=self._stated_place,
            )
            match answer:
                case YesNo.YES | Silence():  # he has heard it, and lets it stand
                    return True
                case Spoken(meaning=Place() as place):
                    session.draft.correct_place(place)
                case _:
                    break
        session.draft.place = Place()
        return False

    def _stated_place(self, text: str) -> Place | None:
        return find_place(text, self._session.language.id)[0] or None

    # -- on what number ----------------------------------------------------------

    async def _callback(self) -> None:
        session, draft = self._session, self._session.draft
        if draft.callback:
            return
        if self._refusal(draft.caller) is None:
            draft.callback = draft.caller  # until he says otherwise
            decision = await decide(
                session,
                Prompt("callback_caller", digits=Digits(draft.caller, phone=True)),
                instead=self._number_in,
            )
            match decision:
                case YesNo.YES | Silence():
                    return
                case Spoken(meaning=str() as number) if self._refusal(number) is None:
                    if await self._number_confirmed(number):
                        draft.callback = number
                        return
        await self._enter_callback()

    async def _enter_callback(self) -> None:
        session, draft = self._session, self._session.draft
        for _ in range(session.timing.tries):
            answer = await ask(
                session,
                Prompt("callback_enter"),
                understand=self._number_in,
                keypad=number_keypad(session),
            )
            match answer:
                case Pressed(number) | Spoken(meaning=str() as number) if refusal := self._refusal(
                    number
                ):
                    await session.conversation.say(Prompt(_WHY_NOT.get(refusal, "callback_other")))
                case Pressed(number):
                    draft.callback = number
                    return
                case Spoken(meaning=str() as number):
                    if await self._number_confirmed(number):
                        draft.callback = number
                        return
                case Silence():
                    await session.conversation.say(Prompt("not_heard"))
                case _:
                    await session.conversation.say(Prompt("callback_wrong"))
        if not draft.callback:
            await session.conversation.say(Prompt("callback_none"))

    def _refusal(self, number: str) -> Refusal | None:
        """Why we could not call him back on this number; None when we can."""
        is_line = self._session.line is not None and number == self._session.draft.caller
        return self._session.dialling.may_call_back(number, is_line=is_line).refusal

    def _number_in(self, text: str) -> str | None:
        return find_number(text, self._session.language.id) or None

    async def _number_confirmed(self, number: str) -> bool:
        prompt = Prompt("callback_read_back", digits=Digits(number, phone=True))
        decision = await decide(self._session, prompt, instead=nothing)
        return decision is YesNo.YES or decision == Silence()

    # -- what happened -------------------------------------------------------------

    async def _message(self) -> None:
        session = self._session
        if session.draft.category and session.draft.statements:
            return  # he has told it in his own words before we asked
        if await take_message(session):
            await session.conversation.say(Prompt("message_saved"))


async def say_number(session: Session) -> None:
    """Tell the caller his ticket's number, twice, or that he will be called."""
    ticket = session.draft.ticket
    if ticket is None:
        await session.conversation.say(Prompt("will_call_back"))
        return
    number = Digits(ticket.number)
    await session.conversation.say(
        Prompt("ticket_number", number=number), Prompt("ticket_number_again", number=number)
    )


def _unit_and_room(keys: str) -> Place:
    """`2*1502` is unit 2, room 1502."""
    unit, star, room = keys.partition("*")
    if star:
        return Place(unit=unit, room=room)
    return Place(room=unit) if len(unit) >= ROOM_DIGITS else Place(unit=unit)
