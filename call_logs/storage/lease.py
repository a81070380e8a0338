"""One program a node: the row in the database that says who it is.

A node's calls, searches and jobs are ended and taken up again by its next start; a second
program of the same name would do so with those that live. docs/decisions/lease.md has a row
for each state.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from call_logs.storage.checks import Check, Checks
from call_logs.storage.database import Database
from call_logs.storage.errors import Taken
from call_logs.storage.holder import Holder
from call_logs.storage.home_lock import HomeLock
from call_logs.storage.loops import Loop
from call_logs.storage.rows import LeaseRow

log = logging.getLogger(__name__)

BEAT_S = 5.0
AGAIN_S = (1.0, 5.0)
# Who shows no life for so long, watched by our own clock, holds the node no more.
STALE_S = 20.0
LOOK_S = 1.0
NO_WRITES_S = 30.0


@dataclass(frozen=True)
class _Seen:
    """Another holder, as its row says."""

    holder: Holder
    home: str
    beat_at: datetime


class _Watch:
    """Watches another holder for a sign of life, where only its row tells of it."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None
        self._since = 0.0

    def judge(self, seen: _Seen, lives: bool | None) -> bool | None:
        """Whether it lives: what is known otherwise, else whether its row has moved; None
        while that is not sure."""
        before, now = self._seen, time.monotonic()
        if before != seen:
            self._seen, self._since = seen, now
        if lives is not None:
            return lives
        if before is not None and before != seen:
            return True
        return False if now - self._since > STALE_S else None


class Lease:
    """Of one node. Whoever opens the store beside the service (commands) takes none."""

    def __init__(self, database: Database, node: str, checks: Checks) -> None:
        self._database = database
        self._checks = checks
        self._home: HomeLock | None = None
        self._watch = _Watch()
        self._other: _Seen | None = None  # who holds it although we do, too
        self._gone: _Seen | None = None  # ... and was found to be gone
        self.holder = Holder(node)
        self._beating = Loop("lease", self._beat, checks=checks, every_s=BEAT_S, again_s=AGAIN_S)

    async def acquire(self, home: HomeLock | None = None) -> None:
        """Take the node, at once or as soon as it is sure that its last holder is gone.
        `home`: the lock on our home, which may prove it.

        Raises:
            Taken: another program holds it.
            StoreBusy: the database is locked or away.
        """
        self._home = home
        gone: _Seen | None = None
        while (other := await self._take(gone)) is not None:
            lives = self._watch.judge(other, self._lives(other))
            if lives:
                raise Taken(
                    f"the node {self.holder.node} is in use by {other.holder}: stop that program "
                    "first, or name another node in [hotline]"
                )
            if lives is None:
                log.warning("the node's last holder is watched for a sign of life")
                await asyncio.sleep(LOOK_S)
            else:
                gone = other
        self._beating.start()
        self._checks.register("lease", self._check)
        self._checks.register("writes", self._writes)

    async def release(self) -> None:
        """Give the node back. May be called twice."""
        if not self._beating.running:
            return
        await self._beating.close()
        ours = (LeaseRow.node == self.holder.node, LeaseRow.id == self.holder.id)
        try:
            async with self._database.session() as session:
                await session.execute(delete(LeaseRow).where(*ours))
        except Exception:
            # A damaged or full disk raises more than a busy one, and the end must go on.
            log.exception("the node could not be given back; the next start sees that we ended")

    async def _take(self, gone: _Seen | None) -> _Seen | None:
        """Write us down where nobody stands, or still `gone`; returns who does."""
        try:
            async with self._database.session() as session:
                row = await session.get(LeaseRow, self.holder.node, with_for_update=True)
                if row is not None and row.id != self.holder.id:
                    seen = _Seen(_holder(row), row.home, row.beat_at)
                    if seen != gone:
                        return seen
                home = self._home.home_id if self._home else ""
                ours = _row(self.holder, home, self._database.clock.now())
                if row is None:
                    # Merging would look again, and write over who has come since we looked.
                    session.add(ours)
                else:
                    await session.merge(ours)  # the row that is locked
        except IntegrityError:  # another one was written down in this moment
            return await self._take(None)
        return None

    async def _beat(self) -> None:
        """A sign of life, which also proves that something can be written."""
        async with self._database.session() as session:
            beaten = await session.scalar(
                update(LeaseRow)
                .where(LeaseRow.node == self.holder.node, LeaseRow.id == self.holder.id)
                .values(beat_at=self._database.clock.now())
                .returning(LeaseRow.node)
            )
        other = None if beaten else await self._take(self._gone)
        if other is not None and self._other is None:
            log.error("another program holds this node, too", extra={"holder": str(other.holder)})
        elif other is None and self._other is not None:
            log.warning("the node is ours alone again")
        self._other = other
        if other is not None:
            lives = self._watch.judge(other, self._lives(other))
            self._gone = other if lives is False else None

    def _lives(self, other: _Seen) -> bool | None:
        lives = other.holder.lives()
        if lives is None and self._home is not None and self._home.exclusive:
            # It had our home, whose lock we hold now: on this machine it cannot live in it.
            mine = self.holder
            here = mine.host == other.holder.host or mine.boot_id == other.holder.boot_id
            if here and other.home == self._home.home_id:
                return False
        return lives

    def _check(self) -> Check:
        if self._other is None:
            return Check("lease", True, f"the node {self.holder.node} is held by {self.holder}")
        return Check(
            "lease",
            False,
            f"the node {self.holder.node} is also held by {self._other.holder}: two programs of "
            "one name spoil each other's calls; stop one of them",
        )

    def _writes(self) -> Check:
        silent_s = time.monotonic() - self._database.committed_at
        if silent_s < NO_WRITES_S:
            return Check("writes", True, "are made")
        return Check(
            "writes",
            False,
            f"no writes for {silent_s:.0f} s: see that the database's disk has space, and who "
            "else holds it",
        )


def _row(holder: Holder, home: str, now: datetime) -> LeaseRow:
    return LeaseRow(
        node=holder.node,
        id=holder.id,
        host=holder.host,
        pid=holder.pid,
        boot_id=holder.boot_id,
        pid_space=holder.pid_space,
        pid_started=holder.pid_started,
        home=home,
        since=holder.since,
        beat_at=now,
    )


def _holder(row: LeaseRow) -> Holder:
    return Holder(
        node=row.node,
        host=row.host,
        pid=row.pid,
        boot_id=row.boot_id,
        pid_space=row.pid_space,
        pid_started=row.pid_started,
        since=row.since,
        id=row.id,
    )
