"""Putting a caller through: whoever accepts is bridged, and a search never ends in silence.

searching --accepted--> talking --caller left-------> done
    |  ^                   |----person left, late---> done
    |  |                   |----person left, early--> searching (without him)
    |  +-------------------+----passed on (*2)------> searching (without him)
    |--everybody tried--> unanswered: the caller leaves details, the follow-up goes on
    +--caller hung up---> unanswered: ringing stops, the follow-up goes on
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from call_logs import (
    DUTY,
    AttemptStatus,
    CallEventKind,
    DispatchEventKind,
    DispatchStatus,
    Plan,
    Policy,
    Roster,
    StoreError,
    TicketStatus,
    plan,
)
from ivr.company import Company
from ivr.desk import Desk
from ivr.draft import ACTOR
from ivr.endpoint import EndpointError, TransferRefused
from ivr.phrasebook import Prompt, Utterance
from ivr.places import place_phrase
from ivr.ring import Briefing, Party, Ring
from ivr.search import Search
from ivr.session import Session
from ivr.talk import Ended, Talk
from ivr.trail import Trail

logger = logging.getLogger(__name__)

EARLY_S = 10.0  # who leaves the bridge sooner has not helped: the caller goes back
MOST_SEARCHES = 5  # of one call, when people keep dropping out

FollowUp = Callable[[str], Awaitable[None]]


@dataclass
class _Case:
    """One caller being put through."""

    session: Session
    policy: Policy
    trail: Trail
    briefing: Briefing
    opening: tuple[Utterance, ...]


class Dispatcher:
    """`Reach` over the roster, the policies and the endpoint."""

    def __init__(self, desk: Desk, *, follow_up: FollowUp) -> None:
        """`follow_up` is given the id of a dispatch that nobody has taken yet; it must be
        durable, because this process may be gone in a second."""
        self._desk = desk
        self._follow_up = follow_up
        self._roster = Roster()  # the last one read: good when the store is away
        self._busy: set[str] = set()  # ids of people who are in a talk

    # -- Reach ----------------------------------------------------------------------

    async def person(self, session: Session) -> bool:
        roster = await self._current_roster()
        case = _Case(
            session,
            roster.policy(DUTY),
            Trail(self._desk.store, ""),
            self._briefing(session, ()),
            (),
        )
        if self._plan(case.policy, roster, set()).reaches_nobody:
            return False
        return await self._put_through(case, roster)

    async def urgent(self, session: Session) -> bool:
        roster = await self._current_roster()
        category = session.draft.category
        policy = roster.policy(category)
        trail = Trail(self._desk.store, await self._open(session, policy))
        names = session.language.pack.prompts.names
        advice = f"advice_{category}"
        case = _Case(
            session,
            policy,
            trail,
            self._briefing(session, (category,)),
            (
                Prompt("emergency_registered"),
                Prompt("emergency_calling"),
                Prompt(advice if advice in names else "advice_other"),
                Prompt("dispatch_speak"),
            ),
        )
        taken = False
        try:
            taken = await self._put_through(case, roster)
            return taken
        finally:
            # Also when the caller hangs up, the program stops or something breaks.
            await asyncio.shield(self._hand_over(trail, taken))

    # -- the search and the talk -------------------------------------------------------

    async def _put_through(self, case: _Case, roster: Roster) -> bool:
        """Search and talk until it is done; False when everybody was tried in vain."""
        away: set[str] = set()  # who left early or passed on: not asked again for this call
        for _ in range(MOST_SEARCHES):
            ring = await self._search(case, self._plan(case.policy, roster, away))
            if ring is None or ring.party is None:
                return False
            self._busy.add(ring.person.id)
            try:
                done = await self._connect(case, ring, ring.party, roster)
            finally:
                self._busy.discard(ring.person.id)
                await ring.hang_up()
            if done:
                return True
            away.add(ring.person.id)
            await case.trail.move(DispatchStatus.RINGING, "the person left the caller")
            await case.session.conversation.say(Prompt("dispatch_engineer_lost"))
        return False

    async def _search(self, case: _Case, planned: Plan) -> Ring | None:
        """Ring people while the caller is kept company.

        Raises:
            HungUp: the caller is gone; nobody is rung any more.
        """
        company = Company(case.session)
        search = Search(self._desk, case.trail, case.briefing, on_trying=company.trying)
        searching = asyncio.create_task(search.run(planned))
        keeping = asyncio.create_task(company.keep(*case.opening))
        case.opening = ()  # said once
        try:
            await asyncio.wait({searching, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if searching.done():
                return searching.result()
            keeping.result()  # the caller hung up: raises
            return await searching
        finally:
            keeping.cancel()
            if not searching.done():
                search.cancel()
            await asyncio.gather(keeping, searching, return_exceptions=True)

    async def _connect(self, case: _Case, ring: Ring, party: Party, roster: Roster) -> bool:
        """Bridge the caller and who accepted; False when the caller must be searched
        somebody else."""
        session = case.session
        await self._stamp(session, ring)
        session.note(CallEventKind.BRIDGE, person=ring.person.id)
        if ring.person.refer and await self._handed_over(session, ring):
            await case.trail.outcome(ring.attempt_id, AttemptStatus.TRANSFERRED)
            return True
        started = asyncio.get_running_loop().time()
        await case.trail.outcome(ring.attempt_id, AttemptStatus.BRIDGED)

        async def call_in() -> Party | None:
            helpers = Search(self._desk, case.trail, case.briefing)
            second = await helpers.run(self._plan(case.policy, roster, {ring.person.id}))
            return second.party if second is not None else None

        async def on_the_way(minutes: int) -> None:
            await case.trail.note(
                DispatchEventKind.ON_THE_WAY, {"minutes": minutes}, actor=ring.person.id
            )

        session.conversation.media.stop()
        talk = Talk(self._desk, session.conversation, party, call_in=call_in, on_the_way=on_the_way)
        ended = await talk.run()
        early = asyncio.get_running_loop().time() - started < EARLY_S
        match ended:
            case Ended.PASSED_ON:
                await party.conversation.say(Prompt("engineer_passed"))
                await case.trail.outcome(ring.attempt_id, AttemptStatus.PASSED_ON)
                return False
            case Ended.PERSON_LEFT if early:
                await case.trail.outcome(ring.attempt_id, AttemptStatus.DROPPED)
                return False
        await case.trail.outcome(ring.attempt_id, AttemptStatus.ENDED)
        return True

    async def _handed_over(self, session: Session, ring: Ring) -> bool:
        """A blind transfer for who wants one; a refusal leaves the bridge."""
        contact = ring.person.contacts[0]
        try:
            await session.conversation.call.transfer(contact.target)
        except (TransferRefused, EndpointError, ValueError):
            logger.info("a transfer was refused; the caller is bridged instead")
            return False
        session.note(CallEventKind.TRANSFER, person=ring.person.id)
        return True

    # -- what is written ---------------------------------------------------------------

    async def _open(self, session: Session, policy: Policy) -> str:
        """The dispatch row; the ticket exists before the first ring."""
        ticket = session.draft.ticket
        if ticket is not None:
            try:
                dispatch = await self._desk.store.dispatches.open(
                    ticket.id, policy, call_id=session.call_id
                )
            except StoreError:
                logger.warning(
                    "a dispatch could not be written down; people are rung", exc_info=True
                )
            else:
                session.note(CallEventKind.DISPATCH, dispatch_id=dispatch.id)
                return dispatch.id
        return uuid4().hex

    async def _stamp(self, session: Session, ring: Ring) -> None:
        ticket = session.draft.ticket
        if ticket is None or ticket.status is not TicketStatus.RECEIVED:
            return
        try:
            session.draft.ticket = await self._desk.store.tickets.move(
                ticket.id, TicketStatus.REGISTERED, ring.person.name or ACTOR
            )
        except StoreError:
            logger.warning("an acceptance is not in its ticket yet", exc_info=True)

    async def _hand_over(self, trail: Trail, taken: bool) -> None:
        """The search of this call is over: it is done, or the follow-up's."""
        if taken:
            await trail.move(DispatchStatus.CLOSED, "talked")
            return
        await trail.move(DispatchStatus.UNANSWERED, "nobody accepted while the caller waited")
        with suppress(StoreError):
            await self._follow_up(trail.dispatch_id)

    # -- what is known -------------------------------------------------------------------

    async def _current_roster(self) -> Roster:
        try:
            self._roster = await self._desk.store.roster.current()
        except StoreError:
            logger.warning("the roster cannot be read; the last one known is used", exc_info=True)
        return self._roster

    def _plan(self, policy: Policy, roster: Roster, away: set[str]) -> Plan:
        return plan(policy, roster, datetime.now(UTC), exclude=away, busy=self._busy)

    @staticmethod
    def _briefing(session: Session, categories: tuple[str, ...]) -> Briefing:
        names = session.language.pack.prompts.names

        def opening() -> tuple[Utterance, ...]:
            place = place_phrase(session.draft.place)
            if not categories:
                return (Prompt("operator_call"), place)
            name = f"category_{categories[0]}"
            category = Prompt(name if name in names else "category_other")
            return (Prompt("engineer_urgent", category=category, place=place),)

        def last_words(rate_hz: int) -> bytes:
            return session.last_words.pcm(session.told, rate_hz)

        return Briefing(opening, Prompt("engineer_keys"), last_words)
