"""Who accepted and the owner meet: on their line when they are still there, else by a call back.

owner on the line --visited------> told who has it, talking
owner on the line --they hang up--> called back
owner away --------called back---> told who has it, talking
either --owner unreachable-------> "they do not answer, go there"
either --person is gone----------> the owner has heard who has it
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from call_logs.dispatches import AttemptStatus, CalledBack
from call_logs.tickets import Ticket
from ivr.call.conversation import Conversation, Interruption
from ivr.call.jumps import HungUp
from ivr.call.services import Services
from ivr.call.session import Session
from ivr.call.visit import Visit
from ivr.dispatch.bridge import Bridge, Outcome, told_why
from ivr.dispatch.call_back import CallBacks, Stage, without_owner
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Party, Ring
from ivr.endpoint import CallState
from ivr.packs.phrasebook import Digits, Prompt

__all__ = ["Meeting", "visit_with_news"]

_MET = (Outcome.HELPED, Outcome.GONE)  # nobody else is needed


class Meeting:
    """One acceptance in the follow-up. Sees to the person's line."""

    def __init__(
        self,
        services: Services,
        call_backs: CallBacks,
        ticket: Ticket,
        ring: Ring,
        party: Party,
        *,
        log: DispatchLog,
        bridge: Callable[[Conversation], Bridge],
        news: Prompt,
        notice: tuple[Prompt, ...],
    ) -> None:
        """`bridge` makes the talk with an owner; `news` is what they hear first, `notice` what
        belongs behind it in a call of its own."""
        self._services = services
        self._call_backs = call_backs
        self._ticket = ticket
        self._ring = ring
        self._party = party
        self._log = log
        self._make_bridge = bridge
        self._news = news
        self._notice = notice
        self._bridged = False
        self._greeting: asyncio.Task[None] | None = None

    async def run(self, away: dict[str, asyncio.Event]) -> bool:
        """False: the person passed the owner on or left them at once; they are in `away` then,
        with whether the owner's line is over, and somebody else is needed."""
        self._greeting = asyncio.create_task(self._keep_waiting())
        try:
            for over in away.values():
                await over.wait()
            session = self._services.on_the_line(self._ticket)
            met = await self._visit(session, away) if session is not None else None
            return await self._call_back(away) if met is None else met
        finally:
            await self._end_greeting()
            if not self._bridged:
                await self._ring.hang_up()
                await self._log.outcome(self._ring.attempt_id, AttemptStatus.ENDED)

    async def _visit(self, session: Session, away: dict[str, asyncio.Event]) -> bool | None:
        """Join the call that the owner is in; None: it is over, they are to be called back."""
        met: bool | None = None

        async def talk(owner: Conversation) -> bool:
            nonlocal met
            if await self._told(owner):
                outcome = await self._talk(owner)
                met = outcome in _MET
                if not met:
                    on_his_line = away[self._ring.person.id] = asyncio.Event()
                    on_his_line.set()  # they are joined where they are, by the next one too
                    await owner.say(*self._regrets(outcome))
            elif owner.call.state is CallState.ESTABLISHED:  # the person did not wait
                met = True
            return met is True

        visit = Visit(talk)
        session.conversation.interrupt(Interruption(visit=visit))
        if await visit.came_about(session.conversation.call):
            self._log.note(CalledBack(answered=True, on_the_line=True))
        return met

    async def _call_back(self, away: dict[str, asyncio.Event]) -> bool:
        async with AsyncExitStack() as line:
            owner = await line.enter_async_context(self._call_backs.to(self._ticket, self._log))
            if owner is not None and await self._told(owner, *self._notice):
                outcome = await self._talk(owner)
                if outcome in _MET:
                    return True
                # Others are rung while they are told so.
                over = away[self._ring.person.id] = asyncio.Event()
                self._services.spawn(_let_go(owner, self._regrets(outcome), line.pop_all(), over))
                return False
        if self._greeting is not None:
            await self._greeting
        with suppress(HungUp):  # they have it, and did not wait
            await self._party.conversation.say(*without_owner(self._ticket))
        return True

    async def _talk(self, owner: Conversation) -> Outcome:
        await self._end_greeting()  # or its music would begin over the talk
        self._bridged = True
        self._services.store.live.update(owner.call.id, menu=Stage.TALK)
        return await self._make_bridge(owner).run(self._ring, self._party)

    def _regrets(self, outcome: Outcome) -> tuple[Prompt, ...]:
        return (told_why(outcome, self._ring.person), Prompt("dispatch_news"))

    async def _keep_waiting(self) -> None:
        """What those who accepted hear until the owner is there. The keys of the talk are told
        here because nobody in need waits for the end of it: the owner's first word cuts it
        short."""
        conversation = self._party.conversation
        with suppress(HungUp):
            await conversation.say(
                Prompt("followup_acknowledged", number=Digits(self._ticket.number)),
                Prompt("followup_owner_connect"),
                Prompt("engineer_bridge_keys"),
            )
            await conversation.start_saying(Prompt("comfort"), repeat=True)

    async def _end_greeting(self) -> None:
        if self._greeting is not None:
            self._greeting.cancel()
            await asyncio.gather(self._greeting, return_exceptions=True)

    async def _told(self, owner: Conversation, *notice: Prompt) -> bool:
        """The owner hears who has taken it; whether both are still there to be connected."""
        try:
            await owner.say(self._news, *notice)
            if self._party.call.state is CallState.CLOSED:
                return False
            await owner.say(Prompt("followup_owner_connect"))
        except HungUp:
            return False
        return True


async def visit_with_news(session: Session, news: Prompt) -> bool:
    """Tell a caller something in the call that they are in; whether they have heard it."""
    heard = False

    async def tell(owner: Conversation) -> bool:
        nonlocal heard
        await owner.say(news)
        heard = True
        return False  # their call goes on

    visit = Visit(tell)
    session.conversation.interrupt(Interruption(visit=visit))
    await visit.came_about(session.conversation.call)
    return heard


async def _let_go(
    owner: Conversation, words: tuple[Prompt, ...], line: AsyncExitStack, over: asyncio.Event
) -> None:
    """Tell an owner who was left that the search goes on, and end the call."""
    try:
        async with line:
            with suppress(HungUp):
                await owner.say(*words)
    finally:
        over.set()
