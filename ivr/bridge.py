"""An owner who was called back and whoever accepted, bridged; who joins and who leaves.

talking --person left, early----> dropped: he is not helped yet
talking --passed on (*2)--------> dropped
talking --called in (*1)--------> three talk; the case stays with the first
talking --anybody left, later---> helped
talking --owner left------------> helped: he knows who has it
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from call_logs import AttemptStatus, CallEventKind, DispatchEventKind, Plan, StoreError
from ivr.call_back import Stage
from ivr.conversation import Conversation
from ivr.desk import Desk
from ivr.phrasebook import Prompt
from ivr.ring import Briefing, Party, Ring
from ivr.search import Search
from ivr.talk import Ended, Talk
from ivr.trail import Trail

__all__ = ["Bridge"]

logger = logging.getLogger(__name__)

EARLY_S = 10.0  # who leaves the bridge sooner has not helped


class Bridge:
    """One talk of the follow-up."""

    def __init__(
        self,
        desk: Desk,
        trail: Trail,
        owner: Conversation,
        *,
        briefing: Briefing,
        plan: Callable[[], Awaitable[Plan]],
    ) -> None:
        """A second person is searched by `plan` and told the `briefing`."""
        self._desk = desk
        self._trail = trail
        self._owner = owner
        self._briefing = briefing
        self._plan = plan
        self._rings: dict[str, Ring] = {}  # by the ids of their calls
        self._last = AttemptStatus.ENDED  # how the last person's part ended
        self._started_s = 0.0

    async def run(self, ring: Ring, party: Party) -> bool:
        """Until the talk is over; whether the owner was helped. Sees to the people's lines."""
        self._started_s = asyncio.get_running_loop().time()
        self._rings[party.call.id] = ring
        self._note(party)
        self._desk.store.live.update(self._owner.call.id, menu=Stage.TALK)
        self._trail.outcome(ring.attempt_id, AttemptStatus.BRIDGED)
        talk = Talk(
            self._desk,
            self._owner,
            party,
            call_in=self._call_in,
            on_the_way=self._on_the_way,
            on_left=self._on_left,
        )
        ended = await talk.run()
        left_alone = self._last in (AttemptStatus.PASSED_ON, AttemptStatus.DROPPED)
        return ended is Ended.CALLER_LEFT or not left_alone

    def _note(self, party: Party) -> None:
        self._desk.store.calls.event(
            self._owner.call.id, CallEventKind.BRIDGE, {"person": party.person.id}
        )

    async def _call_in(self) -> Party | None:
        """A second person; he takes nothing over."""
        try:
            planned = await self._plan()
        except StoreError:
            logger.warning("the roster cannot be read; nobody is called in", exc_info=True)
            return None
        second = await Search(self._desk, self._trail, self._briefing, joins=True).run(planned)
        if second is None or second.party is None:
            return None
        self._rings[second.party.call.id] = second
        self._note(second.party)
        await self._trail.outcome(second.attempt_id, AttemptStatus.BRIDGED)
        return second.party

    async def _on_the_way(self, party: Party, minutes: int) -> None:
        kind = DispatchEventKind.ON_THE_WAY if minutes else DispatchEventKind.ARRIVED
        data = {"minutes": minutes} if minutes else {}
        await self._trail.note(kind, data, actor=party.person.id)

    async def _on_left(self, party: Party, how: Ended) -> None:
        """One person is out: what he hears, and what is written."""
        ring = self._rings.pop(party.call.id)
        early = asyncio.get_running_loop().time() - self._started_s < EARLY_S
        farewell, status = None, AttemptStatus.ENDED
        if how is Ended.PASSED_ON:
            farewell, status = Prompt("engineer_passed"), AttemptStatus.PASSED_ON
        elif how is Ended.PERSON_LEFT and early and not self._rings:  # nobody talks on
            status = AttemptStatus.DROPPED
        self._last = status
        self._desk.spawn(ring.hang_up(farewell))  # the owner does not wait for a good-bye
        await self._trail.outcome(ring.attempt_id, status)
