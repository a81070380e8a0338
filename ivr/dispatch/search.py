"""The search for a person who accepts: levels of people, rung as the policy says.

One search has one winner. The claim is decided twice: here, where two keys pressed in
the same second meet on one event loop, and in the store, where other nodes meet it.

Whoever is on the telephone with another search, talk or drill when the turn comes is rung
as soon as the line is free, beside whoever is rung then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from call_logs.dispatches import AttemptStatus, NotRung
from call_logs.roster import (
    Contact,
    Person,
    PlannedLevel,
    Ringing,
    RingPlan,
    RingTarget,
    SkipReason,
)
from ivr.call.engaged import names_of
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.levels import Levels
from ivr.dispatch.ring import HELD, Briefing, Ring, role_phrase
from ivr.packs.phrasebook import Prompt, Utterance

BUSY_WAIT_S = 45.0  # at the end, for who is still engaged: longer than a briefing takes

# After these the person has decided, or a machine has answered: the next contact of the
# same person would only wake somebody again for nothing.
_DECIDED = frozenset({AttemptStatus.PASSED, AttemptStatus.TOO_LATE, AttemptStatus.CANCELLED, *HELD})


class Search(Levels):
    """Rings until somebody accepts, everybody was tried, or it is cancelled."""

    def __init__(
        self,
        services: Services,
        log: DispatchLog,
        briefing: Briefing,
        *,
        joins: bool = False,
        on_trying: Callable[[Utterance], None] = lambda who: None,
    ) -> None:
        """`joins`: for a second person in a talk, who does not take the case over.
        `on_trying` is told who is rung next, in words for the caller."""
        super().__init__(services, log, briefing)
        self._joins = joins
        self._on_trying = on_trying
        self._passed: set[str] = set()  # people who said no: they are not asked again
        self._winner: Ring | None = None
        self._claimed = False  # a key was pressed; the store is asked
        self._decided = asyncio.Event()
        self._given_up = asyncio.Event()  # who is engaged still is not waited for
        self._cancelled = False
        self._widened = asyncio.Event()  # the next level is wanted now
        self._levels_left = 0
        self.level = 0  # index in the policy of the level that was begun last
        self._asking: set[asyncio.Task[None]] = set()  # people who are being rung
        self._asked: set[str] = set()  # their ids
        self.ended = False

    @property
    def passed(self) -> frozenset[str]:
        """Ids of people who passed it on."""
        return frozenset(self._passed)

    @property
    def dispatch_id(self) -> str:
        """Of what it searches for; empty while it is not in the store yet."""
        return self._log.dispatch_id

    async def run(self, plan: RingPlan) -> Ring | None:
        """Go through the plan's levels; the ring that was accepted, or None."""
        for skipped in plan.skipped:
            if skipped.reason is not SkipReason.EARLIER:  # that one is rung, as will be seen
                self._log.note(NotRung(skipped.level, skipped.person, skipped.reason))
        if not self._joins:
            self._services.searches.add(self)
        try:
            for left, level in zip(range(len(plan.levels) - 1, -1, -1), plan.levels, strict=True):
                self._levels_left, self.level = left, level.index
                self._widened.clear()
                for round_ in range(1, level.repeats + 1):
                    await self._ring_level(level, round_)
                    if self._decided.is_set():
                        return self._winner
                    if self._widened.is_set():
                        break
            # Whoever was rung besides, or by a level that was not waited for, or is engaged.
            patience = asyncio.get_running_loop().call_later(BUSY_WAIT_S, self._given_up.set)
            try:
                while self._asking and not self._decided.is_set():
                    await self._until_one_is_through(self._asking)
            finally:
                patience.cancel()
            return self._winner
        except asyncio.CancelledError:
            self.cancel()
            self._services.spawn(self._let_go())
            raise
        finally:
            self._given_up.set()
            self._services.searches.discard(self)

    def next_level(self) -> bool:
        """Ring the next level now, besides who is being rung; False: there is none."""
        if self._levels_left == 0 or self._widened.is_set() or self._decided.is_set():
            return False
        self._widened.set()
        return True

    def also(self, target: RingTarget, ring_s: int) -> bool:
        """Ring somebody besides, now; False for a person who is rung already, or when the search is
        over."""
        if target.person.id in self._asked or self._decided.is_set() or self._cancelled:
            return False
        self._passed.discard(target.person.id)
        level = PlannedLevel(self.level, Ringing.ONE_BY_ONE, ring_s, 1, (target,))
        self._ask(target, level, 1)
        return True

    def end(self) -> None:
        """A person has it, as a page tells: nobody is rung any more."""
        self.ended = not self._claimed
        self.cancel()

    def cancel(self, farewell: Prompt | None = None) -> None:
        """Stop ringing: nobody is needed any more. A claim under way is still decided, so
        that `run` gives whoever has accepted in this moment. May be called twice."""
        self._cancelled = True
        if not self._claimed:
            self._decided.set()
        for ring in tuple(self._rings):
            ring.stop(farewell)

    def _wanted(self, level: PlannedLevel) -> Sequence[RingTarget]:
        unasked = self._passed | self._asked
        if self._cancelled:
            return ()
        return [each for each in level.targets if each.person.id not in unasked]

    def _is_over(self) -> bool:
        return self._decided.is_set() or self._widened.is_set()

    async def _ring_group(
        self, group: Sequence[RingTarget], level: PlannedLevel, round_: int
    ) -> None:
        """Ring people side by side until one accepts, all are through or the next level is
        wanted: then they are rung on beside it."""
        unasked = [each for each in group if each.person.id not in self._asked]
        free = [each for each in unasked if not self._is_owed(each, level, round_)]
        if not free:
            return
        self._on_trying(role_phrase(free[0].person))
        people = {self._ask(target, level, round_) for target in free}
        while people & self._asking and not self._is_over():
            await self._until_one_is_through(people & self._asking)

    def _is_owed(self, target: RingTarget, level: PlannedLevel, round_: int) -> bool:
        """Whether a person is engaged: then that ring waits for a free line, and nobody for it."""
        if not self._services.engaged.any_of(names_of(target.person, target.contacts)):
            return False
        self._log.note(NotRung(level.index, target.person.id, SkipReason.BUSY))
        self._ask(target, level, round_)
        return True

    def _ask(self, target: RingTarget, level: PlannedLevel, round_: int) -> asyncio.Task[None]:
        """Ring one person beside everything else."""
        task = asyncio.create_task(self._ring_person(target, level, round_))
        self._asking.add(task)
        self._asked.add(target.person.id)

        def through(_: object) -> None:
            self._asking.discard(task)
            self._asked.discard(target.person.id)

        task.add_done_callback(through)
        # Who answered hears who took it, while the caller is connected already.
        self._services.spawn(_finish(task))
        return task

    async def _until_one_is_through(self, people: Collection[asyncio.Task[None]]) -> None:
        """Or somebody has accepted, or the next level is wanted."""
        events = [self._decided] if self._levels_left == 0 else [self._decided, self._widened]
        waits = [asyncio.create_task(event.wait()) for event in events]
        try:
            await asyncio.wait([*people, *waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _may_ring(self, person: Person, contact: Contact) -> bool:
        return await self._is_free(person, contact) and not (self._claimed or self._cancelled)

    async def _is_through(self, ring: Ring, status: AttemptStatus) -> bool:
        if status is AttemptStatus.PASSED:
            self._passed.add(ring.person.id)
        return status in _DECIDED

    async def _let_go(self) -> None:
        """Who has accepted while the search was called off has nobody to talk with."""
        if self._asking:
            await asyncio.wait(set(self._asking))
        if self._winner is not None:
            await self._winner.hang_up(Prompt("engineer_taken"))
            await self._log.outcome(self._winner.attempt_id, AttemptStatus.ENDED)

    async def _is_free(self, person: Person, contact: Contact) -> bool:
        """Wait until nobody else talks with the person; False when nobody waits for that
        any more. Who awaits nothing between this and the ring is the first."""
        engaged, names = self._services.engaged, names_of(person, (contact,))
        if not engaged.any_of(names):
            return True
        engaged.want(names)
        while engaged.any_of(names):
            if self._decided.is_set() or self._given_up.is_set():
                return False
            over = (self._decided.wait(), self._given_up.wait())
            waits = [asyncio.create_task(each) for each in (engaged.until_free(names), *over)]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
        self._on_trying(role_phrase(person))
        return True

    async def _claim(self, ring: Ring) -> AttemptStatus:
        """Exactly one ring gets it."""
        if self._claimed or self._cancelled:
            return AttemptStatus.TOO_LATE
        self._claimed = True
        for other in tuple(self._rings):
            if other is not ring:
                other.stop(Prompt("engineer_taken_by", who=role_phrase(ring.person)))
        try:
            if self._joins:
                self._winner = ring
                return AttemptStatus.CONFIRMED
            if await self._log.accept(ring.attempt_id):
                self._winner = ring
                return AttemptStatus.ACCEPTED
            return AttemptStatus.TOO_LATE  # another node was first
        finally:
            self._decided.set()


async def _finish(task: asyncio.Task[None]) -> None:
    await task
