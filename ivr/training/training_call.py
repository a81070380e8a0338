"""One training call, from its answer to its end or to what it has become."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

from asr.live import Heard
from call_logs.tickets import TicketClass
from ivr.call.answering import take
from ivr.call.asking import number_keypad
from ivr.call.conversation import Pressed
from ivr.call.jumps import HungUp
from ivr.call.listening import CallListener
from ivr.call.opening import SessionMaker
from ivr.call.session import Session
from ivr.endpoint import Call, CallEvent, KeyPressed
from ivr.flow.walk import walk
from ivr.media.call_media import MediaClock
from ivr.packs.phrasebook import Digits, Prompt, Text, Utterance
from ivr.training.admittance import Codes
from ivr.training.practice_reach import PracticeReach
from ivr.training.real_thing import RealKeys, is_real
from ivr.training.stage import Next, Outcome, Stage, move

__all__ = ["TrainingCall"]

logger = logging.getLogger(__name__)

CODE_WAIT_S = 10.0
CODE_TRIES = 3
_CLASSES = {
    TicketClass.URGENT: "training_urgent",
    TicketClass.IMPORTANT: "training_important",
    TicketClass.GENERAL: "training_general",
}


class TrainingCall:
    """The stages of `ivr.training.stage`, walked by one task and left by events."""

    def __init__(
        self, call: Call, sessions: SessionMaker, reach: PracticeReach, codes: Codes
    ) -> None:
        """`sessions`: over a practice store, and with `reach`."""
        self.call = call
        self.stage = Stage.RINGING
        self._sessions = sessions
        self._reach = reach
        self._codes = codes
        self._keys = RealKeys()
        self._real = asyncio.Event()
        self._words = ""
        self._session: Session | None = None

    async def run(self, clock: MediaClock, language_id: str) -> Outcome:
        """Answer, and practise until something else comes of it."""
        if not await take(self.call):
            return self._over()
        async with AsyncExitStack() as stack:
            media = clock.attach(self.call)
            stack.callback(media.close)
            stack.callback(media.stop)  # nothing of the training is heard in what follows
            opened = self._sessions.open(self.call, media, stack, language_id)
            self._session = opened.session
            opened.session.overhear = self._overhear
            stack.callback(self.call.subscribe(self._on_event))
            return await self._until_real(self._talk(opened.session, opened.ear))

    async def _until_real(self, talk: Coroutine[Any, Any, Outcome]) -> Outcome:
        """Talk to the end, unless the caller means it: that waits for nothing, and not even
        a hang-up undoes it."""
        talking = asyncio.create_task(talk, name=f"training-{self.call.id}")
        meaning_it = asyncio.create_task(self._real.wait())
        try:
            await asyncio.wait({talking, meaning_it}, return_when=asyncio.FIRST_COMPLETED)
            if self._real.is_set():
                return Outcome(Next.EMERGENCY, self._words)
            return talking.result()
        finally:
            for task in (talking, meaning_it):
                task.cancel()
            await asyncio.gather(talking, meaning_it, return_exceptions=True)

    # -- the stages ------------------------------------------------------------------

    async def _talk(self, session: Session, ear: CallListener) -> Outcome:
        conversation = session.conversation
        try:
            self._go(Stage.ANNOUNCED)
            await conversation.say(Prompt("training_begins"))
            if self._codes.asked and not await self._knows_code(session):
                self._go(Stage.REFUSED)
                await conversation.say(Prompt("training_refused"))
                return Outcome(Next.ORDINARY)
            self._go(Stage.PRACTISING)
            logger.info("a training call begins")
            # Not sooner: the announcement itself says the words, and a loudspeaker repeats it.
            ear.listen(session)
            await walk(session, self._sessions.settings.zone)
            self._go(Stage.TOLD)
            conversation.discard_keys()  # what would have happened is heard to the end
            for said in self._would_have_happened(session):
                await conversation.say(said)
                conversation.discard_keys()
        except HungUp:
            pass
        return self._over()

    async def _knows_code(self, session: Session) -> bool:
        self._go(Stage.ASKED)
        now = session.store.clock.now
        for _ in range(CODE_TRIES):
            answer = await session.conversation.ask(
                Prompt("training_code"),
                keypad=number_keypad(session),
                speech=False,
                wait_s=CODE_WAIT_S,
            )
            if not isinstance(answer, Pressed):
                return False
            if self._codes.knows(answer.keys, now()):
                return True
            await session.conversation.say(Prompt("training_code_wrong"))
        return False

    def _would_have_happened(self, session: Session) -> Iterator[Utterance]:
        draft = session.draft
        if draft.ticket is None:
            yield Prompt("training_no_ticket")
        else:
            yield Prompt("training_ticket")
            yield Prompt("ticket_number", number=Digits(draft.ticket.number))
            if draft.category:
                yield Prompt("training_category", category=_named(session))
            yield Prompt(_CLASSES[draft.ticket_class])
        yield from self._reach.words()
        yield Prompt("training_over")

    def _over(self) -> Outcome:
        if self.stage not in (Stage.REAL, Stage.OVER):
            self._go(Stage.OVER)
        return Outcome(Next.OVER)

    def _go(self, stage: Stage) -> None:
        if self.stage is not Stage.REAL:  # the task of the talk is about to be called off
            self.stage = move(self.stage, stage)

    # -- what says that it is real -----------------------------------------------------

    def _on_event(self, event: CallEvent) -> None:
        session = self._session
        if not isinstance(event, KeyPressed) or session is None:
            return
        now_s = asyncio.get_running_loop().time()
        menu, keying = session.language.pack.menu, session.conversation.keying
        if self._keys.press(event.key, menu, now_s, keying=keying):
            self._means_it("")

    def _overhear(self, heard: Heard) -> None:
        session = self._session
        if session is not None and is_real(heard, session.language.pack.menu.spoken):
            self._means_it(heard.text)

    def _means_it(self, words: str) -> None:
        if self.stage in (Stage.REAL, Stage.OVER):
            return
        self.stage = move(self.stage, Stage.REAL)
        self._words = words
        self._real.set()


def _named(session: Session) -> Utterance:
    """A category as it is called; most that ring nobody have no recording."""
    language, category = session.language, session.draft.category
    known = language.category(category)
    if known.spoken == f"category_{category}" and known.spoken in language.pack.prompts:
        return Prompt(known.spoken)
    return Text(known.names.get(language.id, category))
