"""A caller and whoever accepted, bridged: who joins, who leaves, and what came of it.

talking --person left, early----> left: somebody else is needed
talking --passed on (*2)--------> left
talking --called in (*1)--------> three talk; the case stays with the first
talking --caller left, early----> gone
talking --anybody left, later---> helped
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from call_logs import AttemptStatus, CallEventKind, DispatchEventKind, Plan, StoreError
from ivr.conversation import Conversation
from ivr.desk import Desk
from ivr.phrasebook import Prompt
from ivr.ring import Briefing, Party, Ring
from ivr.search import Search
from ivr.talk import Ended, Talk
from ivr.trail import Trail

__all__ = ["Bridge", "Outcome"]

logger = logging.getLogger(__name__)

EARLY_S = 10.0  # who leaves the bridge sooner has not helped


class Outcome(StrEnum):
    """What a talk has come to."""

    HELPED = "helped"
    LEFT = "left"  # by the last of the people, at once or on purpose
    GONE = "gone"  # the caller, before anybody could help him


class Bridge:
    """One talk."""

    def __init__(
        self,
        desk: Desk,
        trail: Trail,
        caller: Conversation,
        *,
        briefing: Briefing,
        plan: Callable[[], Awaitable[Plan]],
        when_gone: Prompt | None = None,
    ) -> None:
        """A second person is searched by `plan` and told the `briefing`; `when_gone` is what
        the people hear when the caller hangs up early."""
        self._desk = desk
        self._trail = trail
        self._caller = caller
        self._when_gone = when_gone
        self._briefing = briefing
        self._plan = plan
        self._rings: dict[str, Ring] = {}  # by the ids of their calls
        self._last = AttemptStatus.ENDED  # how the last person's part ended
        self._started_s = 0.0

    async def run(self, ring: Ring, party: Party) -> Outcome:
        """Until the talk is over. Sees to the people's lines."""
        self._started_s = asyncio.get_running_loop().time()
        self._rings[party.call.id] = ring
        self._note(party)
        self._trail.outcome(ring.attempt_id, AttemptStatus.BRIDGED)
        talk = Talk(
            self._desk,
            self._caller,
            party,
            call_in=self._call_in,
            on_the_way=self._on_the_way,
            on_left=self._on_left,
        )
        if await talk.run() is Ended.CALLER_LEFT:
            return Outcome.GONE if self._early else Outcome.HELPED
        left_alone = self._last in (AttemptStatus.PASSED_ON, AttemptStatus.DROPPED)
        return Outcome.LEFT if left_alone else Outcome.HELPED

    @property
    def _early(self) -> bool:
        return asyncio.get_running_loop().time() - self._started_s < EARLY_S

    def _note(self, party: Party) -> None:
        self._desk.store.calls.event(
            self._caller.call.id, CallEventKind.BRIDGE, {"person": party.person.id}
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
        early = self._early and not self._rings  # who leaves him with another has not dropped him
        farewell, status = None, AttemptStatus.ENDED
        match how:
            case Ended.PASSED_ON:
                farewell, status = Prompt("engineer_passed"), AttemptStatus.PASSED_ON
            case Ended.PERSON_LEFT if early:
                status = AttemptStatus.DROPPED
            case Ended.CALLER_LEFT if early:
                farewell = self._when_gone
        self._last = status
        self._desk.spawn(ring.hang_up(farewell))  # the caller does not wait for a good-bye
        await self._trail.outcome(ring.attempt_id, status)
