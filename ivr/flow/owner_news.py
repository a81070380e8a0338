"""News is told to an owner who was called, who first shows that somebody is there.

No word of the ticket is said to a machine, nor to a telephone that somebody else picked up and
put down: whoever presses 1 hears it. A spoken yes is none: 您好 holds 好, and machines say it, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from call_logs.owners import News
from call_logs.tickets import NewsTopic, Ticket
from ivr.call.asking import ask
from ivr.call.conversation import Pressed, Said
from ivr.call.jumps import Back
from ivr.call.session import Session
from ivr.flow.enquiry import how_it_stands
from ivr.flow.owners_say import OwnersSay
from ivr.packs.menu import NodeKind
from ivr.packs.phrasebook import Digits, Prompt, Text, Utterance

__all__ = ["NewsTalk"]

HEAR, NO_MORE = "1", "9"
TALK_S = 10.0  # a person who is silent is given up sooner
LOOK_S = 0.2


class NewsTalk:
    """Tells one owner one thing. Called again after something came between, it goes on where
    it was."""

    def __init__(
        self,
        session: Session,
        ticket: Ticket,
        news: News,
        zone: ZoneInfo,
        *,
        told: Callable[[], Awaitable[None]],
        no_more: Callable[[], Awaitable[None]],
    ) -> None:
        """`told`: the owner has it; `no_more`: wants no such call again. Both keep that."""
        self._session = session
        self._ticket = ticket
        self._news = news
        self._zone = zone
        self._told = told
        self._no_more = no_more
        self._listens = False
        self._together_s = 0.0  # that the owner and a person of ours are connected
        self.told = False
        self.refused = False
        self.nobody = False  # of ours was there to speak with

    async def __call__(self) -> str:
        """Raises:
        HungUp, Interrupted, Jump: the owner is gone, in need, or wants a person.
        """
        if self.told:
            return ""
        if not self._listens:
            self._listens = await self._offer()
        if not self._listens:
            return ""
        if self._news.topic is NewsTopic.CALL_BACK:
            return await self._connect()
        await self._session.conversation.say(*self._words(self._session.store.clock.now()))
        await self._has_it()
        return ""

    async def say_good_bye(self) -> None:
        """With what the owner has to say to it before."""
        with suppress(Back):
            await OwnersSay(self._session, self._ticket, self._zone).asks_for_another()
        await self._session.conversation.say(Prompt("goodbye"))

    async def _offer(self) -> bool:
        """Whether somebody wants to hear it."""
        session, conversation = self._session, self._session.conversation
        call_back = self._news.topic is NewsTopic.CALL_BACK
        offer = "call_back_offer" if call_back else "news_offer"
        opening: tuple[Utterance, ...] = (
            Prompt("owner_message", number=Digits(self._ticket.number)),
            *session.prompts(("recorded_notice",)),
        )
        for turn in range(session.timing.tries):
            try:
                answer = await ask(
                    session,
                    *opening,
                    Prompt(offer),
                    understand=_no_words,
                    own=(HEAR,) if call_back else (HEAR, NO_MORE),
                )
            except Back:
                continue
            if isinstance(answer, Said) and turn == 0:
                continue  # "hello?" over the first words: once more from the beginning
            opening = ()
            match answer:
                case Pressed(key) if key == HEAR:
                    return True
                case Pressed(key) if key == NO_MORE and not call_back:
                    self.refused = True
                    await self._no_more()
                    await conversation.say(Prompt("news_stopped"), Prompt("goodbye"))
                    return False
                case Pressed():
                    await conversation.end_of_burst()
                    await conversation.say(Prompt("wrong_key"))
                case Said():
                    await conversation.say(Prompt("not_understood"))
                case _:
                    await conversation.say(Prompt("not_heard"))
        await conversation.say(Prompt("goodbye"))
        return False

    async def _connect(self) -> str:
        """A person of ours speaks with the owner, as after key 0."""
        conversation = self._session.conversation
        await conversation.say(Prompt("followup_owner_connect"))
        watching = asyncio.create_task(self._until_they_talk())
        try:
            with conversation.not_at_home():
                reached = await self._session.reach.person(self._session)
        finally:
            watching.cancel()
            # Most talks end with the owner hanging up.
            if self._together_s:
                await self._has_it()
        if reached:
            await self._has_it()
        if self.told:
            return ""
        self.nobody = True
        await conversation.say(Prompt("person_busy"))
        node = self._session.language.pack.menu.first_of(NodeKind.VOICEMAIL)
        return "" if node is None else node.id

    async def _until_they_talk(self) -> None:
        """Kept while they talk: a stop in a long talk is no reason to call once more. A person
        who accepts and is silent is searched for on, and that is none."""
        media = self._session.conversation.media
        while self._together_s < TALK_S:
            await asyncio.sleep(LOOK_S)
            self._together_s = self._together_s + LOOK_S if media.bridged else 0.0
        await asyncio.shield(self._has_it())

    async def _has_it(self) -> None:
        if not self.told:
            self.told = True
            await self._told()

    def _words(self, now: datetime) -> list[Utterance]:
        said = how_it_stands(self._ticket, self._zone, now)
        if self._news.words:
            said += [Prompt("enquiry_news"), Text(self._news.words)]
        return said


def _no_words(text: str) -> str | None:
    """Keys alone are an answer."""
    del text
    return None
