"""A caller and whoever accepted, bridged: who joins, who leaves, and what came of it.

talking --person left, early----> left: somebody else is needed
talking --person's line lost----> left
talking --person silent---------> silent: somebody else is needed
talking --passed on (*2)--------> passed
talking --called in (*1)--------> three talk; the case stays with the first
talking --caller's line lost----> lost: caller is called back
talking --caller left, unheard--> unheard: no person made a sound, so nobody has helped
talking --caller left, early----> gone
talking --anybody left, later---> helped
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from call_logs.calls import CallEventKind
from call_logs.dispatches import Arrived, AttemptStatus, OnTheWay
from call_logs.roster import Person, RingPlan
from call_logs.storage import StoreError
from call_logs.users import Actor
from ivr.call.conversation import Conversation
from ivr.call.services import Services
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Briefing, Party, Ring, role_phrase
from ivr.dispatch.search import Search
from ivr.dispatch.talk import Ended, Talk
from ivr.endpoint import Call, CallState, CloseReason
from ivr.packs.phrasebook import Prompt

__all__ = ["Bridge", "Outcome", "told_why"]

logger = logging.getLogger(__name__)

EARLY_S = 10.0  # who leaves the bridge sooner has not helped
HELLO_S = 3.0  # by then whoever is there has made a sound


class Outcome(StrEnum):
    """What a talk has come to."""

    HELPED = "helped"
    GONE = "gone"  # the caller, before anybody could help
    LOST = "lost"  # the caller: nobody hung up, the line broke
    UNHEARD = "unheard"  # the caller is gone, and no person has made a sound
    LEFT = "left"  # by the last of the people at once, or by a line that broke
    PASSED = "passed"  # by the last of the people, on purpose
    SILENT = "silent"  # the last of the people has not made a sound


class Bridge:
    """One talk."""

    def __init__(
        self,
        services: Services,
        log: DispatchLog,
        caller: Conversation,
        *,
        briefing: Briefing,
        plan: Callable[[], Awaitable[RingPlan]],
        when_gone: Prompt | None = None,
        keeps: bool = False,
    ) -> None:
        """A second person is searched by `plan` and told the `briefing`; `when_gone` is what
        the people hear when the caller hangs up early. With `keeps` one of them stays on the
        line when the caller's breaks: that person is `kept`."""
        self._services = services
        self._log = log
        self._caller = caller
        self._when_gone = when_gone
        self._keeps = keeps
        self.kept: tuple[Ring, Party] | None = None
        self._briefing = briefing
        self._plan = plan
        self._rings: dict[str, Ring] = {}  # by the ids of their calls
        self._last = Outcome.HELPED  # what the last person's leaving means to the caller
        self._heard = False  # any of the people, in this talk
        self._started_s = 0.0

    async def run(self, ring: Ring, party: Party) -> Outcome:
        """Until the talk is over. Sees to the people's lines."""
        self._started_s = asyncio.get_running_loop().time()
        self._rings[party.call.id] = ring
        self._note(party)
        self._log.outcome(ring.attempt_id, AttemptStatus.BRIDGED)
        talk = Talk(
            self._services,
            self._caller,
            party,
            call_in=self._call_in,
            on_the_way=self._on_the_way,
            on_left=self._on_left,
        )
        if await talk.run() is not Ended.CALLER_LEFT:
            return self._last
        if self._unheard:
            return Outcome.UNHEARD
        if _is_lost(self._caller.call):
            return Outcome.LOST
        return Outcome.GONE if self._early else Outcome.HELPED

    @property
    def _early(self) -> bool:
        return self._lasted_s < EARLY_S

    @property
    def _unheard(self) -> bool:
        """Whether it was no talk: no person made a sound in it, who had the time to."""
        return not self._heard and self._lasted_s >= HELLO_S

    @property
    def _lasted_s(self) -> float:
        return asyncio.get_running_loop().time() - self._started_s

    def _note(self, party: Party) -> None:
        self._services.store.calls.event(
            self._caller.call.id, CallEventKind.BRIDGE, {"person": party.person.id}
        )

    async def _call_in(self) -> Party | None:
        """A second person, who takes nothing over."""
        try:
            planned = await self._plan()
        except StoreError:
            logger.warning("the roster cannot be read; nobody is called in", exc_info=True)
            return None
        second = await Search(self._services, self._log, self._briefing, joins=True).run(planned)
        if second is None or second.party is None:
            return None
        self._rings[second.party.call.id] = second
        self._note(second.party)
        await self._log.outcome(second.attempt_id, AttemptStatus.BRIDGED)
        return second.party

    async def _on_the_way(self, party: Party, minutes: int) -> None:
        what = OnTheWay(minutes) if minutes else Arrived()
        await self._log.note(what, actor=Actor.on_call(party.person.id))

    async def _on_left(self, party: Party, how: Ended, heard: bool) -> None:
        """One person is out: what is said to that person, and what is written."""
        ring = self._rings.pop(party.call.id)
        self._heard |= heard
        alone = not self._rings  # who leaves a caller with another has dropped nobody
        farewell, status, self._last = None, AttemptStatus.ENDED, Outcome.HELPED
        match how:
            case Ended.PASSED_ON:
                farewell, status = Prompt("engineer_passed"), AttemptStatus.PASSED_ON
                self._last = Outcome.PASSED
            case Ended.SILENT:
                farewell, status = Prompt("engineer_silent"), AttemptStatus.DROPPED
                self._last = Outcome.SILENT
            case Ended.PERSON_LEFT if alone and (self._early or _is_lost(party.call)):
                status, self._last = AttemptStatus.DROPPED, Outcome.LEFT
            case Ended.PERSON_LEFT if alone and self._unheard:
                status, self._last = AttemptStatus.DROPPED, Outcome.SILENT
            case Ended.CALLER_LEFT if self._stays(ring, party):
                return
            case Ended.CALLER_LEFT if self._unheard:
                farewell, status = self._when_gone, AttemptStatus.DROPPED
            case Ended.CALLER_LEFT if self._early or _is_lost(self._caller.call):
                farewell = self._when_gone
        self._services.spawn(ring.hang_up(farewell))  # the caller does not wait for a good-bye
        await self._log.outcome(ring.attempt_id, status)

    def _stays(self, ring: Ring, party: Party) -> bool:
        """Whether this person waits on the line until the caller is called back."""
        lost = _is_lost(self._caller.call) and not (self._unheard or _is_over(party.call))
        if not (self._keeps and lost and self.kept is None):
            return False
        self.kept = (ring, party)
        return True


def _is_over(call: Call) -> bool:
    return call.state is CallState.CLOSED


def _is_lost(call: Call) -> bool:
    """Whether it ended without anybody having hung up."""
    return call.close_reason in (CloseReason.RTP_TIMEOUT, CloseReason.FAILED)


def told_why(outcome: Outcome, person: Person) -> Prompt:
    """What the caller hears when somebody else is searched."""
    match outcome:
        case Outcome.PASSED:
            return Prompt("dispatch_passed_on", who=role_phrase(person))
        case Outcome.SILENT:
            return Prompt("dispatch_silent")
        case _:
            return Prompt("dispatch_engineer_lost")
