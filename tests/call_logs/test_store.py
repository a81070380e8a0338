from __future__ import annotations

import asyncio
import gc
import os
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.recordings import RecordingFiles
from call_logs.recordings.files import LOW_DISK_BYTES
from call_logs.storage import KeyProblem, Keys, StoreBusy, StoreError
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore, call_id
from tests.call_logs.storage.test_journal import locked
from tests.people import person


async def test_everything_is_there_after_a_restart(open_store: OpenStore) -> None:
    store = await open_store()
    call = call_id()
    store.calls.begin(NewCall(id=call, caller="13800138000"))
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR, call_id=call, text="灯"))
    store.calls.end(call, "remote")
    await store.close()
    again = await open_store()
    assert await again.tickets.get(ticket.id) == ticket
    assert (await again.calls.get(call)).caller == "13800138000"


async def test_closing_twice_is_no_error(sqlite_store: Store) -> None:
    await sqlite_store.close()
    await sqlite_store.close()


async def test_another_key_is_refused_at_the_start(
    open_store: OpenStore, database_url: str, tmp_path: Path
) -> None:
    await open_store()
    with pytest.raises(KeyProblem, match="backup"):
        await Store.open(
            database_url,
            keys=Keys.generate(),
            recordings=RecordingFiles(tmp_path / "recordings"),
            spool=tmp_path / "spool",
        )


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "sqlite:////proc/no/db"])
async def test_a_database_that_is_away_is_told_in_a_sentence(
    url: str, keys: Keys, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened|cannot be made"):
        await Store.open(
            url,
            keys=keys,
            recordings=RecordingFiles(tmp_path / "recordings"),
            spool=tmp_path / "spool",
        )


async def test_a_direct_write_gives_up_when_the_database_is_locked(
    sqlite_store: Store, tmp_path: Path
) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket(kind=TicketKind.REPAIR))
    with locked(tmp_path), pytest.raises(StoreBusy, match="nothing was changed"):
        await sqlite_store.tickets.note(ticket.id, person("li"), "x")
    await sqlite_store.tickets.note(ticket.id, person("li"), "y")
    assert [line.note for line in await sqlite_store.tickets.history(ticket.id)] == ["", "y"]


async def test_reading_goes_on_while_another_process_writes(
    sqlite_store: Store, tmp_path: Path
) -> None:
    ticket = await sqlite_store.tickets.open(NewTicket(kind=TicketKind.REPAIR))
    with locked(tmp_path):
        assert await sqlite_store.tickets.get(ticket.id) == ticket


async def test_health_names_what_is_wrong(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await sqlite_store.health()).ok
    usage = shutil.disk_usage("/")
    full = type(usage)(usage.total, usage.total - LOW_DISK_BYTES // 2, LOW_DISK_BYTES // 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    health = await sqlite_store.health()
    assert not health.ok
    assert [check.name for check in health.checks if not check.ok] == ["disk"]


async def test_housekeeping_takes_nothing_that_is_needed(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR))
    user = await store.users.add("li", "correct horse", Role.OPERATOR, HOTLINE)
    login = await store.users.login("li", "correct horse")
    await store.keep_house()
    assert await store.tickets.get(ticket.id) == ticket
    session = await store.users.session(login.token)
    assert session is not None
    assert session.user.id == user.id


async def test_two_nodes_write_at_the_same_time(open_store: OpenStore) -> None:
    nodes = [await open_store("one"), await open_store("two")]

    async def write(store: Store) -> None:
        for _ in range(20):
            ticket = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR, text="灯"))
            await store.tickets.note(ticket.id, person(store.node), "seen")

    await asyncio.gather(*(write(store) for store in nodes))
    page = await nodes[0].tickets.list()
    assert page.total == 40
    assert len({ticket.number for ticket in page.items}) == 40


async def test_nothing_grows_with_the_number_of_calls(sqlite_store: Store) -> None:
    async def one_call() -> None:
        call = call_id()
        sqlite_store.calls.begin(NewCall(id=call))
        recording = await sqlite_store.recordings.create(call, 8000)
        recording.write(bytes(1600), bytes(1600))
        for _ in range(5):
            sqlite_store.calls.event(call, CallEventKind.HEARD, {"text": "x"})
            sqlite_store.live.update(call, heard="x")
        await sqlite_store.tickets.open(NewTicket(kind=TicketKind.REPAIR, call_id=call))
        await recording.close()
        sqlite_store.calls.end(call, "remote")

    async def burst() -> tuple[int, int, int, int]:
        await asyncio.gather(*(one_call() for _ in range(20)))
        await sqlite_store.calls.flush()
        await sqlite_store.live.flush()
        gc.collect()
        return (
            threading.active_count(),
            len(os.listdir("/proc/self/fd")),
            len(asyncio.all_tasks()),
            sum("call_logs" in str(type(thing)) for thing in gc.get_objects()),
        )

    for _ in range(2):  # pools and caches fill
        await burst()
    before = await burst()
    for _ in range(3):
        after = await burst()
    assert all(late <= early for early, late in zip(before, after, strict=True)), (before, after)


async def test_one_chore_that_fails_keeps_no_other_from_being_done(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise OSError

    pruned: list[bool] = []

    async def prune() -> None:
        pruned.append(True)

    monkeypatch.setattr(sqlite_store.changes, "prune", broken)
    monkeypatch.setattr(sqlite_store.users, "prune", prune)
    with pytest.raises(StoreError, match=r"housekeeping: 1 of \d+ failed"):
        await sqlite_store.keep_house()
    assert pruned


async def test_health_and_the_end_come_through_whatever_a_damaged_database_raises(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite_store.lease.acquire()

    def damaged(*_: object, **__: object) -> object:
        raise DatabaseError("SELECT", None, Exception("database disk image is malformed"))

    monkeypatch.setattr(sqlite_store.database, "_read", damaged)
    monkeypatch.setattr(sqlite_store.database, "_write", damaged)
    sqlite_store.live.add(NewCall(id=call_id()))
    checks = {check.name: check for check in (await sqlite_store.health()).checks}
    assert not checks["database"].ok
    assert {"journal", "disk", "recordings"} <= set(checks)
    async with asyncio.timeout(60):
        await sqlite_store.close()
