"""The durable follow-up: calls and notices go on until somebody has the ticket.

What is rung and told belongs to the phone side, which hands its steps in. Here is only
what must survive a crash: which round it is, how long to wait, when to stop.

    notify -> round --accepted--> done
                 |----taken-----> tell the owner -> done     (link, dashboard)
                 |----nobody----> wait (looking for an acknowledgement) -> next round
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from enum import StrEnum
from typing import Protocol

from dbos import DBOS, SetWorkflowID

from call_logs.errors import StoreError
from call_logs.jobs import Jobs

__all__ = ["FollowUpSteps", "FollowUps", "RoundResult"]

log = logging.getLogger(__name__)

MOST_ROUNDS = 300  # about a day
FIRST_PAUSE_S = 60
LONGEST_PAUSE_S = 300
LOOK_EVERY_S = 10  # for an acknowledgement, between two rounds


class RoundResult(StrEnum):
    """What a round of calls came to."""

    ACCEPTED = "accepted"  # by telephone; the owner was called back
    TAKEN = "taken"  # acknowledged by link or on the dashboard
    NOBODY = "nobody"  # nobody accepted, or whoever did gave the owner back


class FollowUpSteps(Protocol):
    """What the phone side does; each may run again after a crash in its middle."""

    async def notify(self, dispatch_id: str, number: int) -> None: ...

    async def round(self, dispatch_id: str, number: int) -> RoundResult: ...

    async def taken(self, dispatch_id: str) -> bool: ...

    async def tell_owner(self, dispatch_id: str) -> None: ...


class FollowUps:
    """Make it before `Jobs.start`, which resumes what an earlier run began."""

    def __init__(self, jobs: Jobs, steps: FollowUpSteps) -> None:
        self._jobs = jobs
        self.steps = steps
        _Running.follow_ups = self

    async def start(self, dispatch_id: str) -> None:
        """Follow a dispatch up from now on; once, however often it is asked for."""
        # In a context of its own: asked from within another job's step, DBOS would take the
        # follow-up for a part of that job, which a step must not have.
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, Context().run, _start, dispatch_id)

    async def on_loop(self, work: Callable[[], Awaitable[str]]) -> str:
        """Run a step on the program's loop, where the telephones are."""

        async def run() -> str:
            return await work()

        return await self._jobs.on_loop(run)


class _Running:
    follow_ups: FollowUps | None = None

    @classmethod
    def get(cls) -> FollowUps:
        if cls.follow_ups is None:
            raise StoreError("no follow-up is running in this process")
        return cls.follow_ups


def _start(dispatch_id: str) -> None:
    with SetWorkflowID(f"follow-up-{dispatch_id}"):
        DBOS.start_workflow(_follow_up_workflow, dispatch_id)


@DBOS.workflow(name="follow_up", max_recovery_attempts=1000)
async def _follow_up_workflow(dispatch_id: str) -> str:
    for number in range(1, MOST_ROUNDS + 1):
        await _notify(dispatch_id, number)
        result = await _round(dispatch_id, number)
        if result == RoundResult.NOBODY:
            pause_s = min(FIRST_PAUSE_S * number, LONGEST_PAUSE_S)
            for _ in range(pause_s // LOOK_EVERY_S):
                await DBOS.sleep_async(LOOK_EVERY_S)
                if await _taken(dispatch_id):
                    result = RoundResult.TAKEN
                    break
        if result == RoundResult.TAKEN:
            await _tell_owner(dispatch_id)
        if result != RoundResult.NOBODY:
            return result
    log.error("nobody took an urgent ticket in a day; the follow-up ends")
    return RoundResult.NOBODY


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _notify(dispatch_id: str, number: int) -> str:
    running = _Running.get()

    async def work() -> str:
        await running.steps.notify(dispatch_id, number)
        return ""

    return await running.on_loop(work)


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _round(dispatch_id: str, number: int) -> str:
    running = _Running.get()
    return await running.on_loop(lambda: running.steps.round(dispatch_id, number))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _taken(dispatch_id: str) -> bool:
    running = _Running.get()

    async def work() -> str:
        return "yes" if await running.steps.taken(dispatch_id) else ""

    return bool(await running.on_loop(work))


@DBOS.step(retries_allowed=True, max_attempts=3)
async def _tell_owner(dispatch_id: str) -> str:
    running = _Running.get()

    async def work() -> str:
        await running.steps.tell_owner(dispatch_id)
        return ""

    return await running.on_loop(work)
