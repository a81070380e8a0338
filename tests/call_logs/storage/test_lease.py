"""One program a home and a node; every row of docs/decisions/lease.md."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.storage import Check, Holder, HomeLock, Severity, StoreError, Taken
from call_logs.storage import home_lock as home_module
from call_logs.storage import lease as module
from call_logs.storage.rows import LeaseRow
from call_logs.storage.transactions import WholeSession
from tests.call_logs.conftest import OpenStore, call_id

LIMIT_S = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    monkeypatch.setattr(module, "AGAIN_S", (0.05, 0.05))
    monkeypatch.setattr(module, "LOOK_S", 0.05)
    monkeypatch.setattr(module, "STALE_S", 0.5)
    monkeypatch.setattr(home_module, "WAIT_S", 0.3)


@asynccontextmanager
async def held(store: Store, **changes: Any) -> AsyncIterator[Store]:
    """The node of `store` is held; its row then says something else."""
    await store.lease.acquire()
    if changes:
        await change(store, **changes)
    try:
        yield store
    finally:
        await store.lease.release()


async def change(store: Store, **changes: Any) -> None:
    async with store.session() as session:
        await session.execute(update(LeaseRow).values(**changes))


async def rows(store: Store) -> list[LeaseRow]:
    async with store.reading() as session:
        return list(await session.scalars(select(LeaseRow)))


async def check_of(store: Store, name: str) -> Check:
    return {check.name: check for check in (await store.health()).checks}[name]


async def until(store: Store, condition: Callable[[Check], bool]) -> Check:
    async with asyncio.timeout(LIMIT_S):
        while not condition(check := await check_of(store, "lease")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return check


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


async def test_a_second_program_is_told_who_is_the_node_and_since_when(
    open_store: OpenStore,
) -> None:
    one, other = await open_store(), await open_store()
    async with held(one):
        with pytest.raises(
            Taken, match=rf"node main is in use by process {os.getpid()} on .*since"
        ):
            await other.lease.acquire()
        assert (await check_of(one, "lease")).ok
    await other.lease.acquire()  # given back: at once
    await other.lease.release()


async def test_nodes_of_other_names_and_commands_take_part_beside_it(open_store: OpenStore) -> None:
    one, other, command = (
        await open_store("main"),
        await open_store("second"),
        await open_store("command-line"),
    )
    async with held(one), held(other):
        call = call_id()
        command.calls.begin(NewCall(id=call))
        await command.calls.flush()
        assert len(await rows(command)) == 2


async def test_a_killed_program_of_this_machine_holds_nothing_up(store: Store) -> None:
    async with held(store, id="0" * 32, pid=ended_process()):
        began = time.monotonic()
        fresh = module.Lease(store.database, "main", store.checks)
        await fresh.acquire()
        assert time.monotonic() - began < module.STALE_S
        await fresh.release()


async def test_another_process_that_took_over_its_number_is_not_it(store: Store) -> None:
    async with held(store, id="0" * 32, pid=1, pid_started="1"):
        fresh = module.Lease(store.database, "main", store.checks)
        await fresh.acquire()
        await fresh.release()


async def test_a_program_elsewhere_that_moves_is_left_alone(open_store: OpenStore) -> None:
    one, other = await open_store(), await open_store()
    async with held(one, boot_id="another machine"):
        with pytest.raises(Taken, match="in use by"):
            await other.lease.acquire()


async def test_a_program_elsewhere_that_does_not_move_is_waited_for_and_then_gone(
    store: Store,
) -> None:
    async with held(store, id="0" * 32, boot_id="another machine"):
        began = time.monotonic()
        fresh = module.Lease(store.database, "main", store.checks)
        await fresh.acquire()
        assert time.monotonic() - began >= module.STALE_S
        await fresh.release()


async def test_the_lock_on_its_home_proves_that_the_last_program_is_gone(
    store: Store, tmp_path: Path
) -> None:
    """A container that is started anew: other process numbers, nobody to ask."""
    home = HomeLock(tmp_path / "home")
    await home.acquire(Holder("main"))
    async with held(store, id="0" * 32, pid_space="another container", home=home.home_id):
        began = time.monotonic()
        fresh = module.Lease(store.database, "main", store.checks)
        await fresh.acquire(home)
        assert time.monotonic() - began < module.STALE_S
        await fresh.release()
    home.release()


async def test_a_lost_lease_is_told_and_harms_no_call(store: Store) -> None:
    call = call_id()
    async with held(store):
        store.calls.begin(NewCall(id=call))
        await store.calls.flush()
        await change(store, id="f" * 32, host="elsewhere", pid=7, boot_id="another machine")
        lost = await until(store, lambda check: not check.ok)
        assert lost.severity is Severity.FAILED
        assert "process 7 on elsewhere" in lost.detail
        assert (await store.calls.get(call)).ended_at is None
        assert store.lease._beating.running
        async with store.session() as session:  # the other one has ended
            await session.execute(delete(LeaseRow))
        await until(store, lambda check: check.ok)
        assert [row.id for row in await rows(store)] == [store.lease.holder.id]


async def test_who_took_the_lease_and_died_gives_it_back(store: Store) -> None:
    async with held(store):
        await change(store, id="f" * 32, host="elsewhere", boot_id="another machine")
        await until(store, lambda check: not check.ok)
        await until(store, lambda check: check.ok)  # it does not move


async def test_two_that_start_in_one_moment_are_one(open_store: OpenStore) -> None:
    stores = [await open_store() for _ in range(4)]
    results = await asyncio.gather(
        *(store.lease.acquire() for store in stores), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, Taken) for result in results) == 3


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite locks us all out
async def test_who_is_written_down_after_we_looked_is_not_written_over(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await open_store(), await open_store()
    look = WholeSession.get

    async def look_and_lose_time(session: WholeSession, *args: Any, **options: Any) -> object:
        found = await look(session, *args, **options)
        monkeypatch.setattr(WholeSession, "get", look)
        await second.lease.acquire()
        return found

    monkeypatch.setattr(WholeSession, "get", look_and_lose_time)
    with pytest.raises(Taken):
        await first.lease.acquire()
    assert [row.id for row in await rows(second)] == [second.lease.holder.id]
    await second.lease.release()


async def test_health_tells_when_nothing_was_written_for_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with held(store):
        assert (await check_of(store, "writes")).ok

        async def nothing(_lease: module.Lease) -> None: ...

        await store.lease._beating.close()
        store.database.committed_at = time.monotonic() - module.NO_WRITES_S - 1
        silent = await check_of(store, "writes")
        assert not silent.ok
        assert silent.severity is Severity.FAILED
        assert "no writes for 31 s" in silent.detail
        store.lease._beating.start()
        async with asyncio.timeout(LIMIT_S):
            while not (await check_of(store, "writes")).ok:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_commands_beside_the_service_have_neither_lease_nor_its_checks(store: Store) -> None:
    names = {check.name for check in (await store.health()).checks}
    assert not names & {"lease", "writes", "loop lease"}


# -- the home ------------------------------------------------------------------------------


async def test_a_second_program_in_a_home_is_told_who_is_there(tmp_path: Path) -> None:
    one, other = HomeLock(tmp_path), HomeLock(tmp_path)
    await one.acquire(Holder("main"))
    with pytest.raises(Taken, match=rf"{tmp_path} is in use by process {os.getpid()} on .*since"):
        await other.acquire(Holder("second"))
    one.release()
    one.release()
    await other.acquire(Holder("second"))
    assert other.home_id == one.home_id
    other.release()


@pytest.mark.parametrize("written", ["", "{", "[]", '{"pid": "x"}', "\0" * 50])
async def test_whatever_stands_in_the_lock_keeps_nobody_from_starting(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "hotline.lock").write_text(written)
    one, other = HomeLock(tmp_path), HomeLock(tmp_path)
    await one.acquire(Holder("main"))
    (tmp_path / "hotline.lock").write_text(written)
    with pytest.raises(Taken, match="in use by another hotline"):
        await other.acquire(Holder("main"))
    one.release()


async def test_a_program_that_is_just_ending_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_module, "WAIT_S", LIMIT_S)
    one, other = HomeLock(tmp_path), HomeLock(tmp_path)
    await one.acquire(Holder("main"))
    waiting = asyncio.create_task(other.acquire(Holder("main")))
    await asyncio.sleep(0)
    one.release()
    await waiting
    other.release()


async def test_a_killed_program_lets_go_of_its_home(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from pathlib import Path
from call_logs.storage import Holder, HomeLock
async def main():
    await HomeLock(Path({str(tmp_path)!r})).acquire(Holder("main"))
    print("held", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""
    with subprocess.Popen(  # noqa: ASYNC220  (nothing else happens here)
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Taken, match=f"process {process.pid} "):
            await HomeLock(tmp_path).acquire(Holder("main"))
        process.kill()
        process.wait()
    lock = HomeLock(tmp_path)
    await lock.acquire(Holder("main"))
    assert json.loads((tmp_path / "hotline.lock").read_text())["pid"] == os.getpid()
    lock.release()


async def test_a_home_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be used: .*; see who may write there"):
        await HomeLock(tmp_path / "file").acquire(Holder("main"))


async def test_a_full_disk_keeps_nobody_from_the_home_and_takes_not_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = HomeLock(tmp_path)
    await lock.acquire(Holder("main"))
    home_id = lock.home_id
    lock.release()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        await lock.acquire(Holder("main"))
        assert lock.exclusive
        lock.release()
    await lock.acquire(Holder("main"))
    assert lock.home_id == home_id
    lock.release()


async def test_a_text_that_was_not_cut_off_behind_a_shorter_one_takes_not_the_homes_id(
    tmp_path: Path,
) -> None:
    (tmp_path / home_module.NAME).write_text('{"home": "its-id"}, "pid": 12345}')
    lock = HomeLock(tmp_path)
    await lock.acquire(Holder("main"))
    assert lock.home_id == "its-id"
    lock.release()
