"""Evidence is taken whole or not at all, sealed, told in the history, and destroyed for good."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from call_logs import Rules, Store
from call_logs.casework import (
    Evidence,
    EvidenceKind,
    EvidenceRefused,
    EvidenceRules,
    FileRefusal,
    sealed_file,
)
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys, Lacking, NotAllowed, NotFound, StoreBusy, Tampered
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, Ticket
from call_logs.users import Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.pictures import MP4, PDF, in_pieces, jpeg

OPERATOR = person("operator", Role.OPERATOR)
MANAGER = person("manager")


async def opened(store: Store) -> Ticket:
    return await store.tickets.open(NewTicket())


async def content(store: Store, evidence: Evidence) -> bytes:
    _, reader = await store.evidence.open(evidence.ticket_id, evidence.id, OPERATOR)
    pieces = []
    position = 0
    while piece := reader.read(position, 70_000):
        pieces.append(piece)
        position += len(piece)
    reader.close()
    return b"".join(pieces)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


async def test_a_photo_comes_back_without_its_place_and_is_sealed(
    store: Store, tmp_path: Path
) -> None:
    ticket = await opened(store)
    sent = await store.evidence.add(
        ticket.id, OPERATOR, in_pieces(jpeg()), name="../../etc/灯.png\n", note=" the lamp "
    )
    assert (sent.kind, sent.name, sent.note) == (EvidenceKind.JPEG, "灯.png", "the lamp")
    assert sent.file_name == "灯.jpeg"
    kept = await content(store, sent)
    assert len(kept) == sent.size_bytes
    assert b"GPSLatitude" not in kept
    (path,) = files(tmp_path)
    assert path.name == f"{sent.id}.hevd"
    assert b"Lotus telephone" not in path.read_bytes()
    assert await store.evidence.of_ticket(ticket.id, OPERATOR) == (sent,)
    line = (await store.tickets.history(ticket.id))[-1]
    assert (line.action, line.actor) == ("evidence", "operator")
    assert line.changes == {"evidence": (None, "灯.png")}


async def test_a_large_file_is_read_from_any_byte(store: Store) -> None:
    ticket = await opened(store)
    film = MP4 + os.urandom(3 * sealed_file.CHUNK_BYTES)
    sent = await store.evidence.add(ticket.id, OPERATOR, in_pieces(film, 9_999))
    assert await content(store, sent) == film
    _, reader = await store.evidence.open(ticket.id, sent.id, OPERATOR)
    for at in (0, sealed_file.CHUNK_BYTES - 1, sealed_file.CHUNK_BYTES, len(film) - 1):
        assert film[at:].startswith(reader.read(at, 10))
    assert reader.read(len(film), 10) == b""
    reader.close()


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_files_that_end_with_a_chunk_are_whole(sqlite_store: Store, extra: int) -> None:
    ticket = await opened(sqlite_store)
    film = MP4 + bytes(2 * sealed_file.CHUNK_BYTES - len(MP4) + extra)
    sent = await sqlite_store.evidence.add(ticket.id, OPERATOR, in_pieces(film))
    assert await content(sqlite_store, sent) == film


async def test_what_is_not_taken_says_why_and_leaves_nothing(
    open_sqlite_store: OpenStore, tmp_path: Path
) -> None:
    kinds = frozenset(EvidenceKind) - {EvidenceKind.PDF}
    store = await open_sqlite_store(
        rules=Rules(evidence=EvidenceRules(kinds=kinds, max_bytes=10_000, most=2))
    )
    ticket = await opened(store)
    for sent, reason in (
        (b"", FileRefusal.EMPTY),
        (b"MZ\x90 a program", FileRefusal.KIND),
        (b"<script>alert(1)</script>", FileRefusal.KIND),
        (b"RIFF\0\0\0\0WAVEfmt ", FileRefusal.KIND),
        (PDF, FileRefusal.KIND),
        (MP4 + bytes(10_000), FileRefusal.TOO_LARGE),
        (b"\xff\xd8\xff\xe1\0\x10cut", FileRefusal.BROKEN),
    ):
        with pytest.raises(EvidenceRefused) as refused:
            await store.evidence.add(ticket.id, OPERATOR, in_pieces(sent), name="photo.jpeg")
        assert refused.value.reason is reason
        assert files(tmp_path) == []
    for number in range(2):
        await store.evidence.add(ticket.id, OPERATOR, in_pieces(MP4 + bytes((number,))))
    with pytest.raises(EvidenceRefused) as refused:
        await store.evidence.add(ticket.id, OPERATOR, in_pieces(MP4 + b"third"))
    assert refused.value.reason is FileRefusal.TOO_MANY
    with pytest.raises(NotFound):
        await store.evidence.add(77, OPERATOR, in_pieces(MP4))
    assert len(files(tmp_path)) == 2
    assert len(await store.tickets.history(ticket.id)) == 3


async def test_the_same_file_sent_twice_is_one_also_at_once(store: Store, tmp_path: Path) -> None:
    ticket = await opened(store)
    sent = await asyncio.gather(
        *(store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF)) for _ in range(4))
    )
    assert len({each.id for each in sent}) == 1
    assert len(files(tmp_path)) == 1
    assert len(await store.tickets.history(ticket.id)) == 2


async def test_who_breaks_off_or_meets_a_busy_database_leaves_nothing(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ticket = sqlite_store, await opened(sqlite_store)

    async def breaks_off() -> AsyncIterator[bytes]:
        yield MP4 + bytes(300_000)
        yield bytes(300_000)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await store.evidence.add(ticket.id, OPERATOR, breaks_off())

    begun = asyncio.Event()

    async def hangs() -> AsyncIterator[bytes]:
        yield MP4 + bytes(300_000)
        begun.set()
        await asyncio.Event().wait()
        yield b""

    task = asyncio.create_task(store.evidence.add(ticket.id, OPERATOR, hangs()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def busy(*_: object, **__: object) -> None:
        raise StoreBusy("away")

    monkeypatch.setattr("call_logs.casework.evidence_store.write_history", busy)
    with pytest.raises(StoreBusy):
        await store.evidence.add(ticket.id, OPERATOR, in_pieces(MP4))
    assert files(tmp_path) == []
    assert await store.evidence.of_ticket(ticket.id, OPERATOR) == ()


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
from call_logs.tickets import NewTicket
from tests.people import person
from tests.pictures import MP4

folder, at = Path(sys.argv[1]), sys.argv[2]
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)

async def content():
    yield MP4 + bytes(400_000)
    if at == "while it comes":
        await asyncio.sleep(0.2)
        die()
    yield bytes(400_000)

async def run():
    keys = Keys.load(folder / "key")
    files = RecordingFiles(folder / "recordings")
    url = f"sqlite:///{folder}/hotline.db"
    store = await Store.open(url, keys=keys, recordings=files, spool=folder / "spool")
    ticket = await store.tickets.open(NewTicket())
    if at == "before its row":
        store.evidence._keep = die
    if at == "before the store":
        store.evidence._files.finish = die
    await store.evidence.add(ticket.id, person("li"), content())

asyncio.run(run())
"""


@pytest.mark.parametrize("at", ["while it comes", "before its row", "before the store"])
async def test_a_kill_at_any_moment_leaves_all_of_it_or_nothing(
    tmp_path: Path, open_sqlite_store: OpenStore, at: str
) -> None:
    Keys.load(tmp_path / "key")
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(tmp_path), at], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(files(tmp_path)) == 1
    store = await Store.open(
        f"sqlite:///{tmp_path}/hotline.db",
        keys=Keys.load(tmp_path / "key"),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
    )
    try:
        await store.recover()
        await store.keep_house()
        (ticket,) = (await store.tickets.list()).items
        found = await store.evidence.of_ticket(ticket.id, OPERATOR)
        assert len(found) == len(files(tmp_path)) == (at == "before the store")
        for each in found:
            assert await content(store, each) == MP4 + bytes(800_000)
            assert "finished" in files(tmp_path)[0].parts
    finally:
        await store.close()


async def test_rights_are_asked_in_the_store(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ticket = sqlite_store, await opened(sqlite_store)
    sent = await store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF))
    with pytest.raises(NotAllowed):
        await store.evidence.remove(ticket.id, sent.id, OPERATOR, "why")
    other = await opened(store)
    with pytest.raises(NotFound):
        await store.evidence.open(other.id, sent.id, OPERATOR)
    with pytest.raises(NotFound):
        await store.evidence.remove(other.id, sent.id, MANAGER, "why")
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    for try_it in (
        store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF)),
        store.evidence.of_ticket(ticket.id, OPERATOR),
        store.evidence.open(ticket.id, sent.id, OPERATOR),
    ):
        with pytest.raises(NotAllowed):
            await try_it


async def test_a_file_is_destroyed_with_its_reason_and_may_come_again(
    store: Store, tmp_path: Path
) -> None:
    ticket = await opened(store)
    sent = await store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF), name="bill.pdf")
    with pytest.raises(Lacking):
        await store.evidence.remove(ticket.id, sent.id, MANAGER, "  ")
    for _ in range(2):
        gone = await store.evidence.remove(ticket.id, sent.id, MANAGER, "another owner's bill")
        assert gone.removed_by == "manager"
    assert files(tmp_path) == []
    with pytest.raises(NotFound):
        await store.evidence.open(ticket.id, sent.id, MANAGER)
    lines = [line for line in await store.tickets.history(ticket.id) if line.note]
    assert [line.note for line in lines] == ["another owner's bill"]
    again = await store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF))
    assert again.id != sent.id
    assert await content(store, again) == PDF


async def test_files_go_with_their_ticket(store: Store, tmp_path: Path) -> None:
    ticket, other = await opened(store), await opened(store)
    for each in (ticket, other):
        await store.evidence.add(each.id, OPERATOR, in_pieces(PDF))
    async with store.session() as session:
        await session.execute(delete(TicketRow).where(TicketRow.id == ticket.id))
    await store.keep_house()
    assert len(files(tmp_path)) == 1
    await store.keep_house()
    assert len(await store.evidence.of_ticket(other.id, OPERATOR)) == 1


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("sh", "-c", "grep -q FLAW && exit 1; exit 0"), FileRefusal.HARMFUL),
        (("false",), FileRefusal.HARMFUL),
        (("sh", "-c", "exit 2"), FileRefusal.NOT_EXAMINED),
        (("/no/such/program",), FileRefusal.NOT_EXAMINED),
    ],
)
async def test_the_companys_scanner_sees_each_file_before_it_is_kept(
    open_sqlite_store: OpenStore, tmp_path: Path, command: tuple[str, ...], reason: FileRefusal
) -> None:
    store = await open_sqlite_store(rules=Rules(evidence=EvidenceRules(examine=command)))
    ticket = await opened(store)
    with pytest.raises(EvidenceRefused) as refused:
        await store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF + bytes(200_000) + b"FLAW"))
    assert refused.value.reason is reason
    assert files(tmp_path) == []
    store.evidence.rules = replace(store.evidence.rules, examine=("sh", "-c", "cat >/dev/null"))
    await store.evidence.add(ticket.id, OPERATOR, in_pieces(PDF))


async def test_a_changed_or_cut_file_does_not_open(sqlite_store: Store, tmp_path: Path) -> None:
    store, ticket = sqlite_store, await opened(sqlite_store)
    sent = await store.evidence.add(ticket.id, OPERATOR, in_pieces(MP4 + bytes(200_000)))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for broken in (
        whole[: 44 + sealed_file.CHUNK_BYTES + 17],
        whole[:-1],
        whole[:30],
        whole[:-20] + bytes(20),
    ):
        path.write_bytes(broken)
        with pytest.raises(Tampered):
            await store.evidence.open(ticket.id, sent.id, OPERATOR)


async def test_a_file_that_came_in_the_last_hour_is_not_taken_for_a_leftover(
    sqlite_store: Store, tmp_path: Path
) -> None:
    store, ticket = sqlite_store, await opened(sqlite_store)
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield MP4 + bytes(300_000)
        begun.set()
        await going_on.wait()
        yield b"end"

    task = asyncio.create_task(store.evidence.add(ticket.id, OPERATOR, slow()))
    await begun.wait()
    assert len(files(tmp_path)) == 1
    await store.keep_house()
    going_on.set()
    assert (await task).size_bytes == len(MP4) + 300_003
    left = tmp_path / "evidence" / "live" / f"{'a' * 32}.hevd"
    left.write_bytes(b"half")
    long_ago = (store.clock.now() - timedelta(hours=2)).timestamp()
    os.utime(left, (long_ago, long_ago))
    await store.keep_house()
    assert not left.exists()
