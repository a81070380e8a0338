"""The feed of what changed: pages follow it instead of asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select

from call_logs.storage.checks import Checks
from call_logs.storage.database import Database
from call_logs.storage.errors import StoreBusy
from call_logs.storage.loops import Loop
from call_logs.storage.rows import ChangeRow

POLL_S = 0.2  # how soon a change made by another process is seen; our own wake the feed at once
AGAIN_S = (0.2, 5.0)  # while the feed cannot be read
KEEP = timedelta(hours=1)
FOLLOWER_LIMIT = 1000
# Two transactions may commit in another order than they took their ids (PostgreSQL): the feed
# looks back over this many ids for those that came late.
OVERLAP = 200
BATCH = 1000
RESET = "reset"


@dataclass(frozen=True)
class Change:
    """Something of `topic` (call, live, ticket, recording, transcript, ...) with `key` changed.

    Topic "reset" means that changes were missed: read everything again.
    """

    id: int
    topic: str
    key: str


class Changes:
    """One poller for all followers of this process; it rests while nobody follows."""

    def __init__(self, database: Database, checks: Checks) -> None:
        self._database = database
        self._followers: set[asyncio.Queue[Change]] = set()
        self._poller = Loop(
            "change feed", self._poll, checks=checks, every_s=POLL_S, again_s=AGAIN_S
        )
        self._last = 0
        self._seen: set[int] = set()
        self._starting = asyncio.Lock()

    def wake(self) -> None:
        """A transaction of this process committed changes."""
        self._poller.wake()

    async def follow(self, since: int | None = None) -> AsyncGenerator[Change, None]:
        """Every change from now on, or after change number `since` (SSE `Last-Event-ID`)."""
        queue: asyncio.Queue[Change] = asyncio.Queue(FOLLOWER_LIMIT)
        async with self._starting:
            if not self._poller.running:
                self._last = await self._newest()
                self._seen.clear()
                self._poller.start()
        self._followers.add(queue)
        try:
            missed = () if since is None else await self._missed(since)
            for change in missed:
                yield change
            # The queue may hold some of them again: it was filled while they were read.
            twice = {change.id for change in missed}
            while True:
                change = await queue.get()
                if change.id not in twice or change.topic == RESET:
                    yield change
        finally:
            self._followers.discard(queue)
            if not self._followers:
                await self.close()

    async def prune(self) -> None:
        """Delete what is older than `KEEP`; the newest stays, so that ids never start again."""
        async with self._database.session() as session:
            newest = await session.scalar(select(func.max(ChangeRow.id)))
            await session.execute(
                delete(ChangeRow).where(
                    ChangeRow.at < self._database.clock.now() - KEEP, ChangeRow.id != newest
                )
            )

    async def close(self) -> None:
        await self._poller.close()

    async def _newest(self) -> int:
        async with self._database.reading() as session:
            return await session.scalar(select(func.max(ChangeRow.id))) or 0

    async def _missed(self, since: int) -> tuple[Change, ...]:
        async with self._database.reading() as session:
            oldest = await session.scalar(select(func.min(ChangeRow.id)))
            rows = await session.execute(
                select(ChangeRow.id, ChangeRow.topic, ChangeRow.key)
                .where(ChangeRow.id > since, ChangeRow.id <= self._last)
                .order_by(ChangeRow.id)
                .limit(FOLLOWER_LIMIT + 1)
            )
            changes = tuple(Change(*row) for row in rows)
        if (oldest or 0) > since + 1 or len(changes) > FOLLOWER_LIMIT:
            return (Change(self._last, RESET, ""),)
        return changes

    async def _poll(self) -> None:
        try:
            fresh = await self._fresh()
        except StoreBusy:
            raise  # away for a moment: nothing is missed
        except Exception:
            # What cannot be read cannot be told. Followers read everything anew with each
            # try, or they would wait for ever for what they cannot hear of.
            self._tell([Change(self._last, RESET, "")])
            raise
        self._tell(fresh)

    def _tell(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for queue in self._followers:
                _deliver(queue, change)

    async def _fresh(self) -> list[Change]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(ChangeRow.id, ChangeRow.topic, ChangeRow.key)
                .where(ChangeRow.id > self._last - OVERLAP)
                .order_by(ChangeRow.id)
                .limit(BATCH)
            )
            changes = [Change(*row) for row in rows]
        if len(changes) == BATCH:
            self._poller.wake()  # there is more
        first_look = not self._seen
        fresh = [
            change
            for change in changes
            if change.id not in self._seen and not (first_look and change.id <= self._last)
        ]
        if changes:
            self._last = max(self._last, changes[-1].id)
            self._seen = {change.id for change in changes}
        return fresh


def _deliver(queue: asyncio.Queue[Change], change: Change) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        change = Change(change.id, RESET, "")
    queue.put_nowait(change)
