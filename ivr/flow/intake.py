"""The questions of an intake: where, on what number, what happened.

The ticket is open before the first question, and saved after every answer, so a
caller who hangs up has not spoken in vain. What they have said already is not asked
again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from asr.spoken import Place, find_number, find_place
from call_logs.roster import Refusal
from ivr.call.answers import YesNo
from ivr.call.asking import ask, decide, nothing, number_keypad
from ivr.call.conversation import Pressed, Said, Silence, Spoken
from ivr.call.session import Session
from ivr.flow.message import take_message
from ivr.flow.questions import ask_name, ask_questions, ask_questions_again
from ivr.flow.record_check import Part, check_record
from ivr.packs.menu import Ask
from ivr.packs.phrasebook import Digits, Number, Prompt
from ivr.packs.places import place_phrase

_WHY_NOT = {
    Refusal.NOT_A_NUMBER: "callback_wrong",
    Refusal.EXTENSION: "callback_wrong",
    Refusal.EMERGENCY: "callback_service",
    Refusal.SHORT: "callback_service",
}
"""What a caller is told whose number is not dialled, by why it is not."""

MOST_CORRECTIONS = 3  # of a place that is read back
ROOM_DIGITS = 3  # keyed without a separator: 2 is a unit, 1502 a room


class Intake:
    """Asks a caller for what their ticket still lacks."""

    def __init__(
        self, session: Session, known: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """`known`: once the place is told, whether nothing more need be asked."""
        self._session = session
        self._known = known

    async def ask(self, questions: Collection[Ask]) -> bool:
        """Ask what is not known yet, in this order; a place is asked for and read back as one.
        Whether the matter was `known`."""
        ways: dict[Ask, Callable[[], Awaitable[None]]] = {
            Ask.BUILDING: lambda: self._where(with_unit=Ask.UNIT in questions),
            Ask.CALLBACK: self._callback,
            Ask.MESSAGE: self._message,
            Ask.NAME: lambda: ask_name(self._session),
            Ask.CHECK: lambda: self._check(with_unit=Ask.UNIT in questions),
        }
        for question in questions:
            if question in ways:
                await ways[question]()
                await self._session.draft.save()
                if question is Ask.BUILDING and self._known is not None and await self._known():
                    return True
        return False

    # -- where ------------------------------------------------------------------

    async def _where(self, *, with_unit: bool) -> None:
        """Whatever was said or keyed is read back once, as a whole."""
        draft = self._session.draft
        unclear = Place()  # neither confirmed nor denied: better than none
        for _ in range(self._session.timing.tries):
            if not draft.place_known:
                await self._place("ask_building", lambda keys: Place(building=keys))
            if not draft.place_known:
                unclear = draft.place  # a lift, of no house: in the ticket all the same
                break
            if with_unit and not (draft.place.unit or draft.place.room or draft.place.area):
                await self._place("ask_unit", _unit_and_room, separator="*")
            confirmed = await self._read_back()
            if confirmed:
                return
            unclear = draft.place if confirmed is None else Place()
            draft.place = Place()
        draft.place = unclear
        if not draft.place_known:
            await self._session.conversation.say(Prompt("place_none"))

    async def _place(
        self, prompt: str, from_keys: Callable[[str], Place], separator: str = ""
    ) -> None:
        """Ask until something was said or keyed that can be a place."""
        session, draft = self._session, self._session.draft
        for _ in range(session.timing.tries):
            known = draft.place
            answer = await ask(
                session,
                Prompt(prompt),
                understand=lambda text: self._place_in(text, from_keys),
                is_whole=_is_whole,
                keypad=number_keypad(
                    session,
                    inside=separator,
                    alone=session.language.pack.menu.keys.person,  # no building has number 0
                ),
            )
            match answer:
                case Pressed(keys) if keys:
                    draft.correct_place(from_keys(keys))
                case Spoken(place):
                    draft.correct_place(place)
                case Said(heard):
                    session.keep_statement(heard)
                    if draft.place == known:
                        await session.conversation.say(Prompt("not_understood"))
                case Silence():
                    await session.conversation.say(Prompt("not_heard"))
            await draft.save()
            if draft.place != known:
                return

    def _place_in(self, text: str, from_keys: Callable[[str], Place]) -> Place | None:
        """A place, or a bare number as the answer to "which building?"."""
        if place := self._stated_place(text):
            return place
        number = find_number(text, self._session.language.id)
        return from_keys(number) if number else None

    async def _read_back(self) -> bool | None:
        """Whether the place as understood is right; None when that did not come clear."""
        session = self._session
        for _ in range(MOST_CORRECTIONS):
            decision = await decide(
                session,
                Prompt("read_back_place", place=place_phrase(session.draft.place)),
                instead=self._stated_place,
            )
            match decision:
                case YesNo.YES | Silence():  # they have heard it, and let it stand
                    return True
                case YesNo.NO:
                    return False
                case Spoken(place):
                    session.draft.correct_place(place)
                case _:
                    break
        return None

    def _stated_place(self, text: str) -> Place | None:
        return find_place(text, self._session.language.id)[0] or None

    # -- on what number ----------------------------------------------------------

    async def _callback(self) -> None:
        session, draft = self._session, self._session.draft
        if draft.callback:
            return
        if self._refusal(draft.caller) is None:
            draft.callback = draft.caller  # until they say otherwise
            decision = await decide(
                session,
                Prompt("callback_caller", digits=Digits(draft.caller, phone=True)),
                instead=self._number_in,
                is_whole=self._can_be_called,
            )
            match decision:
                case YesNo.YES:
                    draft.give_callback(draft.caller)
                    return
                case Silence():
                    return
                case Spoken(number) if await self._takes(number):
                    return
        await self._enter_callback()

    async def _enter_callback(self) -> None:
        """A number that is known already stays until another one is complete and confirmed."""
        session = self._session
        for _ in range(session.timing.tries):
            answer = await ask(
                session,
                Prompt("callback_enter"),
                understand=self._number_in,
                is_whole=self._can_be_called,
                keypad=number_keypad(session),
            )
            match answer:
                case Pressed(number) | Spoken(meaning=str() as number) if number:
                    if await self._takes(number):
                        return
                case Said(heard):
                    session.keep_statement(heard)
                    await session.conversation.say(Prompt("not_understood"))
                case _:
                    await session.conversation.say(Prompt("not_heard"))
        if not session.draft.callback:
            await session.conversation.say(Prompt("callback_none"))

    async def _takes(self, number: str) -> bool:
        """Read a number back, or say why it cannot be called; whether it is the one now."""
        session = self._session
        refusal = self._refusal(number)
        if refusal is not None:
            if refusal is Refusal.NOT_A_NUMBER:
                heard = Digits(number, phone=True)
                await session.conversation.say(
                    Prompt("callback_counted", digits=heard, count=Number(len(number)))
                )
            await session.conversation.say(Prompt(_WHY_NOT.get(refusal, "callback_other")))
            return False
        decision = await decide(
            session,
            Prompt("callback_read_back", digits=Digits(number, phone=True)),
            instead=nothing,
        )
        if decision is YesNo.YES or decision == Silence():
            session.draft.give_callback(number)
            return True
        return False

    def _can_be_called(self, number: str) -> bool:
        return self._refusal(number) is None

    def _refusal(self, number: str) -> Refusal | None:
        """Why we could not call them back on this number; None when we can."""
        is_line = self._session.line is not None and number == self._session.draft.caller
        return self._session.dialling.may_call_back(number, is_line=is_line).refusal

    def _number_in(self, text: str) -> str | None:
        return find_number(text, self._session.language.id) or None

    # -- what happened -------------------------------------------------------------

    async def _message(self) -> None:
        session = self._session
        # Who has told it in their own words before we asked leaves no message.
        told = session.draft.category and session.draft.statements
        if not told and await take_message(session):
            await session.conversation.say(Prompt("message_saved"))
        await ask_questions(session)

    # -- all of it, before the call ends ---------------------------------------------

    async def _check(self, *, with_unit: bool) -> None:
        session = self._session
        await check_record(
            session,
            {
                Part.PLACE: lambda: self._another_place(with_unit=with_unit),
                Part.CALLBACK: self._enter_callback,
                Part.MESSAGE: self._another_message,
                Part.ANSWERS: lambda: ask_questions_again(session),
                Part.NAME: lambda: ask_name(session, again=True),
            },
        )

    async def _another_place(self, *, with_unit: bool) -> None:
        """One that is wrong is better than none, until there is another."""
        draft = self._session.draft
        before, draft.place = draft.place, Place()
        try:
            await self._where(with_unit=with_unit)
        finally:
            if not draft.place_known:
                draft.place = before

    async def _another_message(self) -> None:
        """It stands behind the first one: nothing that was said is lost."""
        await take_message(self._session)


async def say_number(session: Session) -> None:
    """Tell the caller their ticket's number, twice, or that they will be called."""
    ticket = session.draft.ticket
    if ticket is None:
        await session.conversation.say(Prompt("will_call_back"))
        return
    number = Digits(ticket.number)
    await session.conversation.say(
        Prompt("ticket_number", number=number), Prompt("ticket_number_again", number=number)
    )


def _is_whole(place: Place) -> bool:
    """Whether a place leaves nothing to add: who dictates it makes a pause behind each part."""
    return bool((place.building and (place.room or place.unit)) or place.area)


def _unit_and_room(keys: str) -> Place:
    """`2*1502` is unit 2, room 1502."""
    unit, star, room = keys.partition("*")
    if star:
        return Place(unit=unit, room=room)
    return Place(room=unit) if len(unit) >= ROOM_DIGITS else Place(unit=unit)
