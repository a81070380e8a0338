"""Limits and cancellations around transactions: no handle stays behind, no lock is kept."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy.exc
from sqlalchemy import delete, event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs import Store
from call_logs.calls import ANY_NODE, RequestAction
from call_logs.storage import Keys, OutcomeUnknown, StoreBusy
from call_logs.storage.database import Database, changed
from call_logs.storage.opening import prepare
from call_logs.storage.rows import SettingRow
from call_logs.storage.transactions import WholeSession
from call_logs.users import HOTLINE
from tests.call_logs.conftest import new_database

WRITES = 1500
AT_ONCE = 50
LIMIT_S = 60.0


@pytest.fixture
async def database(database_url: str, keys: Keys) -> AsyncIterator[Database]:
    database = Database(database_url, keys)
    await prepare(database)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(sqlite_url: str, keys: Keys) -> AsyncIterator[Database]:
    database = Database(sqlite_url, keys)
    await prepare(database)
    yield database
    await database.close()


@pytest.fixture
def no_collection() -> Iterator[None]:
    """As in the running program, where a full collection is rare: nothing may wait for one."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def write(database: Database, name: str, wait_s: float = LIMIT_S) -> None:
    """Two statements, one of them with rows that are fetched."""
    async with database.session(wait_s) as session:
        await session.execute(delete(SettingRow).where(SettingRow.name == name))
        await session.scalar(
            insert(SettingRow).values(name=name, value="1").returning(SettingRow.name)
        )


async def names(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(select(SettingRow.name)))


@contextmanager
def busy_writer(path: Path, hold_s: float, free_s: float) -> Iterator[None]:
    """Another process (here a thread with a connection of its own) takes the write lock again
    and again, as long as a backup or an import does."""
    stop = threading.Event()

    def run() -> None:
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        while not stop.is_set():
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                stop.wait(hold_s)
                connection.execute("ROLLBACK")
            stop.wait(free_s)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


async def hurried_writes(database: Database, limits_s: list[float]) -> int:
    """So many writes, a few at a time, none of which may take long; how many were made."""
    made = 0
    numbers = iter(range(WRITES))

    async def some() -> None:
        nonlocal made
        for number in numbers:
            # Every other one is limited by whoever asks, not by the database's own limit.
            limit_s = limits_s[number % len(limits_s)]
            with suppress(StoreBusy, TimeoutError):
                if number % 2:
                    await write(database, f"n{number}", limit_s)
                else:
                    async with asyncio.timeout(limit_s):
                        await write(database, f"n{number}")
                made += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(some())
    return made


async def comes_back(database: Database, path: Path, before: int) -> None:
    """The next write is made at once, by us and by others, and no descriptor was left."""
    began = time.monotonic()
    async with asyncio.timeout(10):
        await write(database, "after")
    assert "after" in await names(database)
    other = sqlite3.connect(path, isolation_level=None, timeout=5)
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()
    await database.close()
    assert descriptors() <= before
    assert time.monotonic() - began < 15  # minutes, when a handle keeps the lock


@pytest.mark.usefixtures("no_collection")
async def test_a_busy_second_writer_leaves_no_lock_and_no_descriptor_behind(
    sqlite_database: Database, tmp_path: Path
) -> None:
    await sqlite_database.close()
    before = descriptors()
    with busy_writer(tmp_path / "hotline.db", hold_s=0.15, free_s=0.05):
        made = await hurried_writes(sqlite_database, [0.02, 0.05, 0.1, 0.2])
    assert made < WRITES
    await comes_back(sqlite_database, tmp_path / "hotline.db", before)


@pytest.mark.usefixtures("no_collection")
async def test_a_slow_disk_leaves_no_lock_and_no_descriptor_behind(
    sqlite_database: Database, tmp_path: Path
) -> None:
    slow = [True]

    def on_connect(connection: object, _record: object) -> None:
        connection.create_function("disk", 0, lambda: time.sleep(0.02 * slow[0]))  # type: ignore[attr-defined]

    event.listen(sqlite_database.engine.sync_engine, "connect", on_connect)
    await sqlite_database.close()
    async with sqlite_database.session() as session:
        await session.execute(
            text(
                "CREATE TRIGGER slow AFTER INSERT ON settings WHEN new.name LIKE 'n%' "
                "BEGIN SELECT disk(); END"
            )
        )
    await sqlite_database.close()
    before = descriptors()
    made = await hurried_writes(sqlite_database, [0.01, 0.03, 0.05, 0.1, 0.3])
    assert 0 < made < WRITES
    await comes_back(sqlite_database, tmp_path / "hotline.db", before)


async def test_every_step_that_a_session_can_take_is_whole() -> None:
    steps = {
        name
        for name, step in vars(AsyncSession).items()
        if inspect.iscoroutinefunction(step) and not name.startswith("__")
    }
    steps |= {"begin", "begin_nested"}  # they wait when they are entered and left
    assert steps <= set(vars(WholeSession))


async def test_who_is_cancelled_in_a_step_leaves_at_once_and_nothing_is_written(
    sqlite_database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(write(sqlite_database, "left"))
    while not sqlite_database.engine.pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0)
    writing.cancel()
    done, _ = await asyncio.wait([writing], timeout=1)  # the lock is waited for for 2 s
    assert done
    other.execute("ROLLBACK")
    other.close()
    await write(sqlite_database, "next")
    assert "left" not in await names(sqlite_database)


class SlowCommit:
    """Commits wait until the test lets them go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.fails = False
        commit = WholeSession.commit

        async def slow(session: WholeSession) -> None:
            self.begun.set()
            await self.go_on.wait()
            if self.fails:
                raise sqlalchemy.exc.OperationalError("COMMIT", None, OSError("disk"))
            await commit(session)

        monkeypatch.setattr(WholeSession, "commit", slow)


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_told_that_the_outcome_is_unknown_can_wait_for_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    slow = SlowCommit(monkeypatch)
    slow.fails = fails
    changes: list[bool] = []
    database.on_change = lambda: changes.append(True)

    async def change() -> None:
        async with database.session(0.2) as session:
            session.add(SettingRow(name="slow", value="1"))
            changed(session, "ticket", 1)

    with pytest.raises(OutcomeUnknown, match="made or not") as told:
        await change()
    assert not changes
    slow.go_on.set()
    async with asyncio.timeout(LIMIT_S):
        assert await told.value.outcome() is not fails
    assert ("slow" in await names(database)) is not fails
    assert bool(changes) is not fails  # followers hear of it, too
    monkeypatch.undo()
    await write(database, "next")


async def test_who_is_cancelled_while_it_is_committed_leaves_and_the_change_is_made(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowCommit(monkeypatch)
    writing = asyncio.create_task(write(database, "slow"))
    async with asyncio.timeout(LIMIT_S):
        await slow.begun.wait()
        writing.cancel()
        await asyncio.wait([writing])
        assert writing.cancelled()
        slow.go_on.set()
        await write(database, "next")
    assert {"slow", "next"} <= await names(database)


async def test_the_end_waits_for_transactions_that_were_left(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowCommit(monkeypatch)
    writing = asyncio.create_task(write(sqlite_database, "slow"))
    async with asyncio.timeout(LIMIT_S):
        await slow.begun.wait()
        writing.cancel()
        closing = asyncio.create_task(sqlite_database.close())
        await asyncio.wait([writing])
        assert not closing.done()
        slow.go_on.set()
        await closing
    assert "slow" in await names(sqlite_database)


async def test_postgresql_breaks_off_what_takes_too_long_for_somebody_who_has_left(
    postgresql_server: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_logs.storage.database.CANCEL_AFTER_S", 0.2)
    database = Database(new_database(postgresql_server), keys)
    await prepare(database)
    with pytest.raises(StoreBusy):
        async with database.session(0.1) as session:
            await session.execute(text("SELECT pg_sleep(60)"))
    async with asyncio.timeout(LIMIT_S):
        await database._transactions.close(LIMIT_S)
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    await write(database, "next")
    await database.close()


async def test_a_request_whose_taking_was_slow_is_carried_out_all_the_same(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_logs.calls.requests.TAKE_WAIT_S", 0.2)
    request_id = await sqlite_store.requests.add(RequestAction.DRILL, ANY_NODE, actor=HOTLINE)
    slow = SlowCommit(monkeypatch)
    taking = asyncio.create_task(sqlite_store.requests.take())
    async with asyncio.timeout(LIMIT_S):
        await slow.begun.wait()
        await asyncio.sleep(0.3)
        slow.go_on.set()
        assert [request.id for request in await taking] == [request_id]
    assert await sqlite_store.requests.was_taken(request_id)
