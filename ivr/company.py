"""What a caller in trouble hears while people are being rung: never silence.

He is told what happens, what to do until help comes, who is being tried; he may speak
or press keys all along, and what he says still reaches the ticket and the people.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from ivr.conversation import Silence, Speech
from ivr.intake import Intake
from ivr.jumps import Back, Jump
from ivr.menu import Ask
from ivr.phrasebook import Prompt, Utterance
from ivr.session import Session

MUSIC_S = 8.0  # comfort music between two sentences
STILL_TRYING_EVERY = 3  # sentences of progress are rare; then this one reassures


class Company:
    """Keeps one caller company until cancelled."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._news: deque[Utterance] = deque(maxlen=2)  # only the latest is news
        self._tried_before = False

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
        await session.conversation.say(*opening)
        with suppress(Back, Jump):  # he wants out of the question, not out of the search
            await self._ask_place()
        quiet = 0
        while True:
            if self._news:
                await session.conversation.say(self._news.popleft())
            elif quiet and quiet % STILL_TRYING_EVERY == 0:
                await session.conversation.say(Prompt("dispatch_still_trying"))
            await session.conversation.start_saying(Prompt("comfort"), repeat=True)
            if await self._listen():
                quiet = 0
            else:
                quiet += 1

    async def _listen(self) -> bool:
        """Hear the caller for a while; whether he said something."""
        deadline = asyncio.get_running_loop().time() + MUSIC_S
        said = False
        while (left := deadline - asyncio.get_running_loop().time()) > 0 and not self._news:
            answer = await self._session.conversation.ask(wait_s=min(left, 1.0))
            match answer:
                case Speech(heard):
                    self._session.keep_statement(heard)
                    await self._session.draft.save()
                    said = True
                case Silence():
                    continue
                case _:
                    # A key stopped the music; there is nothing to choose here.
                    await self._session.conversation.start_saying(Prompt("comfort"), repeat=True)
        return said

    async def _ask_place(self) -> None:
        """The people who come must know where; asked once, answered by word or key."""
        if self._session.draft.place_known:
            return
        answer = await self._session.conversation.ask(
            Prompt("emergency_where"), wait_s=self._session.timing.choice_s
        )
        if isinstance(answer, Speech):
            self._session.keep_statement(answer.heard)
        if not self._session.draft.place_known:
            await Intake(self._session).ask((Ask.BUILDING,))
        await self._session.draft.save()
