"""What operators order on the pages, carried out: ring now, ring the next level, end a
search because somebody has it, hand a case over.

Every order may come twice, from two people at once, or after its search is over: what it
finds then decides, and its outcome goes back to the page. `docs/decisions/orders.md` has a
row for each state.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

from call_logs.calls import Request, RequestAction, RequestOutcome
from call_logs.dispatches import Dispatch, DispatchReason, DispatchStatus, Order, Ordered
from call_logs.roster import RingTarget, Roster, ordered, plan
from call_logs.storage import NotFound, StoreError
from call_logs.tickets import Ticket, TicketClass, TicketStatus
from ivr.call.services import RunningSearch, Services

__all__ = ["Orders"]

logger = logging.getLogger(__name__)

STALE = timedelta(minutes=10)  # nobody is woken for what was asked before a long stop
RING_S = 30  # of who is rung besides a search
TOLD_WITHIN_S = 90.0  # the owner, before a case is handed over
LOOK_EVERY_S = 0.5
ANSWER_TRIES = 5


class Orders:
    """Carries out what is ordered about a ticket."""

    def __init__(
        self,
        services: Services,
        *,
        start: Callable[[str], Awaitable[None]],
        ring_now: Callable[[str, str], Coroutine[Any, Any, object]],
    ) -> None:
        """`start` follows a dispatch up, durably; `ring_now` makes a round for one whose
        follow-up rests between two rounds, with a person first when one is named."""
        self._services = services
        self._start = start
        self._ring_now = ring_now
        self._orders: Mapping[
            RequestAction, Callable[[Request, Ticket], Awaitable[RequestOutcome]]
        ] = {
            RequestAction.RING: self._ring,
            RequestAction.NEXT_LEVEL: self._next_level,
            RequestAction.HAND_OVER: self._hand_over,
            RequestAction.END_SEARCH: self._end_search,
        }

    @property
    def actions(self) -> frozenset[RequestAction]:
        return frozenset(self._orders)

    def ask(self, request: Request) -> None:
        """Carry an order out, beside everything else."""
        self._services.spawn(self.carry_out(request))

    async def carry_out(self, request: Request) -> RequestOutcome:
        """What it has come to, which the store knows as well."""
        try:
            outcome = await self._outcome(request)
        except Exception:
            # Whatever broke: whoever ordered it is told, and rings by themselves.
            logger.exception("an order could not be carried out", extra={"request": request.id})
            outcome = RequestOutcome.FAILED
        await self._answer(request, outcome)
        return outcome

    async def _outcome(self, request: Request) -> RequestOutcome:
        late = request.created_at < self._services.store.clock.now() - STALE
        if late and request.action is not RequestAction.END_SEARCH:
            return RequestOutcome.STALE
        try:
            ticket = await self._services.store.tickets.get(request.ticket_id or 0)
        except NotFound:
            return RequestOutcome.OVER
        return await self._orders[request.action](request, ticket)

    async def _answer(self, request: Request, outcome: RequestOutcome) -> None:
        for _ in range(ANSWER_TRIES):
            try:
                await self._services.store.requests.answer(request.id, outcome)
            except StoreError:
                logger.warning("an order's outcome could not be written; trying again")
                await asyncio.sleep(LOOK_EVERY_S)
            else:
                return

    # -- ring -------------------------------------------------------------------------

    async def _ring(self, request: Request, ticket: Ticket) -> RequestOutcome:
        """Ring a policy's people, or one person: in the search that goes on, else in a new
        one."""
        if ticket.status is TicketStatus.CLOSED:
            return RequestOutcome.OVER
        person, again = str(request.data.get("person", "")), bool(request.data.get("again"))
        roster = await self._services.store.roster.current()
        if person and not _can_be_rung(roster, person, self._services.store.clock.now()):
            return RequestOutcome.NOBODY
        last = await self._last(ticket.id)
        if last is not None and last.status is not DispatchStatus.CLOSED:
            if not last.is_held:
                return await self._ring_besides(request, last, person, roster)
            if last.status is DispatchStatus.ACCEPTED or not again:
                return RequestOutcome.HELD  # the page that asked did not know that yet
            await self._services.store.dispatches.move(
                last.id,
                DispatchStatus.CLOSED,
                reason=DispatchReason.RUNG_AGAIN,
                actor=request.ordered_by,
            )
        elif last is not None and last.is_held and not again:
            return RequestOutcome.HELD
        held = last is not None and last.is_held and not again
        alone = bool(person) and (held or ticket.ticket_class is not TicketClass.URGENT)
        return await self._begin(request, ticket, person, alone=alone, roster=roster)

    async def _ring_besides(
        self, request: Request, dispatch: Dispatch, person: str, roster: Roster
    ) -> RequestOutcome:
        """Into the search that goes on; in its pause a round begins now."""
        search = self._services.search_for(dispatch.id)
        if search is None:
            await self._note(request, dispatch)
            self._services.spawn(self._ring_now(dispatch.id, person))
            return RequestOutcome.DONE
        if not person:
            return RequestOutcome.ALREADY
        target = roster.by_id[person]
        if not search.also(RingTarget(target, target.contacts), RING_S):
            return RequestOutcome.ALREADY
        await self._note(request, dispatch)
        return RequestOutcome.DONE

    async def _begin(
        self, request: Request, ticket: Ticket, person: str, *, alone: bool, roster: Roster
    ) -> RequestOutcome:
        """A new search, which the follow-up makes and carries on."""
        policy = roster.policy(str(request.data.get("policy") or ticket.category or "other"))
        rung = ordered(policy, person, alone=alone) if person else policy
        if plan(rung, roster, self._services.store.clock.now()).reaches_nobody:
            return RequestOutcome.NOBODY
        dispatch = await self._services.store.dispatches.open(
            ticket.id,
            policy,
            actor=request.ordered_by,
            call_id=ticket.call_id,
            order=Order(request.actor, person, alone),
        )
        if dispatch.order.by != request.actor or dispatch.order.person != person:
            return RequestOutcome.ALREADY  # somebody else was faster in this very moment
        await self._note(request, dispatch)
        await self._start(dispatch.id)
        return RequestOutcome.DONE

    async def _next_level(self, request: Request, ticket: Ticket) -> RequestOutcome:
        """Ring the next level beside the one that is being rung."""
        last = await self._last(ticket.id)
        if last is None or last.status is DispatchStatus.CLOSED:
            return RequestOutcome.NOT_RINGING
        if last.status is DispatchStatus.ACCEPTED:
            return RequestOutcome.HELD
        search = self._services.search_for(last.id)
        if search is None:
            return RequestOutcome.NOT_RINGING
        if _is_beyond(search, request):
            return RequestOutcome.ALREADY
        if not search.next_level():
            return RequestOutcome.NO_LEVEL
        await self._note(request, last)
        return RequestOutcome.DONE

    # -- somebody has it ----------------------------------------------------------------

    async def _hand_over(self, request: Request, ticket: Ticket) -> RequestOutcome:
        """Ring one person, who has it once they accept; until then it stays where it is."""
        if ticket.status is TicketStatus.CLOSED:
            return RequestOutcome.OVER
        person = str(request.data.get("person", ""))
        roster = await self._services.store.roster.current()
        if not _can_be_rung(roster, person, self._services.store.clock.now()):
            return RequestOutcome.NOBODY
        last = await self._last(ticket.id)
        if last is not None and last.status is not DispatchStatus.CLOSED:
            if not last.is_held or last.order.once:
                return await self._ring_besides(request, last, person, roster)
            if not await self._over(last.id):  # the owner is being told who has it
                return RequestOutcome.HELD
        return await self._begin(request, ticket, person, alone=True, roster=roster)

    async def _over(self, dispatch_id: str) -> bool:
        """Whether a search that somebody has is closed within a moment."""
        try:
            async with asyncio.timeout(TOLD_WITHIN_S):
                while (  # noqa: ASYNC110 - another node may close it
                    await self._services.store.dispatches.get(dispatch_id)
                ).status is not DispatchStatus.CLOSED:
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            return False
        return True

    async def _end_search(self, request: Request, ticket: Ticket) -> RequestOutcome:
        """Whoever has taken it on the dashboard may take that back for a moment; then nobody
        is rung any more, and a caller who waits on the line hears that help comes. All that
        counts stands in the store: when this process ends meanwhile, the follow-up sees it."""
        dispatch = await self._services.store.dispatches.get(str(request.data.get("dispatch", "")))
        if dispatch.ends_at is not None:
            left = dispatch.ends_at - self._services.store.clock.now()
            await self._services.store.clock.sleep(max(0.0, left.total_seconds()))
            dispatch = await self._services.store.dispatches.get(dispatch.id)
        if not dispatch.is_taken(self._services.store.clock.now()):
            return RequestOutcome.TAKEN_BACK
        if search := self._services.search_for(dispatch.id):
            search.end()
        return RequestOutcome.DONE

    # -- what is known ------------------------------------------------------------------

    async def _last(self, ticket_id: int) -> Dispatch | None:
        """The ticket's newest search."""
        found = await self._services.store.dispatches.for_ticket(ticket_id)
        return found[-1] if found else None

    async def _note(self, request: Request, dispatch: Dispatch) -> None:
        what = Ordered(
            request.action,
            person=str(request.data.get("person", "")),
            policy=str(request.data.get("policy", "")),
            again=bool(request.data.get("again")),
            after=_shown_level(request),
        )
        await self._services.store.dispatches.note(dispatch.id, what, actor=request.ordered_by)


def _can_be_rung(roster: Roster, person: str, at: datetime) -> bool:
    present = roster.present(at)(person)
    return present and bool(roster.by_id[person].contacts)


def _is_beyond(search: RunningSearch, request: Request) -> bool:
    """Whether the level that the page showed has been left already."""
    shown = _shown_level(request)
    return shown is not None and search.level > shown


def _shown_level(request: Request) -> int | None:
    shown = request.data.get("after")
    return shown if isinstance(shown, int) else None
