"""Owners are called by the hotline: to hear news, to be asked, because a call back was agreed on.

One call at a time, and none while people are searched for. Each reason is an `Errand`; what was
begun on the telephone for one may go on with another. docs/decisions/survey.md and
docs/decisions/owner-news.md have the tables of states.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from call_logs.owners import CallRules, OwedCalls, TryOutcome
from call_logs.storage import Loop, Severity, StoreError, one_by_one
from call_logs.tickets import Ticket
from ivr.call.conversation import Conversation
from ivr.call.jumps import HungUp
from ivr.call.opening import SessionMaker
from ivr.call.services import Services
from ivr.call.session import Session
from ivr.dispatch.call_back import CallBacks, callback_target
from ivr.endpoint import CloseReason
from ivr.flow.walk import walk
from ivr.media.recording import OnFinished

__all__ = ["Errand", "Next", "OwnerCalls", "Talk", "persist"]

logger = logging.getLogger(__name__)

EVERY_S = 60.0
WRITE_TRIES_S = (0.0, 1.0, 5.0, 15.0)  # while the database is busy

_OUTCOMES: Mapping[CloseReason | None, TryOutcome] = {
    None: TryOutcome.NOT_DIALLED,
    CloseReason.BUSY: TryOutcome.BUSY,
    CloseReason.DECLINED: TryOutcome.BUSY,  # the key of a telephone that says "not now"
    CloseReason.NO_ANSWER: TryOutcome.NO_ANSWER,
    CloseReason.REMOTE: TryOutcome.NO_ANSWER,
    CloseReason.LOCAL: TryOutcome.INTERRUPTED,  # the program stops
}
# ... of a talk without a result.
_HUNG_UP: Mapping[CloseReason | None, TryOutcome] = {
    CloseReason.REMOTE: TryOutcome.HUNG_UP,
    CloseReason.LOCAL: TryOutcome.INTERRUPTED,
}


class Talk(Protocol):
    """What is said to one owner for one errand. Called again after something came between, it
    goes on where it was."""

    async def __call__(self) -> str:
        """The node of the menu that follows, "" for none.

        Raises:
            HungUp, Interrupted, Jump: the owner is gone, in need, or wants a person.
        """

    async def hung_up(self) -> None:
        """The owner has: what came with it may still count."""

    async def over(self) -> None:
        """The call is over: what was heard in it is kept."""

    @property
    def outcome(self) -> TryOutcome | None:
        """None: nothing came of it."""


class Errand(Protocol):
    """A reason to call owners."""

    name: str
    calls: bool  # whether anybody is called for it
    rules: CallRules

    @property
    def owed(self) -> OwedCalls: ...

    async def look(self) -> None:
        """What is done besides calls, and what is written down for the next one."""

    def talk(self, owed_id: int, session: Session, ticket: Ticket) -> Awaitable[Talk]: ...

    async def follows(self, talk: Talk, ticket: Ticket) -> Next | None:
        """What the same call goes on with, begun already."""


@dataclass(frozen=True)
class Next:
    errand: Errand
    owed_id: int


@dataclass(frozen=True)
class _Leg:
    errand: Errand
    owed_id: int
    talk: Talk


class OwnerCalls:
    """One call on the line at a time, and none while people are searched for."""

    def __init__(
        self,
        services: Services,
        sessions: SessionMaker,
        on_finished: OnFinished,
        errands: Sequence[Errand],
    ) -> None:
        """`errands`: the first of them that has something due is done first."""
        self._services = services
        self._sessions = sessions
        self._errands = tuple(errands)
        self._call_backs = CallBacks(services, on_finished)
        self._going: set[tuple[str, int]] = set()  # what a ring goes on for in this program
        self._loop = Loop(
            "owner calls",
            self.look,
            checks=services.store.checks,
            every_s=EVERY_S,
            severity=Severity.DEGRADED,
        )

    def start(self) -> None:
        self._loop.start()

    async def close(self) -> None:
        await self._loop.close()

    async def look(self) -> None:
        """Do what is to be done besides calls; begin one call that is due.

        Raises:
            StoreError: something could not be seen to; all the rest is.
        """
        chores: list[Callable[[], Awaitable[None]]] = [self._cut_off]
        chores += [errand.look for errand in self._errands]
        chores.append(self._call)
        await one_by_one("owner calls", chores, lambda chore: chore())

    async def _cut_off(self) -> None:
        async def of(errand: Errand) -> None:
            going = tuple(id_ for name, id_ in self._going if name == errand.name)
            await errand.owed.cut_off(errand.rules, going)

        await one_by_one("cut off calls", self._errands, of)

    async def _call(self) -> None:
        if self._going or self._services.in_hand or self._services.searches:
            return
        await self._services.ready.wait()

        async def one(errand: Errand) -> None:
            if errand.calls and not self._going:
                due = await errand.owed.due()
                await one_by_one("owners to be called", due, lambda each: begin(errand, each))

        async def begin(errand: Errand, owed_id: int) -> None:
            if not self._going:
                await self._begin(errand, owed_id)

        await one_by_one("reasons to call", self._errands, one)

    async def _begin(self, errand: Errand, owed_id: int) -> None:
        """Ring the owner, if that may be now."""
        store = self._services.store
        ticket = await store.tickets.get(await errand.owed.ticket_of(owed_id))
        if self._services.on_the_line(ticket) is not None:
            return
        # The number of a caller who shows it to nobody is for those in need alone.
        target = callback_target(ticket, self._services.dialling)
        going = (errand.name, owed_id)
        self._going.add(going)
        try:
            # Who has several tickets is not rung for one after the other.
            rung = await self._call_backs.was_rung(target, errand.rules.rest)
            begun = await errand.owed.begin(
                owed_id, errand.rules, can_call=bool(target), rung_lately=rung
            )
        except BaseException:
            self._going.discard(going)
            raise
        if not begun:
            self._going.discard(going)
            return
        self._services.spawn(self._ring(errand, owed_id, ticket, target))

    async def _ring(self, errand: Errand, owed_id: int, ticket: Ticket, target: str) -> None:
        outcomes = {Next(errand, owed_id): TryOutcome.INTERRUPTED}
        try:
            await self._dial(Next(errand, owed_id), ticket, target, outcomes)
        finally:
            try:
                for each, outcome in outcomes.items():
                    await _finish(each, outcome)
            finally:
                # What could not be written now is found as cut off by the next look.
                for each in outcomes:
                    self._going.discard((each.errand.name, each.owed_id))
                self._loop.wake()

    async def _dial(
        self, first: Next, ticket: Ticket, target: str, outcomes: dict[Next, TryOutcome]
    ) -> None:
        """`outcomes`: of each errand that the call was begun for, or went on with."""
        if not await self._call_backs.is_within_limit(target, in_need=False):
            outcomes[first] = TryOutcome.NOT_DIALLED
            return
        async with self._call_backs.line(ticket, target, in_need=False) as reached:
            if reached.owner is None:
                outcomes[first] = _OUTCOMES.get(reached.reason, TryOutcome.LOST)
                return
            await self._talk(first, reached.owner, ticket, target, outcomes)

    async def _talk(
        self,
        first: Next,
        owner: Conversation,
        ticket: Ticket,
        target: str,
        outcomes: dict[Next, TryOutcome],
    ) -> None:
        sessions = self._services.sessions
        hung_up = False
        legs: list[_Leg] = []
        async with AsyncExitStack() as stack:
            language = self._services.language_for((ticket.language,))
            opened = self._sessions.open(
                owner.call, owner.media, stack, language.id, conversation=owner
            )
            session = opened.session
            session.draft.caller = target  # of a ticket that comes of this call
            sessions[session.call_id] = session
            stack.callback(sessions.pop, session.call_id, None)
            opened.ear.listen(session)

            async def opening() -> str:
                while True:
                    node = await legs[-1].talk()
                    if node:
                        return node
                    following = await self._following(legs[-1], ticket, outcomes)
                    if following is None:
                        return ""
                    legs.append(await _leg(following, session, ticket))

            legs.append(await _leg(first, session, ticket))
            try:
                await walk(session, self._sessions.settings.zone, opening)
            except HungUp:
                hung_up = True
                await legs[-1].talk.hung_up()
            finally:
                await session.draft.save()
                for leg in legs:
                    await leg.talk.over()
        nothing = TryOutcome.SILENT
        if hung_up:
            nothing = _HUNG_UP.get(owner.call.close_reason, TryOutcome.LOST)
        for leg in legs:
            outcomes[Next(leg.errand, leg.owed_id)] = leg.talk.outcome or nothing

    async def _following(
        self, leg: _Leg, ticket: Ticket, outcomes: dict[Next, TryOutcome]
    ) -> Next | None:
        """What the call goes on with; a stop from here on is found as one of it."""
        try:
            following = await leg.errand.follows(leg.talk, ticket)
        except StoreError:
            logger.warning("what a call could go on with cannot be seen; it ends")
            return None
        if following is not None:
            self._going.add((following.errand.name, following.owed_id))
            outcomes[following] = TryOutcome.INTERRUPTED
        return following


async def _leg(each: Next, session: Session, ticket: Ticket) -> _Leg:
    return _Leg(each.errand, each.owed_id, await each.errand.talk(each.owed_id, session, ticket))


async def _finish(each: Next, outcome: TryOutcome) -> None:
    """Tried again: found as cut off, a refusal would be asked once more."""
    errand = each.errand
    await persist(
        lambda: errand.owed.finish(each.owed_id, outcome, errand.rules),
        "the end of an owner's call",
    )


async def persist(write: Callable[[], Awaitable[object]], what: str) -> bool:
    """Whether it is written: tried again while the database is busy."""
    for pause_s in WRITE_TRIES_S:
        await asyncio.sleep(pause_s)
        try:
            await write()
        except StoreError:
            logger.warning("%s is not in the database yet; it is tried again", what)
            continue
        return True
    logger.error("%s could not be kept", what)
    return False
