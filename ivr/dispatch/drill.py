"""A drill: the whole chain of a policy rung for real, marked as a drill to everybody.

Every person of every level is rung, also after the first has answered: what is tested
is who can be reached, and how fast. Nobody is woken twice, and whoever is in a talk is
left alone; who is rung by an emergency meanwhile has done with the drill. The outcome is
kept as a dispatch of no ticket: owners, deadlines, surveys and statistics know nothing of it
(`docs/decisions/drills.md`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta

from call_logs.calls import Request
from call_logs.dispatches import (
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
    NotRung,
)
from call_logs.roster import (
    ANY_CATEGORY,
    Contact,
    Person,
    PlannedLevel,
    RingPlan,
    RingTarget,
    Roster,
    RosterError,
    plan,
)
from call_logs.users import Actor
from ivr.call.conversation import Interrupted
from ivr.call.engaged import names_of
from ivr.call.jumps import HungUp
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.levels import Levels
from ivr.dispatch.ring import Briefing, Ring
from ivr.packs.phrasebook import Prompt

logger = logging.getLogger(__name__)

STALE = timedelta(minutes=1)  # nobody is rung for what was asked before a long stop


class Drills:
    """Carries out the drills that are asked for."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ask(self, request: Request) -> None:
        """Begin the drill of a request, beside everything else."""
        if request.created_at > self._services.store.clock.now() - STALE:
            self._services.spawn(self.run(str(request.data.get("policy", "")), request.ordered_by))

    async def run(self, policy: str, actor: Actor, exclude: Collection[str] = ()) -> frozenset[str]:
        """Ring the people of a policy but `exclude`; gives the ids of whom it has rung.

        Raises:
            RosterError: there is no such policy.
        """
        store = self._services.store
        roster = await store.roster.current()
        check_policy(roster, policy)
        planned = plan(
            roster.policy(policy),
            roster,
            self._services.store.clock.now(),
            exclude=exclude,
            busy=self._services.engaged,
        )
        dispatch = await store.dispatches.open_drill(roster.policy(policy), actor)
        log = DispatchLog(store, dispatch.id)
        try:
            await _Drill(self._services, log, self._briefing(policy)).run(planned)
        finally:
            await log.move(DispatchStatus.CLOSED, DispatchReason.DRILL_OVER)
        return _people(planned)

    async def run_all(self, actor: Actor) -> None:
        """One drill for each of the company's own policies (without any: for the built-in
        one), in which nobody is rung twice."""
        roster = await self._services.store.roster.current()
        rung: frozenset[str] = frozenset()
        for policy in sorted(roster.policies) or [ANY_CATEGORY]:
            rung |= await self.run(policy, actor, exclude=rung)

    def _briefing(self, policy: str) -> Briefing:
        language = self._services.languages[self._services.default_language]
        is_category = policy in language.pack.categories
        opening = (Prompt("drill_notice"), *([language.spoken(policy)] if is_category else []))
        return Briefing(lambda: opening, Prompt("engineer_keys"), lambda rate_hz: b"")


class _Drill(Levels):
    """Rings everybody of every level, and wants to hear from each."""

    gives_way = Prompt("drill_thanks")

    async def run(self, planned: RingPlan) -> None:
        for skipped in planned.skipped:
            await self._log.note(NotRung(skipped.level, skipped.person, skipped.reason))
        for level in planned.levels:
            await self._ring_level(level, 1)

    def _wanted(self, level: PlannedLevel) -> Sequence[RingTarget]:
        return level.targets

    def _is_over(self) -> bool:
        return False

    async def _ring_group(
        self, group: Sequence[RingTarget], level: PlannedLevel, round_: int
    ) -> None:
        async with asyncio.TaskGroup() as rings:
            for target in group:
                rings.create_task(self._ring_person(target, level, round_))

    async def _may_ring(self, person: Person, contact: Contact) -> bool:
        """Not in a talk, and not rung by an emergency."""
        return not self._services.engaged.any_of(names_of(person, (contact,)))

    async def _claim(self, ring: Ring) -> AttemptStatus:
        """Everybody who presses 1 has passed the drill."""
        return AttemptStatus.CONFIRMED

    async def _is_through(self, ring: Ring, status: AttemptStatus) -> bool:
        """Once the person says that it hears, or that it does not want to be rung again."""
        if status is AttemptStatus.CONFIRMED and ring.party is not None:
            # Learnt here, where nobody in need waits for the end of it.
            ring.party.conversation.armed = True  # an emergency that wants the person ends it
            with suppress(HungUp, Interrupted):
                await ring.party.conversation.say(Prompt("engineer_bridge_keys"))
            await ring.hang_up(Prompt("drill_thanks"))
            await self._log.outcome(ring.attempt_id, AttemptStatus.ENDED)
            return True
        return status is AttemptStatus.PASSED


def check_policy(roster: Roster, name: str) -> None:
    """Raises:
    RosterError: the roster has no policy of this name, nor is it a built-in one.
    """
    known = sorted({*roster.policies, *roster.built_in})
    if name not in known:
        raise RosterError(f"there is no policy `{name}`; there are: {', '.join(known)}")


def _people(planned: RingPlan) -> frozenset[str]:
    return frozenset(t.person.id for level in planned.levels for t in level.targets)
