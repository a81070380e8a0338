"""Putting a caller through: whoever accepts is bridged, and a search never ends in silence.

    searching --accepted------------> talking
    searching --accepted, by refer--> handed over: done, talking when it is refused, or rejoining
    searching --somebody has it-----> caller hears that help comes: done        (from a page)
    searching --everybody tried-----> unanswered: caller leaves details, the follow-up goes on
    searching --caller hung up------> unanswered: ringing stops, the follow-up goes on
    talking --person left, early----> searching, without that person
    talking --passed on (*2)--------> searching, without that person
    talking --person silent---------> searching, without that person
    talking --caller left, early----> taken: the follow-up calls the caller back
    talking --caller left, unheard--> unanswered: the follow-up goes on
    talking --caller's line lost----> rejoining: caller is called back, who accepted waits
    talking --either left, later----> done

`docs/decisions/dispatch.md` has the whole table, with what each side hears.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from asr.lexicon import Hit
from call_logs.calls import CallEventKind
from call_logs.dispatches import AttemptStatus, Dispatch, DispatchReason, DispatchStatus
from call_logs.roster import DUTY, RingPlan, Roster, plan
from call_logs.storage import StoreError
from ivr.call.conversation import Conversation
from ivr.call.services import Services
from ivr.call.session import Help, Session
from ivr.dispatch.beside import RingNow, going_on, keep_beside
from ivr.dispatch.bridge import Bridge, Outcome, told_why
from ivr.dispatch.call_back import CallBacks
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.escalation import Escalation
from ivr.dispatch.hold_treatment import HoldTreatment
from ivr.dispatch.rejoin import rejoin
from ivr.dispatch.ring import Party, Ring
from ivr.dispatch.search import Search
from ivr.dispatch.transfer import HandOver, hand_over
from ivr.endpoint import CloseReason, EndpointError
from ivr.media.recording import OnFinished
from ivr.packs.phrasebook import Prompt

logger = logging.getLogger(__name__)

MOST_SEARCHES = 5  # of one call, when people keep dropping out
FOLLOW_UP_AGAIN_S = (0.0, 1.0, 5.0, 30.0)  # between tries to hand a case over
RING_AGAIN_S = 60.0  # and when people are rung again meanwhile, ever more seldom
RING_SELDOM_S = 300.0

_SEARCH_ON = {
    Outcome.LEFT: DispatchReason.LEFT,
    Outcome.PASSED: DispatchReason.PASSED,
    Outcome.SILENT: DispatchReason.SILENT,
}

StartFollowUp = Callable[[str], Awaitable[None]]


class Dispatcher:
    """`Reach` over the roster, the policies and the endpoint."""

    def __init__(
        self,
        services: Services,
        *,
        follow_up: StartFollowUp,
        on_finished: OnFinished,
        ring_now: RingNow | None = None,
    ) -> None:
        """`follow_up` is given the id of a dispatch that nobody has seen to the end yet; it
        must be durable, because this process may be gone in a second. `on_finished` is told
        of the recordings of call backs. `ring_now` makes a round for a dispatch whose
        follow-up rests between two."""
        self._services = services
        self._call_backs = CallBacks(services, on_finished)
        self._follow_up = follow_up
        self._ring_now = ring_now
        self._roster = Roster()  # the last one read: good when the store is away

    # -- Reach ----------------------------------------------------------------------

    async def person(self, session: Session) -> bool:
        roster = await self._current_roster()
        escalation = Escalation(
            session, roster.policy(DUTY), DispatchLog(self._services.store, ""), urgent=False
        )
        if self._plan(escalation, roster, busy=self._services.engaged).reaches_nobody:
            return False
        await self._put_through(escalation, roster)
        return escalation.talked

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        if (dispatch := await going_on(self._services.store, session)) is not None:
            return await self._beside(session, dispatch)
        escalation = await self._urgent_case(session, hits)
        escalation.opening = escalation.first_words()
        nobody = self._plan(escalation, self._roster).reaches_nobody
        try:
            if nobody:  # nor is the caller told that somebody is called
                await session.conversation.say(*session.first_words)
            else:
                await self._put_through(escalation, self._roster)
            if escalation.ended:
                await session.conversation.say(escalation.help_comes())
                escalation.talked = True
            if escalation.talked:
                return Help.TALKED
            return Help.NOBODY if nobody else Help.SEARCHED
        finally:
            # Also when the caller hangs up, the program stops or something breaks.
            if not escalation.rejoining:
                await asyncio.shield(self._hand_over(escalation))

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        if await going_on(self._services.store, session) is not None:
            return
        await self._hand_over(await self._urgent_case(session, hits))

    async def _beside(self, session: Session, dispatch: Dispatch) -> Help:
        """People are being rung for this caller already: whoever accepts comes here, too."""
        roster = await self._current_roster()
        policy = roster.policy(dispatch.category)
        escalation = Escalation(session, policy, DispatchLog(self._services.store, ""), urgent=True)
        if dispatch.is_held:
            await session.conversation.say(*session.first_words, escalation.help_comes())
            return Help.TALKED
        if self._plan(escalation, roster).reaches_nobody:
            await session.conversation.say(*session.first_words)
            return Help.NOBODY
        if dispatch.status is DispatchStatus.UNANSWERED and self._ring_now is not None:
            self._services.spawn(self._ring_now(dispatch.id))
        if not await keep_beside(self._services.store, session, dispatch, escalation.first_words()):
            return Help.SEARCHED
        await session.conversation.say(escalation.help_comes())
        return Help.TALKED

    async def _urgent_case(self, session: Session, hits: tuple[Hit, ...]) -> Escalation:
        roster = await self._current_roster()
        policy = roster.policy(session.draft.category)
        escalation = Escalation(
            session, policy, DispatchLog(self._services.store, ""), urgent=True, hits=hits
        )
        self._services.in_hand.add(session.call_id)
        try:
            await escalation.open()
        except BaseException:  # nobody would ever hand it over
            self._services.in_hand.discard(session.call_id)
            raise
        self._services.spawn(escalation.note_heard())
        return escalation

    # -- the search -------------------------------------------------------------------

    async def _put_through(self, escalation: Escalation, roster: Roster) -> None:
        """Search and talk until it is done, or everybody was tried in vain.

        Raises:
            HungUp: the caller is gone.
        """
        for _ in range(MOST_SEARCHES):
            # Who is in danger waits for people who are busy; who asks for an operator does not.
            busy: Collection[str] = () if escalation.urgent else self._services.engaged
            ring = await self._search(escalation, self._plan(escalation, roster, busy))
            if ring is None or ring.party is None:
                return
            escalation.stamp(ring.person.name)
            if ring.person.refer:
                match await self._transferred(escalation, ring, ring.party):
                    case HandOver.DONE:
                        escalation.talked = True
                        return
                    case HandOver.LOST:
                        await self._lost(escalation, ring, ring.party, roster)
                        return
            bridge = self._bridge(escalation, escalation.session.conversation, roster, keeps=True)
            # Beside the talk: two people who wait for each other do not wait for the store.
            self._services.spawn(escalation.session.draft.save())
            outcome = await bridge.run(ring, ring.party)
            if outcome is Outcome.LOST and bridge.kept is not None:
                await self._lost(escalation, *bridge.kept, roster)
                return
            if outcome not in _SEARCH_ON:
                await self._conclude(escalation, outcome)
                return
            escalation.away.add(ring.person.id)
            await escalation.log.move(DispatchStatus.RINGING, _SEARCH_ON[outcome])
            escalation.opening = (told_why(outcome, ring.person),)

    async def _conclude(self, escalation: Escalation, outcome: Outcome) -> None:
        """The caller is gone, or was helped."""
        match outcome:
            case Outcome.HELPED:
                escalation.talked = True
            case Outcome.GONE | Outcome.LOST:
                escalation.taken = True
            case _:  # nobody has it: the follow-up rings
                await escalation.log.move(DispatchStatus.RINGING, DispatchReason.UNHELPED)

    async def _search(self, escalation: Escalation, planned: RingPlan) -> Ring | None:
        """Ring people while the caller is kept company.

        Raises:
            HungUp: the caller is gone; nobody is rung any more.
        """
        treatment = HoldTreatment(escalation.session, where=escalation.urgent)
        search = Search(
            self._services, escalation.log, escalation.briefing, on_trying=treatment.trying
        )
        searching = asyncio.create_task(search.run(planned))
        keeping = asyncio.create_task(treatment.keep(*escalation.opening))
        escalation.opening = ()  # said once
        try:
            await asyncio.wait({searching, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if searching.done():
                return searching.result()
            keeping.result()  # the caller hung up: raises
            return await searching
        finally:
            keeping.cancel()
            escalation.ended = search.ended
            if not searching.done():
                search.cancel(Prompt("engineer_owner_gone"))
                ring = await searching
                if ring is not None:  # pressed 1 while the caller hung up
                    escalation.taken = True
                    await self._owner_gone(escalation, ring)
            await asyncio.gather(keeping, return_exceptions=True)

    async def _owner_gone(self, escalation: Escalation, ring: Ring) -> None:
        self._services.spawn(ring.hang_up(Prompt("engineer_owner_gone")))
        await escalation.log.outcome(ring.attempt_id, AttemptStatus.ENDED)

    # -- the talk ----------------------------------------------------------------------

    def _bridge(
        self, escalation: Escalation, caller: Conversation, roster: Roster, *, keeps: bool = False
    ) -> Bridge:
        async def anew() -> RingPlan:
            return self._plan(escalation, roster, busy=self._services.engaged)

        return Bridge(
            self._services,
            escalation.log,
            caller,
            briefing=escalation.briefing,
            plan=anew,
            when_gone=Prompt("engineer_owner_gone"),
            keeps=keeps,
        )

    async def _transferred(self, escalation: Escalation, ring: Ring, party: Party) -> HandOver:
        """Whether the caller could be handed over. A refusal, and who hung up meanwhile,
        are left to the talk."""
        caller = escalation.session.conversation
        came = await hand_over(self._services, caller, ring, party, urgent=escalation.urgent)
        if came is HandOver.DONE:
            await self._joined(escalation, ring)
        return came

    async def _joined(self, escalation: Escalation, ring: Ring) -> None:
        """The caller and the person talk without us."""
        escalation.session.note(CallEventKind.TRANSFER, person=ring.person.id)
        await escalation.log.outcome(ring.attempt_id, AttemptStatus.TRANSFERRED)
        await ring.hang_up()

    async def _lost(self, escalation: Escalation, ring: Ring, party: Party, roster: Roster) -> None:
        """The caller's line is dead. That call ends; who accepted stays, and the caller is
        called back, beside the end of the call."""
        escalation.rejoining = True
        self._services.spawn(self._rejoin(escalation, ring, party, roster))
        with suppress(EndpointError):  # the watch of the call itself will end it
            await escalation.session.conversation.call.hangup()

    async def _rejoin(
        self, escalation: Escalation, ring: Ring, party: Party, roster: Roster
    ) -> None:
        try:
            outcome = await self._rejoined(escalation, ring, party, roster)
            await self._conclude(escalation, outcome)
        finally:  # whatever broke: the watch leaves it to this call until it is handed over
            if escalation.urgent:
                await self._hand_over(escalation)

    async def _rejoined(
        self, escalation: Escalation, ring: Ring, party: Party, roster: Roster
    ) -> Outcome:
        outcome = Outcome.GONE
        try:
            if escalation.session.conversation.call.close_reason is CloseReason.TRANSFERRED:
                await self._joined(escalation, ring)  # after all: the report crossed with our doubt
            else:
                outcome = await rejoin(
                    self._call_backs,
                    await escalation.callable_ticket(),
                    escalation.log,
                    ring,
                    party,
                    bridge=lambda owner: self._bridge(escalation, owner, roster),
                )
        except Exception:
            # Whatever a store or a stack raised: the case goes on, as the follow-up's.
            logger.exception("an owner whose line broke cannot be called back at once")
            await ring.hang_up(Prompt("engineer_owner_gone"))
            await escalation.log.outcome(ring.attempt_id, AttemptStatus.ENDED)
        return outcome

    # -- afterwards ----------------------------------------------------------------------

    async def _hand_over(self, escalation: Escalation) -> None:
        """The search of this call is over: it is done, or the follow-up's."""
        handed_over = escalation.session.conversation.call.close_reason is CloseReason.TRANSFERRED
        if escalation.talked or handed_over:  # reported late, after the bridge had begun
            reason = DispatchReason.ACKNOWLEDGED if escalation.ended else DispatchReason.TALKED
            await escalation.log.move(DispatchStatus.CLOSED, reason)
            self._services.spawn(self._let_go(escalation))
            return
        if not escalation.taken and not escalation.ended:
            await escalation.log.move(DispatchStatus.UNANSWERED, DispatchReason.NOBODY_ACCEPTED)
        if not await self._followed_up(escalation):
            self._services.spawn(self._follow_up_later(escalation))

    async def _follow_up_later(self, escalation: Escalation) -> None:
        """A store that is away now must not end the search for good, nor let it rest."""
        loop = asyncio.get_running_loop()
        ring_at, rest_s = loop.time() + sum(FOLLOW_UP_AGAIN_S[:-1]), RING_AGAIN_S
        last_s = FOLLOW_UP_AGAIN_S[-1]
        for pause_s in itertools.chain(FOLLOW_UP_AGAIN_S, itertools.repeat(last_s)):
            await asyncio.sleep(pause_s)
            if await self._followed_up(escalation):
                return
            if not escalation.taken and not escalation.ended and loop.time() >= ring_at:
                await self._ring_meanwhile(escalation)
                if escalation.talked:
                    return await self._hand_over(escalation)
                ring_at, rest_s = loop.time() + rest_s, min(rest_s * 2, RING_SELDOM_S)

    async def _ring_meanwhile(self, escalation: Escalation) -> None:
        """A round without the caller, by what this process knows: nobody can hand the case
        over yet. Whoever accepts has it, and the owner is called back when the ticket is known."""
        try:
            roster = await self._current_roster()
            escalation.away.clear()  # as in each round of the follow-up
            search = Search(self._services, escalation.log, escalation.briefing)
            ring = await search.run(self._plan(escalation, roster))
            if ring is not None and ring.party is not None:
                await self._conclude(
                    escalation, await self._rejoined(escalation, ring, ring.party, roster)
                )
        except Exception:
            logger.exception("a round of calls failed; the next one follows")

    async def _followed_up(self, escalation: Escalation) -> bool:
        if not await escalation.open():  # the follow-up's own lines go behind all of these
            return False
        try:
            await self._follow_up(escalation.log.dispatch_id)
        except Exception:
            # Whatever the job engine or its database raised: the case must not get lost.
            logger.exception("a follow-up could not be started; trying again")
            return False
        self._services.in_hand.discard(escalation.session.call_id)
        return True

    async def _let_go(self, escalation: Escalation) -> None:
        """The watch over urgent tickets reads what the store says: not before it stands
        there that this one is over."""
        await escalation.log.settled()
        self._services.in_hand.discard(escalation.session.call_id)

    # -- what is known -------------------------------------------------------------------

    async def _current_roster(self) -> Roster:
        try:
            self._roster = await self._services.store.roster.current()
        except StoreError:
            logger.warning("the roster cannot be read; the last one known is used", exc_info=True)
        return self._roster

    def _plan(self, escalation: Escalation, roster: Roster, busy: Collection[str] = ()) -> RingPlan:
        """Whom to ring; without those who are `busy`, where they are not waited for."""
        return plan(
            escalation.policy,
            roster,
            self._services.store.clock.now(),
            exclude=escalation.away,
            busy=busy,
        )


__all__ = ["Dispatcher"]
