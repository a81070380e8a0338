from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.storage import Deferred, Keys
from call_logs.storage.journal import Entry
from call_logs.storage.spool import Spool
from call_logs.tickets import NewTicket, Ticket, TicketKind
from tests.call_logs.conftest import OpenStore, call_id


@contextmanager
def locked(tmp_path: Path) -> Iterator[None]:
    """Another process holds the database's write lock."""
    connection = sqlite3.connect(tmp_path / "hotline.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


NEW_CALL = {
    "caller": "",
    "callee": "",
    "trunk": "main",
    "direction": "in",
    "language": "zh-CN",
    "sip_call_id": "",
    "node": "main",
    "started_at": "2026-01-01T00:00:00+00:00",
}


def spool_of(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "main" / "journal.spool"


async def test_while_the_database_is_locked_nothing_waits_and_nothing_is_lost(
    sqlite_store: Store, tmp_path: Path
) -> None:
    calls = [call_id() for _ in range(5)]
    with locked(tmp_path):
        for call in calls:
            sqlite_store.calls.begin(NewCall(id=call, caller="13800138000"))
            sqlite_store.calls.event(call, CallEventKind.HEARD, {"text": "电梯困人"})
        with pytest.raises(Deferred):
            await sqlite_store.tickets.open(
                NewTicket(kind=TicketKind.EMERGENCY, call_id=calls[0], text="电梯困人")
            )
        for call in calls:
            sqlite_store.calls.end(call, "remote")
        await sqlite_store.calls.flush()
        spooled = spool_of(tmp_path).read_bytes()
        assert spooled
        assert b"13800138000" not in spooled
        assert "电梯".encode() not in spooled
        health = {check.name: check for check in (await sqlite_store.health()).checks}
        assert not health["journal"].ok
    ticket = await until_written(sqlite_store, calls[0])
    assert isinstance(ticket, Ticket)
    assert ticket.text == "电梯困人"
    for call in calls:
        assert (await sqlite_store.calls.get(call)).end_reason == "remote"
        assert [event.kind for event in await sqlite_store.calls.events(call)] == ["heard"]


async def until_written(store: Store, call: str) -> object:
    """The ticket that follows through the spool; the change feed tells when."""
    async with asyncio.timeout(20):
        async for _ in store.changes.follow(since=0):
            ticket = await store.tickets.for_call(call)
            if ticket is not None:
                return ticket
    raise AssertionError("the feed ended")


async def test_what_was_spooled_is_written_at_the_next_start(
    open_sqlite_store: OpenStore, tmp_path: Path
) -> None:
    store = await open_sqlite_store()
    call = call_id()
    with locked(tmp_path):
        store.calls.begin(NewCall(id=call))
        store.calls.event(call, CallEventKind.KEY, {"key": "1"})
        await store.close()
    again = await open_sqlite_store()
    assert [event.data for event in await again.calls.events(call)] == [{"key": "1"}]
    assert not spool_of(tmp_path).exists()


async def test_entries_that_were_written_before_are_not_written_twice(
    open_sqlite_store: OpenStore, tmp_path: Path
) -> None:
    store = await open_sqlite_store()
    call = call_id()
    with locked(tmp_path):
        store.calls.begin(NewCall(id=call))
        store.calls.event(call, CallEventKind.KEY, {"key": "1"})
        store.calls.end(call, "remote")
        await store.close()
    spooled = spool_of(tmp_path).read_bytes()
    again = await open_sqlite_store()
    await again.close()
    # As if a kill had come between the commit and the removal of the file.
    spool_of(tmp_path).write_bytes(spooled)
    once_more = await open_sqlite_store()
    assert len(await once_more.calls.events(call)) == 1
    assert (await once_more.calls.list()).total == 1


def test_a_kill_while_the_database_is_locked_loses_nothing(tmp_path: Path) -> None:
    program = f"""
import asyncio, os
from pathlib import Path
from call_logs import Store
from call_logs.calls import NewCall
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
home = Path({str(tmp_path)!r})
async def main():
    store = await Store.open(
        f"sqlite:///{{home}}/hotline.db",
        keys=Keys.load(home / "key", environ={{}}),
        recordings=RecordingFiles(home / "recordings"),
        spool=home / "spool",
    )
    print("open", flush=True)
    input()
    for number in range(3):
        store.calls.begin(NewCall(id=f"{{number:032x}}"))
    await store.calls.flush()
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with locked(tmp_path):
            process.stdin.write(b"\n")
            process.stdin.close()
            assert process.wait(timeout=30) == -9
    check = program.replace("input()", "").split("    for number")[0]
    check += """    print((await store.recover()).calls, (await store.calls.list()).total)
    await store.close()
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["open", "3", "3"]


def test_a_torn_frame_does_not_hide_what_is_appended_after_it(tmp_path: Path) -> None:
    keys = Keys.generate()
    spool = Spool(tmp_path / "spool", keys)
    spool.append([b"one", b"two"])
    spool.path.write_bytes(spool.path.read_bytes()[:-3])
    spool.append([b"three"])
    assert spool.read()[0] == [b"one", b"three"]


def test_a_damaged_entry_is_skipped(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Keys.generate())
    spool.append([b"one", b"two", b"three"])
    data = bytearray(spool.path.read_bytes())
    data[len(data) // 2] ^= 1
    spool.path.write_bytes(bytes(data))
    assert spool.read()[0] == [b"one", b"three"]


def test_a_spool_is_read_in_pieces(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Keys.generate())
    entries = [str(number).encode() for number in range(10)]
    spool.append(entries[:4])
    spool.append(entries[4:])
    read: list[bytes] = []
    offset = 0
    while True:
        piece, offset = spool.read(offset, limit=3)
        if not piece:
            break
        read += piece
    assert read == entries
    spool.remove()
    assert len(spool) == 0


async def test_nothing_that_goes_wrong_in_the_journal_ends_it(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Spool.append
    failures = iter([ValueError("no OSError"), RuntimeError()])

    def broken(spool: Spool, entries: Sequence[bytes]) -> None:
        for failure in failures:
            raise failure
        append(spool, entries)

    monkeypatch.setattr(Spool, "append", broken)
    call = call_id()
    with locked(tmp_path):
        sqlite_store.calls.begin(NewCall(id=call))
        async with asyncio.timeout(20):
            await sqlite_store.calls.flush()
        health = {check.name: check for check in (await sqlite_store.health()).checks}
        assert not health["journal"].ok
    sqlite_store.calls.event(call, CallEventKind.KEY, {"key": "1"})
    async with asyncio.timeout(20):
        while (await sqlite_store.calls.list()).total == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert next(failures, None) is None


async def test_a_spooled_entry_that_is_none_of_ours_holds_nothing_up(
    open_sqlite_store: OpenStore, tmp_path: Path, keys: Keys
) -> None:
    """It opens, so the key is right, but says nothing that this program knows."""
    store = await open_sqlite_store()
    call = call_id()
    await store.close()
    spool = Spool(spool_of(tmp_path), keys)
    begin = Entry("call.begin", NEW_CALL | {"id": call})
    spool.append([b"no JSON", b"[1, 2]", b'{"o": "call.begin"}', begin.encode()])
    fresh = await open_sqlite_store()
    assert (await fresh.calls.get(call)).id == call
    assert not spool_of(tmp_path).exists()
