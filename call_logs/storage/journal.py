"""Writes that a call must not wait for: kept in order, committed together, never lost.

A call hands its writes over and goes on. One task commits them in order, as many in one
transaction as have gathered (group commit). When the database is locked or away, everything
that waits goes to an encrypted spool file, later writes behind it, and the file is replayed
when the database comes back, or at the next start. Handlers are idempotent: an entry that
may have been written before says so (`Entry.again`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.checks import Checks
from call_logs.storage.database import Database
from call_logs.storage.errors import Deferred, StoreBusy, StoreError
from call_logs.storage.keys import Keys
from call_logs.storage.loops import Loop
from call_logs.storage.reserve import Reserve
from call_logs.storage.spool import Spool

log = logging.getLogger(__name__)

BATCH = 500
COMMIT_WAIT_S = 1.0  # a commit that takes longer sends what waits to the spool
SPOOL_RETRY_S = (0.2, 5.0)  # first and longest pause between attempts while the database is away
MEMORY_LIMIT = 100_000  # entries kept in memory when neither database nor spool can be written


@dataclass(frozen=True)
class Entry:
    """One write: `payload` is JSON."""

    operation: str
    payload: Mapping[str, Any] = field(repr=False)
    uid: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    again: bool = False  # may have been written before

    def encode(self) -> bytes:
        row = {"o": self.operation, "u": self.uid.hex(), "p": self.payload}
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Entry:
        row = json.loads(data)
        return cls(row["o"], row["p"], bytes.fromhex(row["u"]), again=True)


# Handlers get consecutive entries of one operation and return one result for each.
Handler = Callable[[AsyncSession, Sequence[Entry]], Awaitable[Sequence[Any]]]


@dataclass
class _Waiting:
    entry: Entry
    done: asyncio.Future[Any]


class Journal:
    """`add` never waits; `settle` waits at most as long as its caller says."""

    def __init__(
        self, database: Database, keys: Keys, folder: Path, *, checks: Checks, reserve: Reserve
    ) -> None:
        """`folder`: where this node, and no other, keeps its spool."""
        self._database = database
        self._handlers: Mapping[str, Handler] = {}
        self._reserve = reserve
        self._spool = Spool(folder / "journal.spool", keys, reserve)
        self._keys = keys
        self._rejected = Spool(folder / "rejected.spool", keys)
        self._memory: deque[_Waiting] = deque()
        self._offset = 0  # how far the spool has been replayed
        self._spooling = False
        self._spool_fails = False  # said once, however often it is tried
        self._idle = asyncio.Event()
        self._idle.set()
        self._dropped = 0
        self._pause_s = SPOOL_RETRY_S[0]
        self._writing = Loop(
            "call journal",
            self._write_what_waits,
            checks=checks,
            every_s=lambda: self._pause_s if self._spooling or self._memory else math.inf,
            again_s=SPOOL_RETRY_S,
        )

    @property
    def problem(self) -> str:
        """ "" or what is wrong, for the health page."""
        if self._dropped:
            return f"{self._dropped} call events were lost: database and spool are both away"
        if self._spooling:
            return f"the database is away; {len(self._spool)} bytes wait in {self._spool.path}"
        return ""

    @property
    def spool_bytes(self) -> int:
        """What waits on the disk. Blocking."""
        return len(self._spool)

    @property
    def waiting(self) -> int:
        """Entries in memory that are not committed or spooled yet."""
        return len(self._memory)

    async def count_rejected(self, before: datetime | None) -> int:
        """Files of impossible writes, of any node, that were last added to before then."""
        return len(await asyncio.to_thread(self._old_rejected, before))

    async def forget_rejected(self, before: datetime | None) -> int:
        """Remove them; how many."""
        old = await asyncio.to_thread(self._old_rejected, before)
        for path in old:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return len(old)

    def _old_rejected(self, before: datetime | None) -> list[Path]:
        if before is None:
            return []
        folder = self._rejected.path.parent.parent
        files = folder.glob(f"*/{self._rejected.path.name}")
        return [each for each in files if each.stat().st_mtime < before.timestamp()]

    async def rekey(self, old: Collection[bytes]) -> int:
        """Seal impossible writes of every node anew; how many."""
        return sum([await asyncio.to_thread(each.renew) for each in self._spools("rejected", old)])

    async def bearing(self, old: Collection[bytes]) -> int:
        """How many files of writes bear one of these keys: they wait for the database, or for
        their node to start."""
        return len([each for name in ("rejected", "journal") for each in self._spools(name, old)])

    def _spools(self, name: str, old: Collection[bytes]) -> list[Spool]:
        folder = self._rejected.path.parent.parent
        paths = {
            path.with_suffix(".spool")
            for end in ("spool", "renewed")
            for path in folder.glob(f"*/{name}.{end}")
        }
        return [
            each
            for each in (Spool(path, self._keys) for path in sorted(paths))
            if each.path.with_suffix(".renewed").exists() or each.key_ids() & set(old)
        ]

    def handle(self, handlers: Mapping[str, Handler]) -> None:
        """Who writes which operation; given before `start`."""
        self._handlers = handlers

    async def start(self) -> None:
        """Replay what an earlier run left behind, as far as the database lets, and begin."""
        await asyncio.to_thread(self._reserve.take)
        self._spooling = await asyncio.to_thread(len, self._spool) > 0
        if self._spooling:
            with suppress(StoreBusy):
                await self._replay()
        self._writing.start()

    def add(self, operation: str, payload: Mapping[str, Any]) -> asyncio.Future[Any]:
        """Hand a write over. The future's result comes after the commit; it raises
        `Deferred` when the entry went to the spool instead."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # Nobody has to look at it: a write without a reader must not warn.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        if len(self._memory) >= MEMORY_LIMIT and operation == "call.event":
            self._dropped += 1
            done.set_exception(Deferred("the event was lost: database and spool are away"))
            return done
        self._memory.append(_Waiting(Entry(operation, payload), done))
        self._idle.clear()
        self._writing.wake()
        return done

    async def settle(self, done: asyncio.Future[Any], limit_s: float) -> Any:
        """The write's result.

        Raises:
            Deferred: it is spooled, or still waits after `limit_s`; it follows by itself.
            StoreError: the write is impossible (its row does not exist ...).
        """
        try:
            async with asyncio.timeout(limit_s):
                return await asyncio.shield(done)
        except TimeoutError:
            raise Deferred("the database is slow; the write is kept and follows") from None

    async def flush(self) -> None:
        """Wait until everything handed over is committed or spooled."""
        await self._idle.wait()

    async def close(self) -> None:
        """Commit what waits, or spool it."""
        await self._writing.finish()
        try:
            await self._write_what_waits()
        except Exception:
            log.exception("the journal's last writes failed; they go to the spool")
            await self._to_spool()
        if self._memory:
            log.error("journal closed with unsaved entries", extra={"count": self.waiting})

    async def _write_what_waits(self) -> None:
        """One run of the loop. While the database is away, what comes meanwhile wakes it and
        goes to the spool at once."""
        try:
            if self._spooling:
                await self._to_spool()
                await self._replay()
            while self._memory and not self._spooling:
                await self._commit_some()
            self._pause_s = SPOOL_RETRY_S[0]
        except StoreBusy:
            self._spooling = True
            await self._to_spool()
            self._pause_s = min(self._pause_s * 2, SPOOL_RETRY_S[1])
        if not self._memory:
            self._idle.set()

    async def _commit_some(self) -> None:
        batch = [self._memory[index] for index in range(min(BATCH, len(self._memory)))]
        try:
            results = await self._write([waiting.entry for waiting in batch])
        except StoreBusy:
            # The commit may have happened although its answer did not come.
            for waiting in batch:
                waiting.entry = replace(waiting.entry, again=True)
            raise
        for waiting, result in zip(batch, results, strict=True):
            self._memory.popleft()
            _resolve(waiting.done, result)

    async def _write(self, entries: Sequence[Entry]) -> list[Any]:
        """One transaction for all; one by one when one of them is impossible."""
        try:
            return await self._transaction(entries)
        except StoreBusy:
            raise
        except Exception as error:
            if len(entries) > 1:
                return [(await self._write([entry]))[0] for entry in entries]
            entry = entries[0]
            if not isinstance(error, StoreError):
                log.exception("impossible write", extra={"operation": entry.operation})
                error = StoreError(f"the write {entry.operation} is impossible: see the log")
            with suppress(OSError):
                await asyncio.to_thread(self._rejected.append, [entry.encode()])
            return [error]

    async def _transaction(self, entries: Sequence[Entry]) -> list[Any]:
        results: list[Any] = []
        async with self._database.session(COMMIT_WAIT_S) as session:
            for operation, group in groupby(entries, key=lambda entry: entry.operation):
                results.extend(await self._handlers[operation](session, list(group)))
        return results

    async def _to_spool(self) -> None:
        if not self._memory:
            return
        batch = list(self._memory)
        encoded = [waiting.entry.encode() for waiting in batch]
        try:
            await asyncio.to_thread(self._spool.append, encoded)
        except OSError as error:
            if not self._spool_fails:
                log.error("spool cannot be written", extra={"errno": error.errno})
            self._spool_fails = True
            return
        self._spool_fails = False
        for waiting in batch:
            self._memory.popleft()
            _resolve(waiting.done, Deferred("the database is away; the write is spooled"))

    async def _replay(self) -> None:
        while True:
            encoded, after = await asyncio.to_thread(self._spool.read, self._offset, BATCH)
            if not encoded:
                break
            await self._write([entry for data in encoded if (entry := _decoded(data)) is not None])
            self._offset = after
        # What came into memory meanwhile is younger than the spool, all of which is written.
        await asyncio.to_thread(self._spool.remove)
        await asyncio.to_thread(self._reserve.take)
        self._offset = 0
        self._spooling = False


def _decoded(data: bytes) -> Entry | None:
    """None for what is no entry of ours: it must not hold up all that stand behind it."""
    try:
        return Entry.decode(data)
    except (ValueError, LookupError, TypeError):
        log.error("a spooled entry is not one of this program's and is left out")
        return None


def _resolve(done: asyncio.Future[Any], result: Any) -> None:
    if done.done():
        return
    if isinstance(result, BaseException):
        done.set_exception(result)
    else:
        done.set_result(result)
