"""Durable workflows on DBOS: launched, begun, looked after, and stopped without an outcome.

The store says what must happen; DBOS remembers how far it came. Where the two disagree the
store is right: work that is not done, and whose workflow is not under way, is resumed or
begun anew, whatever the cause. Nothing confidential goes into DBOS's own database: workflows
carry ids, their steps save results to the store themselves.

DBOS runs in its own threads and event loop; the steps hand their work to the program's loop,
where the store and the telephones live.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowStatus
from sqlalchemy.engine import make_url

from call_logs.jobs.older import known_by_their_old_names
from call_logs.storage import sqlite
from call_logs.storage.checks import Checks
from call_logs.storage.clock import SYSTEM_CLOCK
from call_logs.storage.errors import StoreError
from call_logs.storage.loops import Loop

__all__ = ["APPLICATION_VERSION", "Fate", "QueueOf", "Standing", "Workflows", "at_work"]

log = logging.getLogger(__name__)

T = TypeVar("T")

# Not the program's version: DBOS resumes only workflows of the version that is running, and
# work begun before an upgrade must go on after it. Raise it only when a workflow's steps
# change so that an old one cannot be continued: it is then begun anew.
APPLICATION_VERSION = "hotline-1"

QUEUE_POLL_S = 0.5
LAUNCH_AGAIN_S = 30.0
TAKEN_S = 20.0  # from its queue to its first line of code; longer, and nobody runs it
SOME = 500  # ids in one question to DBOS's database


class Fate(StrEnum):
    """What has become of a workflow, for who needs its work done."""

    ABSENT = "absent"  # never begun
    UNDER_WAY = "under_way"  # runs here, or waits in a queue that this program takes from
    BROKEN_OFF = "broken_off"  # begun, and nobody runs it: can be resumed
    GIVEN_UP = "given_up"  # has ended the whole program too often: can be resumed
    STRANDED = "stranded"  # begun by a program whose steps were others: cannot go on
    OVER = "over"  # has come to an end, be it an error


_FATES = {
    "SUCCESS": Fate.OVER,
    "ERROR": Fate.OVER,
    "CANCELLED": Fate.BROKEN_OFF,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": Fate.GIVEN_UP,
}  # of those that do not run here; the others wait in their queues


_ENDS = ("SUCCESS", "ERROR", "CANCELLED")


@dataclass(frozen=True)
class Standing:
    """A workflow, and what has become of it."""

    workflow_id: str
    fate: Fate
    succeeded: bool = False


@dataclass(frozen=True)
class QueueOf:
    """Workflows that wait for their turn; `at_once`: how many run here, None: all."""

    name: str
    at_once: int | None = None


_at_work: Counter[str] = Counter()


@contextmanager
def at_work() -> Iterator[None]:
    """Around the body of every workflow: this process runs it now."""
    workflow_id = DBOS.workflow_id or ""
    _at_work[workflow_id] += 1
    try:
        yield
    finally:
        _at_work[workflow_id] -= 1
        if not _at_work[workflow_id]:
            del _at_work[workflow_id]


class Workflows:
    """One per process: DBOS has one instance a process."""

    def __init__(
        self,
        url: str,
        queues: Sequence[QueueOf],
        *,
        node: str,
        checks: Checks,
        version: str = APPLICATION_VERSION,
    ) -> None:
        """`url`: DBOS's own database. `node`: this process's name, stable over restarts."""
        self._url = url
        self._queues = tuple(queues)
        self._node = node
        self._version = version
        self._loop: asyncio.AbstractEventLoop | None = None
        self._launched = False
        self._stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._launching = Loop(
            "launch of durable jobs",
            self._launch_once,
            checks=checks,
            every_s=math.inf,
            again_s=(LAUNCH_AGAIN_S, LAUNCH_AGAIN_S),
        )

    @property
    def launched(self) -> bool:
        return self._launched

    async def start(self) -> None:
        """Resume what an earlier run began. A database of DBOS's that cannot be used does
        not keep the telephone from being answered: a broken file is put aside, and anything
        else is tried again."""
        self._loop = asyncio.get_running_loop()
        self._stopping = False
        try:
            await self._launch_once()
        except Exception:
            # DBOS and its database's driver have errors of their own.
            log.exception("durable jobs cannot be launched; calls are answered without them")
            self._launching.start()

    async def stop(self) -> None:
        """Break off what is being done, without an outcome: it goes on at the next start.
        Before the telephones go away, or a round would end because nobody can be rung."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Stop, and let DBOS go. May be called twice."""
        await self.stop()
        await self._launching.close()
        if self._loop is not None:
            await asyncio.to_thread(DBOS.destroy)
            self._launched = False
            self._loop = None

    async def on_loop(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `work` on the program's loop, from DBOS's."""
        loop = self._loop
        if loop is None or self._stopping:
            # Cancellation is the one end of a step that DBOS writes nothing of.
            raise asyncio.CancelledError

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self.here(work), loop))

    async def here(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do work on the program's loop that a stop breaks off, as it does a step."""
        task = asyncio.current_task()
        assert task is not None
        if self._stopping:
            raise asyncio.CancelledError
        self._tasks.add(task)
        try:
            return await work()
        finally:
            self._tasks.discard(task)

    # -- work, by the ids of its workflows ------------------------------------------------

    async def begin(
        self, queue: str, workflow_id: str, workflow: Callable[..., Any], *arguments: str | int
    ) -> None:
        """Begin a workflow; one with this id that exists already is left alone.

        Through a queue: DBOS ends what was taken from one as its own task, which a stop
        cancels without an outcome. (A call of `DBOS.start_workflow` waits on a thread, where
        the same stop is an error, written down as the workflow's end.)
        """

        def enqueue() -> None:
            with SetWorkflowID(workflow_id):
                DBOS.enqueue_workflow(queue, workflow, *arguments)

        await self._on_thread(enqueue)

    async def resume(self, workflow_id: str) -> None:
        """Let a workflow that is broken off, or was given up, go on where it was."""
        await self._on_thread(lambda: DBOS.resume_workflow(workflow_id))

    async def abandon(self, workflow_id: str) -> None:
        """Let nobody go on with a workflow whose work another one does now."""
        await self._on_thread(lambda: DBOS.cancel_workflow(workflow_id))

    async def standings(self, workflow_ids: Sequence[str]) -> Mapping[str, Standing]:
        """What has become of each of them."""
        found: dict[str, Standing] = {
            workflow_id: Standing(
                workflow_id, Fate.UNDER_WAY if workflow_id in _at_work else Fate.ABSENT
            )
            for workflow_id in workflow_ids
        }
        asked = [each.workflow_id for each in found.values() if each.fate is Fate.ABSENT]
        for start in range(0, len(asked), SOME):
            some = asked[start : start + SOME]
            for status in await self._on_thread(lambda some=some: _listed(workflow_ids=some)):  # type: ignore[misc]
                found[status.workflow_id] = self._standing(status)
        return found

    def runs(self, prefix: str) -> bool:
        """Whether this process runs a workflow whose id begins so."""
        return any(workflow_id.startswith(prefix) for workflow_id in tuple(_at_work))

    async def newest(self, prefix: str) -> Standing | None:
        """The workflow that was begun last of those whose ids begin so."""
        listed = await self._on_thread(
            lambda: _listed(workflow_id_prefix=prefix, sort_desc=True, limit=1)
        )
        return self._standing(listed[0]) if listed else None

    async def count(self, prefix: str) -> int:
        return len(await self._on_thread(lambda: _listed(workflow_id_prefix=prefix)))

    async def forget(self, before: datetime | None) -> int:
        """Delete what is known of workflows that came to their end before then; how many."""
        gone = 0
        while before is not None:
            over = await self._on_thread(
                lambda: _listed(status=list(_ENDS), completed_before=before.isoformat(), limit=SOME)
            )
            if not over:
                break
            ids = [each.workflow_id for each in over]
            await self._on_thread(lambda ids=ids: DBOS.delete_workflows(ids))  # type: ignore[misc]
            gone += len(ids)
        return gone

    def _standing(self, status: WorkflowStatus) -> Standing:
        return Standing(
            status.workflow_id, self._fate(status), succeeded=status.status == "SUCCESS"
        )

    def _fate(self, status: WorkflowStatus) -> Fate:
        if status.workflow_id in _at_work:
            return Fate.UNDER_WAY
        fate = _FATES.get(status.status, Fate.UNDER_WAY)
        if fate is not Fate.OVER and status.app_version != self._version:
            return Fate.STRANDED
        if status.status == "PENDING":  # taken from its queue, by this run or one that is over
            since_s = SYSTEM_CLOCK.now().timestamp() - (status.updated_at or 0) / 1000
            return Fate.UNDER_WAY if since_s < TAKEN_S else Fate.BROKEN_OFF
        return fate

    async def _on_thread(self, ask: Callable[[], T]) -> T:
        """Ask DBOS something, in a context of its own: asked from within a workflow's step,
        it would take what is begun for a part of that.

        Raises:
            StoreError: DBOS does not run, or not any more.
        """
        if not self._launched or self._loop is None:
            raise StoreError("the durable jobs do not run yet: see the log for what keeps them")
        return await asyncio.get_running_loop().run_in_executor(None, Context().run, ask)

    # -- DBOS itself ------------------------------------------------------------------------

    async def _launch_once(self) -> None:
        try:
            # On a thread without a loop: DBOS would otherwise adopt ours and its default
            # executor.
            await asyncio.to_thread(self._launch)
        except Exception as error:
            await asyncio.to_thread(DBOS.destroy)
            if _broken(error):
                await asyncio.to_thread(_put_aside, self._url)
            raise
        self._launched = True

    def _launch(self) -> None:
        known_by_their_old_names()
        config = DBOSConfig(
            name="hotline",
            system_database_url=self._url,
            application_version=self._version,
            executor_id=self._node,
            log_level="WARNING",
        )
        url = make_url(self._url)
        if sqlite.is_sqlite(url):
            sqlite.make_private(url)
        DBOS(config=config)
        DBOS.launch()
        for queue in self._queues:
            DBOS.register_queue(
                queue.name,
                worker_concurrency=queue.at_once,
                polling_interval_sec=QUEUE_POLL_S,
                on_conflict="always_update",
            )


def _listed(**asked: Any) -> list[WorkflowStatus]:
    return DBOS.list_workflows(load_input=False, load_output=False, **asked)


def _broken(error: BaseException | None) -> bool:
    """Whether it says that a SQLite file is none any more (and not that it is locked, or its
    disk full)."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return True
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return False


def _put_aside(url_text: str) -> None:
    """A SQLite file that cannot be launched on. What it knew stands in the store, but for how
    far a round of calls had come."""
    url = make_url(url_text)
    if not sqlite.is_sqlite(url) or not url.database:
        return
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", "-wal", "-shm"):
        path = Path(url.database + suffix)
        if path.exists():
            path.rename(path.with_name(f"{path.name}.broken-{stamp}"))
    log.warning("the durable jobs' database is broken: put aside, a new one is made")
