"""The loop over the people of a plan's levels: what a search and a drill share.

A search ends with the first who accepts; a drill wants to reach everybody. Both ring a level's
people one by one or all at once, as the policy says, and a person's contacts one after another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from call_logs.dispatches import AttemptStatus, LevelBegun
from call_logs.roster import Contact, Person, PlannedLevel, Ringing, RingTarget
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Briefing, Ring
from ivr.packs.phrasebook import Prompt


class Levels(ABC):
    """Rings the people of levels. What is asked of them, and when it is over, its kind says."""

    #: What a person hears who is rung while an emergency wants the same person; None: nothing
    #: takes this ring away.
    gives_way: Prompt | None = None

    def __init__(self, services: Services, log: DispatchLog, briefing: Briefing) -> None:
        self._services = services
        self._log = log
        self._briefing = briefing
        self._rings: set[Ring] = set()

    @abstractmethod
    def _wanted(self, level: PlannedLevel) -> Sequence[RingTarget]:
        """Whom of a level to ring now."""

    @abstractmethod
    async def _ring_group(
        self, group: Sequence[RingTarget], level: PlannedLevel, round_: int
    ) -> None:
        """Ring people side by side."""

    @abstractmethod
    def _is_over(self) -> bool:
        """Whether nobody else of the level is to be rung."""

    @abstractmethod
    async def _may_ring(self, person: Person, contact: Contact) -> bool:
        """Whether a person is rung at a contact; False leaves the person alone."""

    @abstractmethod
    async def _claim(self, ring: Ring) -> AttemptStatus:
        """The person has pressed 1: what that comes to."""

    @abstractmethod
    async def _is_through(self, ring: Ring, status: AttemptStatus) -> bool:
        """Whether a ring's person is done with, whatever other contacts there are."""

    async def _ring_level(self, level: PlannedLevel, round_: int) -> None:
        wanted = self._wanted(level)
        if not wanted:
            return
        # Beside the ringing: the timeline must not hold up the first INVITE.
        self._log.note(LevelBegun(level.index, round_, tuple(each.person.id for each in wanted)))
        together = level.ringing is Ringing.ALL_AT_ONCE
        for group in [wanted] if together else [[each] for each in wanted]:
            await self._ring_group(group, level, round_)
            if self._is_over():
                return

    async def _ring_person(self, target: RingTarget, level: PlannedLevel, round_: int) -> None:
        """One person's contacts, one after another."""
        for contact in target.contacts:
            if not await self._may_ring(target.person, contact):
                return
            ring = Ring(
                self._services,
                target.person,
                contact,
                self._briefing,
                self._log,
                claim=self._claim,
                gives_way=self.gives_way,
            )
            self._rings.add(ring)
            try:
                status = await ring.run(level=level.index, round_=round_, ring_s=level.ring_s)
            finally:
                self._rings.discard(ring)
            if await self._is_through(ring, status):
                return
