"""What a caller in trouble hears while people are being rung: never silence.

The caller is told what happens, what to do until help comes, who is being tried; speech
and keys are taken all along, and what is said still reaches the ticket and the people.
Comfort music lies under every wait, also while a question is open.
"""

from __future__ import annotations

import asyncio
from collections import deque

from asr.spoken import Place
from ivr.call.asking import number_keypad
from ivr.call.conversation import Pressed, Said
from ivr.call.keys import common
from ivr.call.session import Session
from ivr.packs.phrasebook import Prompt, Utterance

MUSIC_S = 8.0  # comfort music between two sentences
STILL_TRYING_EVERY = 3  # sentences of progress are rare; then this one reassures


class HoldTreatment:
    """Keeps one caller company until cancelled."""

    def __init__(self, session: Session, *, where: bool) -> None:
        """`where`: ask for the place while it is not known."""
        self._session = session
        self._news: deque[Utterance] = deque(maxlen=2)  # only the latest is news
        self._tried_before = False
        self._questions = ["emergency_where", "ask_building"] if where else []
        self._saving: asyncio.Task[None] | None = None

    def trying(self, who: Utterance) -> None:
        """Somebody is being rung now."""
        prompt = "dispatch_next" if self._tried_before else "dispatch_trying"
        self._tried_before = True
        self._news.append(Prompt(prompt, who=who))

    async def keep(self, *opening: Utterance) -> None:
        """Speak, listen and play until cancelled.

        Raises:
            HungUp: the caller is gone.
        """
        session = self._session
        session.keep_all = True  # nobody has to wait for a tone
        try:
            await self._tell(*opening)
            quiet = 0
            while True:
                if self._news:
                    await self._tell(self._news.popleft())
                elif (question := self._next_question()) is not None:
                    await self._tell(Prompt(question))
                elif quiet >= STILL_TRYING_EVERY:
                    quiet = 0
                    await self._tell(Prompt("dispatch_still_trying"))
                quiet = 0 if await self._listen() else quiet + 1
        finally:
            session.keep_all = False

    async def _tell(self, *utterances: Utterance) -> None:
        await self._session.conversation.say(*utterances)
        self._save()  # of what was said meanwhile

    def _save(self) -> None:
        """Beside, and to the end: a store that is slow must not leave the caller in silence."""
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._session.draft.save())

    def _next_question(self) -> str | None:
        if self._session.draft.place_known or not self._questions:
            return None
        return self._questions.pop(0)

    def _is_building(self, keys: str) -> bool:
        """A number, while it is asked for; who presses 0 for a person is waiting for one."""
        is_number = keys.isdecimal() and common(self._session.language.pack.menu.keys, keys) is None
        return is_number and not self._session.draft.place_known

    async def _listen(self) -> bool:
        """Hear the caller for a while, over music; whether there was an answer."""
        session, loop = self._session, asyncio.get_running_loop()
        deadline = loop.time() + MUSIC_S
        answered = False
        music = True
        while (left_s := deadline - loop.time()) > 0 and not self._news:
            if music:
                await session.conversation.start_saying(Prompt("comfort"), repeat=True)
            answer = await session.conversation.ask(
                keypad=number_keypad(session), wait_s=min(left_s, 1.0)
            )
            music = isinstance(answer, Said | Pressed)  # either has stopped it
            match answer:
                case Said():
                    self._save()
                    answered = True
                case Pressed(keys) if self._is_building(keys):
                    session.draft.correct_place(Place(building=keys))
                    self._save()
                    answered = True
        return answered
