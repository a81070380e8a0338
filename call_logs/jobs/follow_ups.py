"""The durable follow-up: calls and notices go on until somebody has the ticket.

What is rung and told belongs to the phone side, which hands its steps in. Here is only
what must survive a crash: which round it is, how long to wait, when to stop.

    notify -> round --accepted--> done
                 |----taken-----> tell the owner -> done     (link, dashboard)
                 |----nobody----> wait (looking for an acknowledgement, or for anybody who can
                                  be rung when there was nobody) -> next round

A step that fails is a round without a result, and never the end. The end of a workflow is
none either while its dispatch is open: whoever looks after the open ones (`ensure`) gives
it another, which goes on ringing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol
from weakref import WeakValueDictionary

from dbos import DBOS

from call_logs.jobs.engine import Fate, at_work
from call_logs.jobs.transcription import FOLLOW_UP_QUEUE, Jobs
from call_logs.storage.errors import StoreError

__all__ = ["FollowUpSteps", "FollowUps", "RoundResult"]

log = logging.getLogger(__name__)

# DBOS goes through all that a workflow has done before it rings again after a start: about
# an hour of it, not a day.
ROUNDS = 15
FIRST_PAUSE_S = 60
LONGEST_PAUSE_S = 300
ORDERED_ROUND = 0  # one between two of the job's own
LOOK_EVERY_S = 10  # for an acknowledgement, between two rounds
RECOVERIES = 1000
TAKEN, CAN_RING = "taken", "can_ring"  # what ends a pause


class RoundResult(StrEnum):
    """What a round of calls came to."""

    ACCEPTED = "accepted"  # by telephone; the owner was called back
    TAKEN = "taken"  # acknowledged by link or on the dashboard
    NOBODY = "nobody"  # nobody accepted, or whoever did gave the owner back
    OVER = "over"  # one person was to be rung once, and did not accept


class FollowUpSteps(Protocol):
    """What the phone side does; each may run again after a crash in its middle."""

    async def notify(self, dispatch_id: str, number: int) -> None: ...

    async def round(self, dispatch_id: str, number: int, first: str = "") -> RoundResult: ...

    async def taken(self, dispatch_id: str) -> bool: ...

    async def can_ring(self, dispatch_id: str) -> bool:
        """Whether there is somebody to be rung by now, when the last round had nobody."""
        ...

    async def tell_owner(self, dispatch_id: str) -> None: ...


class FollowUps:
    """Make it before `Jobs.start`, which resumes what an earlier run began."""

    def __init__(self, jobs: Jobs, steps: FollowUpSteps) -> None:
        self._workflows = jobs.workflows
        self.steps = steps
        # Of a dispatch that was resumed while DBOS still ran it, one half waits here, and
        # finds what the other has done.
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        _Running.follow_ups = self

    async def start(self, dispatch_id: str) -> None:
        """See that a dispatch is followed up from now on; once, however often it is asked for.

        Raises:
            StoreError: the durable jobs do not run.
            Exception: what DBOS's database raised.
        """
        work = f"follow-up-{dispatch_id}"
        last = await self._workflows.newest(work)
        if last is None:
            await self._workflows.begin(FOLLOW_UP_QUEUE, work, _follow_up_workflow, dispatch_id)
            return
        if last.fate is Fate.UNDER_WAY:
            return
        log.warning(
            "a follow-up has no running workflow; it gets one",
            extra={"dispatch": dispatch_id, "fate": last.fate},
        )
        if last.fate in (Fate.BROKEN_OFF, Fate.GIVEN_UP):
            await self._workflows.resume(last.workflow_id)
            return
        if last.fate is Fate.STRANDED:
            await self._workflows.abandon(last.workflow_id)
        # After its hour the pauses stay long; after anything else they are short again.
        first = ROUNDS + 1 if last.succeeded else 1
        number = await self._workflows.count(work) + 1
        await self._workflows.begin(
            FOLLOW_UP_QUEUE, f"{work}-{number}", _follow_up_workflow, dispatch_id, first
        )

    async def ring_now(self, dispatch_id: str, first: str = "") -> RoundResult:
        """A round at once, as somebody has ordered, with the person `first` before all
        others; called on the program's loop. The durable job goes on behind it."""

        async def ring() -> RoundResult:
            async with self._one_at_a_time.setdefault(dispatch_id, asyncio.Lock()):
                return await self.steps.round(dispatch_id, ORDERED_ROUND, first)

        return await self._workflows.here(ring)

    async def ring_without_jobs(self, dispatch_id: str, *, notices: bool) -> None:
        """A round although the durable jobs cannot be begun: nobody waits for their
        database to be mended. On the program's loop."""

        async def ring() -> None:
            async with self._one_at_a_time.setdefault(dispatch_id, asyncio.Lock()):
                if notices:
                    try:
                        await self.steps.notify(dispatch_id, 1)
                    except Exception:
                        log.exception("notices of an urgent ticket failed; people are rung")
                if await self.steps.round(dispatch_id, 1) == RoundResult.TAKEN:
                    await self.steps.tell_owner(dispatch_id)

        await self._workflows.here(ring)

    def rings(self, dispatch_id: str) -> bool:
        """Whether a workflow of this dispatch runs in this process now."""
        return self._workflows.runs(f"follow-up-{dispatch_id}")

    async def on_loop(self, dispatch_id: str, work: Callable[[], Awaitable[str]]) -> str:
        """Run a step on the program's loop, where the telephones are. Its result is plain text:
        what is kept must not name a module (`call_logs.jobs.older`)."""

        async def run() -> str:
            async with self._one_at_a_time.setdefault(dispatch_id, asyncio.Lock()):
                return await work()

        return str(await self._workflows.on_loop(run))


class _Running:
    follow_ups: FollowUps | None = None

    @classmethod
    def get(cls) -> FollowUps:
        if cls.follow_ups is None:
            raise StoreError("no follow-up is running in this process")
        return cls.follow_ups


@DBOS.workflow(name="follow_up", max_recovery_attempts=RECOVERIES)
async def _follow_up_workflow(dispatch_id: str, first: int = 1) -> str:
    with at_work():
        return str(await _followed_up(dispatch_id, first))


async def _followed_up(dispatch_id: str, first: int) -> str:
    for number in range(first, first + ROUNDS):
        try:
            await _notify(dispatch_id, number)
        except Exception:
            log.exception("notices of an urgent ticket failed; its people are rung all the same")
        try:
            result = await _round(dispatch_id, number)
        except Exception:
            log.exception("a round of calls failed; the next one follows")
            result = RoundResult.NOBODY
        if result == RoundResult.NOBODY and await _rested(dispatch_id, number) == TAKEN:
            result = RoundResult.TAKEN
        if result == RoundResult.TAKEN:
            await _tell_owner(dispatch_id)
        if result != RoundResult.NOBODY:
            return result
    return RoundResult.NOBODY


async def _rested(dispatch_id: str, number: int) -> str:
    """The pause behind a round; what has ended it early, if anything."""
    pause_s = min(FIRST_PAUSE_S * number, LONGEST_PAUSE_S)
    for _ in range(pause_s // LOOK_EVERY_S):
        await DBOS.sleep_async(LOOK_EVERY_S)
        try:
            found = await _taken(dispatch_id)
        except Exception:
            log.exception("it cannot be seen whether an urgent ticket was taken; looking again")
            continue
        if found:
            return CAN_RING if found == CAN_RING else TAKEN  # an older program wrote: True
    return ""


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _notify(dispatch_id: str, number: int) -> str:
    running = _Running.get()

    async def work() -> str:
        await running.steps.notify(dispatch_id, number)
        return ""

    return await running.on_loop(dispatch_id, work)


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _round(dispatch_id: str, number: int) -> str:
    running = _Running.get()
    return await running.on_loop(dispatch_id, lambda: running.steps.round(dispatch_id, number))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _taken(dispatch_id: str) -> str:
    running = _Running.get()

    async def work() -> str:
        if await running.steps.taken(dispatch_id):
            return TAKEN
        return CAN_RING if await running.steps.can_ring(dispatch_id) else ""

    return await running.on_loop(dispatch_id, work)


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _tell_owner(dispatch_id: str) -> str:
    running = _Running.get()

    async def work() -> str:
        await running.steps.tell_owner(dispatch_id)
        return ""

    return await running.on_loop(dispatch_id, work)
