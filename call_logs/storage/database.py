"""The engine and the two session scopes: one to read, one to write."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from call_logs.storage import sqlite
from call_logs.storage.announcing import Announcement, taken_announcements
from call_logs.storage.clock import SYSTEM_CLOCK, Clock
from call_logs.storage.columns import give_keys
from call_logs.storage.errors import InvalidValue, OutcomeUnknown, StoreBusy, StoreError
from call_logs.storage.keys import Keys
from call_logs.storage.readable import UNREADABLE, Unreadable
from call_logs.storage.rows import ChangeRow
from call_logs.storage.transactions import Transactions, WholeSession

log = logging.getLogger(__name__)

WRITE_WAIT_S = 5.0  # a direct write is given up after this and reported as StoreBusy
READ_WAIT_S = 15.0
CANCEL_AFTER_S = 10.0  # PostgreSQL's work for somebody who has left is broken off after this
VACUUM_BYTES = 1_000_000_000  # seconds on a slow disk; writes wait in the journal meanwhile
CLOSE_WAIT_S = 10.0  # the longest that `close` waits for what a slow disk has begun
POOL_SIZE = 8
CLOCK = "clock"  # the key of a session's clock in its `info`
MIGRATION_LOCK = 0x686F746C  # any number of our own: PostgreSQL's advisory lock while migrating

# What a database that is locked, restarting or unreachable raises.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout, ConnectionError, OSError)

# Half a character, a number beyond 64 bits, a NUL in PostgreSQL: as the driver says it, or
# wrapped when a column's own type was at it.
UNTAKEABLE = (OverflowError, UnicodeError, StatementError)


Outbox = Callable[[AsyncSession, Sequence[Announcement]], Awaitable[None]]


async def _nobody_listens(session: AsyncSession, told: Sequence[Announcement]) -> None:
    del session, told


class Database:
    """One engine. `session()` is the only place that commits."""

    def __init__(self, url: str, keys: Keys, clock: Clock = SYSTEM_CLOCK) -> None:
        """`url`: `sqlite:///path` or `postgresql://...`; the async driver is filled in."""
        self.url = async_url(url)
        self.clock = clock
        parsed = make_url(self.url)
        self.is_sqlite = sqlite.is_sqlite(parsed)
        if self.is_sqlite:
            try:
                sqlite.make_private(parsed)
            except OSError as error:
                raise StoreError(
                    f"the database file {parsed.database} cannot be made: {error.strerror}; "
                    "correct the url, or who may write there"
                ) from None
        self.engine = create_async_engine(
            parsed,
            pool_size=POOL_SIZE,
            max_overflow=0,
            pool_timeout=WRITE_WAIT_S,
            pool_pre_ping=not self.is_sqlite,
            hide_parameters=True,
        )
        if self.is_sqlite:
            sqlite.configure(self.engine)
        give_keys(self.engine.dialect, keys)
        self.unreadable = Unreadable()
        info = {UNREADABLE: self.unreadable, CLOCK: clock}
        options: dict[str, Any] = {"class_": WholeSession, "expire_on_commit": False, "info": info}
        self._read: async_sessionmaker[WholeSession] = async_sessionmaker(self.engine, **options)
        writing = self.engine.execution_options(**{sqlite.WRITE_OPTION: True})
        give_keys(writing.dialect, keys)
        self._write: async_sessionmaker[WholeSession] = async_sessionmaker(writing, **options)
        # SQLite has one writer at a time and lets the others poll for the lock; our own
        # writers queue here instead, in order and without sleeping.
        self._writer = asyncio.Lock() if self.is_sqlite else None
        self._transactions = Transactions(None if self.is_sqlite else CANCEL_AFTER_S)
        self.committed_at = time.monotonic()  # the last time that anything was written
        self.on_change: Callable[[], None] = lambda: None  # called after a commit with changes
        self.outbox: Outbox = _nobody_listens  # writes down what a transaction has announced

    @property
    def place(self) -> str:
        """The file, or the address without its password, for messages."""
        parsed = make_url(self.url)
        return parsed.database or "" if self.is_sqlite else parsed.render_as_string()

    @asynccontextmanager
    async def session(self, wait_s: float | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction that writes: commits at the end, rolls back on any error.

        Nobody waits longer than `wait_s` (by itself `WRITE_WAIT_S`), nor is kept here when they
        are cancelled: what has begun goes on to its end, and is rolled back, without them.

        Raises:
            StoreBusy: locked or away for longer than `wait_s`; nothing was changed.
            OutcomeUnknown: a StoreBusy that came while the transaction was committed.
        """
        commit: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(WRITE_WAIT_S if wait_s is None else wait_s):
                over = await self._turn()
                async with self._transactions.scope(self._write(), over=over) as session:
                    yield session
                    if told := taken_announcements(session):
                        await self.outbox(session, told)
                    has_changes = await _write_changes(session)
                    commit = session.begun(self._commit(session, has_changes))
                    await asyncio.shield(commit)
        except (TimeoutError, *DATABASE_AWAY) as error:
            if commit is None or (commit.done() and not commit.cancelled() and commit.exception()):
                raise _busy(error) from error
            if not commit.done() or commit.cancelled():
                raise OutcomeUnknown(_UNKNOWN, commit) from error
            # It was committed in the very moment in which the time was over.
        except UNTAKEABLE as error:
            _refuse_value(error)
            raise

    async def _turn(self) -> Callable[[], None]:
        """Wait to be SQLite's one writer; returns what ends it."""
        if self._writer is None:
            return lambda: None
        await self._writer.acquire()
        return self._writer.release

    async def _commit(self, session: WholeSession, has_changes: bool) -> None:
        await session.commit()
        self.committed_at = time.monotonic()
        if has_changes:
            self.on_change()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads.

        Raises:
            StoreBusy: the database is away.
        """
        try:
            async with (
                asyncio.timeout(READ_WAIT_S),
                self._transactions.scope(self._read()) as session,
            ):
                yield session
        except (TimeoutError, *DATABASE_AWAY) as error:
            raise _busy(error) from error
        except UNTAKEABLE as error:
            _refuse_value(error)
            raise

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that changes the schema: alone, all or nothing."""
        options = {sqlite.WRITE_OPTION: True, sqlite.MIGRATE_OPTION: True}
        try:
            async with self.engine.execution_options(**options).begin() as connection:
                if not self.is_sqlite:
                    # Several nodes may start at once; SQLite's write lock does this by itself.
                    await connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                yield connection
        finally:
            # What was set on that connection must not come back from the pool.
            await self.engine.dispose()

    async def optimize(self) -> None:
        """Housekeeping that the database does not do by itself (PostgreSQL does)."""
        if self.is_sqlite:
            async with self.session() as session:
                await session.execute(text(sqlite.OPTIMIZE))

    async def wipe_deleted(self) -> None:
        """Leave no byte of what was deleted in SQLite's files: pages that were overwritten stand
        in the log until it is written back, and what a page lost to its neighbours stays in it
        until the file is made anew. The latter is done for a file of up to `VACUUM_BYTES`: others
        would wait for it. A server keeps its own house.

        Raises:
            StoreBusy: a reader holds the log, or the disk has no room for a second file.
        """
        if not self.is_sqlite:
            return
        release = await self._turn()
        try:
            async with self.engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                assert raw is not None
                size = await asyncio.to_thread(_size_of, Path(self.place))
                if size.file <= VACUUM_BYTES and size.free > 3 * size.file:
                    await raw.execute("VACUUM")
                async with raw.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    busy, *_ = await cursor.fetchone()
        except sqlite3.OperationalError as error:
            raise _busy(error) from error
        finally:
            release()
        if busy:
            raise StoreBusy("somebody reads the database, and its log keeps what was deleted")

    async def close(self) -> None:
        await self._transactions.close(CLOSE_WAIT_S)
        await self.engine.dispose()


@dataclass(frozen=True)
class _Size:
    file: int
    free: int


def _size_of(path: Path) -> _Size:
    return _Size(path.stat().st_size, shutil.disk_usage(path.parent).free)


def changed(session: AsyncSession, topic: str, key: object) -> None:
    """Tell followers, when this transaction commits, that something of `topic` changed."""
    pending: dict[tuple[str, str], None] = session.info.setdefault("changes", {})
    pending[topic, str(key)] = None


def now_of(session: AsyncSession) -> datetime:
    """What time it is for the store that this transaction is of."""
    clock: Clock = session.info[CLOCK]
    return clock.now()


async def _write_changes(session: AsyncSession) -> bool:
    pending: dict[tuple[str, str], None] = session.info.pop("changes", {})
    if pending:
        now = now_of(session)
        await session.execute(
            insert(ChangeRow),
            [{"topic": topic, "key": key, "at": now} for topic, key in pending],
        )
    return bool(pending)


def async_url(url: str) -> str:
    """Fill in the async driver: aiosqlite or psycopg."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    driver = drivers.get(parsed.get_backend_name(), parsed.drivername)
    return parsed.set(drivername=driver).render_as_string(hide_password=False)


def _refuse_value(error: BaseException) -> None:
    """Raises:
    InvalidValue: the database cannot hold what it was given; the fault is the giver's.
    """
    cause = error.orig if isinstance(error, StatementError) else error
    text = str(cause)
    if (
        isinstance(cause, OverflowError | UnicodeError)
        or isinstance(error, DataError)
        or "invalid byte sequence" in text
        or "invalid input for query argument" in text
    ):
        raise InvalidValue(
            "a value cannot be kept: half a character, a NUL, or a number beyond 64 bits"
        ) from error


_UNKNOWN = (
    "the database is slow, and the change may be made or not: look before you repeat it, and see "
    "`hotline doctor` if it stays so"
)


def _busy(error: BaseException) -> StoreBusy:
    reason = type(error.orig if isinstance(error, DBAPIError) and error.orig else error).__name__
    return StoreBusy(
        f"the database is locked or away ({reason}); nothing was changed: try again, "
        "and see `hotline doctor` if it stays so"
    )
