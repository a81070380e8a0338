"""The watch over urgent tickets: each has a search that goes on, an acceptance, or a person's no.

    an open dispatch, no call and no workflow at it  -> gets a workflow, whatever the cause;
                                                        while none can be had, a round at each look
    an urgent ticket, nobody has it, no dispatch     -> gets a dispatch, and so a workflow
    urgent no longer (a person has lowered it)       -> its follow-up ends

It looks at the start of the program, every half minute, and when something wakes it. What it
cannot mend it tells health.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from call_logs.dispatches import Dispatch, DispatchReason, DispatchStatus, Note
from call_logs.storage import Check, Loop, Severity, one_by_one
from call_logs.tickets import Ticket
from call_logs.users import HOTLINE
from ivr.call.metrics import OPEN_SEARCHES, UNSEARCHED
from ivr.call.services import Services

__all__ = ["Searches", "UrgentWatch"]

logger = logging.getLogger(__name__)

EVERY_S = 30.0
PATIENCE_S = 60.0  # a search that has no workflow for longer is told to health
# What nobody has touched for so long is no emergency any more, though still nobody's: an
# upgrade must not wake people for the tickets of a year.
FRESH = timedelta(days=1)
# Another node that is at a search writes a line at least so often; in a talk it writes none.
QUIET, TALK = timedelta(minutes=10), timedelta(hours=4)


class Searches(Protocol):
    """The durable side: `call_logs.FollowUps`."""

    async def start(self, dispatch_id: str) -> None: ...

    def rings(self, dispatch_id: str) -> bool: ...

    async def ring_without_jobs(self, dispatch_id: str, *, notices: bool) -> None: ...


class UrgentWatch:
    """Looks after every open search of this program."""

    def __init__(
        self, services: Services, searches: Searches, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._services = services
        self._searches = searches
        self._clock = clock
        self._without: dict[str, float] = {}  # searches without a workflow, since when
        self._recovered = False
        self._rung: set[str] = set()  # without the durable jobs: whose notices are out
        self._ringing: set[str] = set()  # ... and for whom people are rung now
        checks = services.store.checks
        self._loop = Loop("urgent watch", self.look, checks=checks, every_s=EVERY_S)
        self._unregister = checks.register("urgent cases", self.check)

    def start(self) -> None:
        """Once the telephones can dial."""
        self._loop.start()

    async def close(self) -> None:
        await self._loop.close()
        self._unregister()

    async def look(self) -> None:
        """See to each on its own: one that fails keeps no other from being seen to.

        Raises:
            StoreError: some could not be seen to; all the others are.
        """
        problem: Exception | None = None
        for chore in (self._recover, self._begin_searches):
            try:
                await chore()
            except Exception as error:  # what has a dispatch is seen to before anything is told
                problem = problem or error
        await self._keep_searches()
        if problem is not None:
            raise problem

    async def _begin_searches(self) -> None:
        unsought = await self._services.store.tickets.unsought(
            self._services.store.clock.now() - FRESH
        )
        await one_by_one("urgent tickets without a search", unsought, self._search_for)

    async def _keep_searches(self) -> None:
        alive = await self._services.store.dispatches.open_dispatches()
        without = [
            each.id for each in alive if not self._has_search(each) and await self._is_ours(each)
        ]
        self._without = {each: self._without.get(each, self._clock()) for each in without}
        OPEN_SEARCHES.set(len(alive))
        UNSEARCHED.set(len(self.unsearched))
        await one_by_one("searches without a workflow", without, self._start)

    async def _start(self, dispatch_id: str) -> None:
        try:
            await self._searches.start(dispatch_id)
        except Exception:
            # The jobs' own database may be away or full: people are rung all the same.
            self._services.spawn(self._ring_without_jobs(dispatch_id))
            raise

    async def _ring_without_jobs(self, dispatch_id: str) -> None:
        notices = dispatch_id not in self._rung
        self._rung.add(dispatch_id)
        self._ringing.add(dispatch_id)
        try:
            await self._searches.ring_without_jobs(dispatch_id, notices=notices)
        finally:
            self._ringing.discard(dispatch_id)

    async def _recover(self) -> None:
        """What a stop has cut off: its rings are over, and so are its drills, in which nobody
        is in need."""
        dispatches = self._services.store.dispatches
        drills = [each.id for each in await dispatches.recover() if each.drill]
        self._recovered = True
        await one_by_one(
            "drills that a stop has ended",
            drills,
            lambda each: dispatches.move(
                each, DispatchStatus.CLOSED, reason=DispatchReason.STOPPED, actor=HOTLINE
            ),
        )

    def check(self) -> Check:
        """What health says: whether there is an urgent case for which nobody is rung."""
        unsearched = len(self.unsearched)
        if not unsearched:
            return Check("urgent cases", True, "every open one is being searched for")
        fact = f"{unsearched} have nobody who is rung: take them on their pages, see the log"
        return Check("urgent cases", False, fact, Severity.FAILED)

    @property
    def unsearched(self) -> tuple[str, ...]:
        """Dispatches that nobody is rung for although somebody should be."""
        latest = self._clock() - PATIENCE_S
        return tuple(each for each, since in self._without.items() if since <= latest)

    def _has_search(self, dispatch: Dispatch) -> bool:
        return (
            dispatch.call_id in self._services.in_hand
            or dispatch.id in self._ringing
            or self._searches.rings(dispatch.id)
        )

    async def _is_ours(self, dispatch: Dispatch) -> bool:
        """Of this node; or of one that does nothing for it any more, because it has another
        name now or is no more: a follow-up leaves a line every few minutes."""
        store = self._services.store
        if dispatch.node == store.node:
            return True
        steps = await store.dispatches.timeline(dispatch.id)
        last = steps[-1].at if steps else dispatch.opened_at
        return last < self._services.store.clock.now() - (TALK if dispatch.is_held else QUIET)

    async def _search_for(self, ticket: Ticket) -> None:
        store = self._services.store
        oldest = self._services.store.clock.now() - TALK  # one that a node has left behind for good
        live = {each.call_id for each in await store.live.list() if each.since > oldest}
        if ticket.call_id in live | self._services.in_hand:
            return  # their call has not come to its end: what it comes to is seen then
        policy = (await store.roster.current()).policy(ticket.category)
        dispatch = await store.dispatches.open(
            ticket.id, policy, call_id=ticket.call_id, actor=HOTLINE
        )
        await store.dispatches.note(dispatch.id, Note(DispatchReason.UNSOUGHT), actor=HOTLINE)
        logger.warning(
            "an urgent ticket had nobody; its search begins", extra={"ticket": ticket.number}
        )
