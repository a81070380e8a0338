"""Durable destruction: what was ordered to be destroyed is, whatever ends the program meanwhile.

The store's row says what is open (`call_logs.privacy.Destructions`); each has a workflow under way,
or gets one. A run begins anew after a kill and finds what is done: it looks at rows and files, not
at how far it came. Each night a purge is ordered.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from dbos import DBOS

from call_logs.jobs.engine import Fate, at_work
from call_logs.jobs.transcription import DESTRUCTION_QUEUE, Jobs
from call_logs.privacy import Destruction, DestructionKind, Kind
from call_logs.storage.checks import Severity
from call_logs.storage.errors import StoreError
from call_logs.storage.loops import Loop, one_by_one
from call_logs.store import Store
from call_logs.users.actor import HOTLINE
from call_logs.viewing import PROGRAM, looking

__all__ = ["DestructionJobs", "carry_out"]

log = logging.getLogger(__name__)

LOOK_S = 30.0
SCHEDULE_S = 900.0
NIGHT = range(3, 6)  # hours of the site's clock
MISSED = timedelta(hours=36)  # a night in which the program did not run is made up for by day
RECOVERIES = 100
AGAIN_S = 900.0  # what keeps a destruction (a ticket opened again) lasts hours, not seconds


async def carry_out(store: Store, destruction: Destruction) -> Mapping[str, int]:
    """Do what was ordered, to its end; how many of what are gone. May be repeated.

    Raises:
        StoreError: a part could not be destroyed; it stays open.
    """
    if destruction.ended_at is not None:
        return destruction.result
    with looking(PROGRAM):  # whoever has ordered it: what they may not see goes as well
        match destruction.kind:
            case DestructionKind.PURGE:
                gone = await store.purge.run()
                result = {kind.value: count for kind, count in gone.items() if count}
            case DestructionKind.OWNER:
                result = dict(await store.owner_data.erase(destruction))
            case DestructionKind.KEY:
                result = dict(await store.key_rotation.run(destruction))
        await store.destructions.end(destruction.id, result)
    return result


class DestructionJobs:
    """Make it before `Jobs.start`, which resumes what an earlier run began."""

    def __init__(self, jobs: Jobs, store: Store, zone: ZoneInfo) -> None:
        self._workflows = jobs.workflows
        self._store = store
        self._zone = zone
        self._loops = (
            Loop(
                "nightly purge",
                self.schedule,
                checks=store.checks,
                every_s=SCHEDULE_S,
                severity=Severity.DEGRADED,
            ),
            Loop(
                "destructions",
                self.look,
                checks=store.checks,
                every_s=LOOK_S,
                severity=Severity.DEGRADED,
            ),
        )
        self._not_before: dict[int, float] = {}  # of those that were tried: what fails waits
        _Running.jobs = self

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    async def close(self) -> None:
        """May be called twice."""
        for loop in self._loops:
            await loop.close()

    async def schedule(self) -> None:
        """Order the purge of this night, once."""
        now = self._store.clock.now()
        here = now.astimezone(self._zone)
        last = await self._store.destructions.latest(DestructionKind.PURGE, limit=1)
        began = last[0].made_at if last else None
        if began is not None and began.astimezone(self._zone).date() == here.date():
            return
        if here.hour in NIGHT or (began is not None and now - began > MISSED):
            await self._store.destructions.begin_purge(HOTLINE.name)

    async def look(self) -> None:
        """Whatever is open has a workflow under way, or gets one."""
        await one_by_one("destructions", await self._store.destructions.open(), self._see_to)

    async def _see_to(self, destruction: Destruction) -> None:
        work = f"destruction-{destruction.id}-"
        last = await self._workflows.newest(work)
        if last is not None and last.fate is Fate.UNDER_WAY:
            return
        if last is not None and last.fate in (Fate.BROKEN_OFF, Fate.GIVEN_UP):
            await self._workflows.resume(last.workflow_id)
            return
        if last is not None and last.fate is Fate.STRANDED:
            await self._workflows.abandon(last.workflow_id)
        now = self._store.clock.monotonic()
        if now < self._not_before.get(destruction.id, now):
            return
        self._not_before[destruction.id] = now + AGAIN_S
        number = await self._workflows.count(work) + 1
        await self._workflows.begin(
            DESTRUCTION_QUEUE, f"{work}{number}", _destroy_workflow, destruction.id
        )

    async def destroy(self, id: int) -> str:
        """One destruction, on the program's loop."""
        destruction = await self._store.destructions.get(id)
        await carry_out(self._store, destruction)
        if destruction.kind is DestructionKind.PURGE:
            limit = self._store.purge.rules.rule(Kind.JOBS).limit(self._store.clock.now())
            await self._workflows.forget(limit)
        return "gone"

    async def on_loop(self, id: int) -> str:
        return await self._workflows.on_loop(lambda: self.destroy(id))


class _Running:
    jobs: DestructionJobs | None = None

    @classmethod
    def get(cls) -> DestructionJobs:
        if cls.jobs is None:
            raise StoreError("nothing is destroyed in this process")
        return cls.jobs


@DBOS.workflow(name="destroy", max_recovery_attempts=RECOVERIES)
async def _destroy_workflow(id: int) -> str:
    with at_work():
        return await _destroy(id)


@DBOS.step()
async def _destroy(id: int) -> str:
    return await _Running.get().on_loop(id)
