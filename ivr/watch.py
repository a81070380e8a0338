"""The watch over urgent tickets: each has a search that goes on, an acceptance, or a person's no.

    an open dispatch, no call and no workflow at it  -> gets a workflow, whatever the cause
    an urgent ticket, nobody has it, no dispatch     -> gets a dispatch, and so a workflow
    urgent no longer (a person has lowered it)       -> its follow-up ends

It looks at the start of the program, every half minute, and when something wakes it. What it
cannot mend it tells health.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from call_logs import Dispatch, DispatchEventKind, Ticket
from ivr.desk import Desk
from ivr.metrics import OPEN_SEARCHES, UNSEARCHED

__all__ = ["Searches", "UrgentWatch"]

logger = logging.getLogger(__name__)

EVERY_S = 30.0
PATIENCE_S = 60.0  # a search that has no workflow for longer is told to health
# What nobody has touched for so long is no emergency any more, though still nobody's: an
# upgrade must not wake people for the tickets of a year.
FRESH = timedelta(days=1)


class Searches(Protocol):
    """The durable side: `call_logs.FollowUps`."""

    async def start(self, dispatch_id: str) -> None: ...

    def rings(self, dispatch_id: str) -> bool: ...


class UrgentWatch:
    """Looks after every open search of this program."""

    def __init__(
        self, desk: Desk, searches: Searches, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._searches = searches
        self._clock = clock
        self._without: dict[str, float] = {}  # searches without a workflow, since when

    async def look(self) -> None:
        """See to each on its own: one that fails keeps no other from being seen to."""
        store = self._desk.store
        for ticket in await store.tickets.unsought(datetime.now(UTC) - FRESH):
            try:
                await self._search_for(ticket)
            except Exception:
                logger.exception("an urgent ticket has no search yet; trying again")
        alive = [each for each in await store.dispatches.open_dispatches() if not each.drill]
        without: dict[str, float] = {}
        for dispatch in alive:
            if not self._has_search(dispatch):
                without[dispatch.id] = self._without.get(dispatch.id, self._clock())
                try:
                    await self._searches.start(dispatch.id)
                except Exception:
                    # Whatever the job engine or its database raised.
                    logger.exception("a follow-up could not be started; trying again")
        self._without = without
        OPEN_SEARCHES.set(len(alive))
        UNSEARCHED.set(len(self.unsearched))

    @property
    def unsearched(self) -> tuple[str, ...]:
        """Dispatches that nobody is rung for although somebody should be."""
        latest = self._clock() - PATIENCE_S
        return tuple(each for each, since in self._without.items() if since <= latest)

    def _has_search(self, dispatch: Dispatch) -> bool:
        return dispatch.call_id in self._desk.in_hand or self._searches.rings(dispatch.id)

    async def _search_for(self, ticket: Ticket) -> None:
        calls = self._desk.endpoint.calls
        if ticket.call_id in self._desk.in_hand or ticket.call_id in calls:
            return  # his call has not come to its end: what it comes to is seen then
        store = self._desk.store
        policy = (await store.roster.current()).policy(ticket.category)
        dispatch = await store.dispatches.open(ticket.id, policy, call_id=ticket.call_id)
        await store.dispatches.note(
            dispatch.id, DispatchEventKind.NOTE, data={"reason": "urgent, and nobody had it"}
        )
        logger.warning(
            "an urgent ticket had nobody; its search begins", extra={"ticket": ticket.number}
        )
