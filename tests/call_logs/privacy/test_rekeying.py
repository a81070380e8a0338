"""The master key is replaced while the program runs: at no moment is anything unreadable, and at
the end nothing bears the old key."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.jobs import carry_out
from call_logs.owners import Owner
from call_logs.privacy import verify
from call_logs.recordings import Channel, RecordingFiles
from call_logs.roster import Address
from call_logs.storage import KeyProblem, Keys, NotAllowed, StoreError
from call_logs.storage.base import Base
from call_logs.storage.columns import EncryptedJson, EncryptedText
from call_logs.tickets import NewTicket, TicketFilter, edit
from call_logs.users import HOTLINE, Role
from call_logs.webhooks import CHOSEN, NewWebhook
from call_logs.webhooks.webhook import Answer
from hotline.backup import _copy_sealed
from tests.call_logs.conftest import call_id
from tests.call_logs.privacy.test_purge import CANARY, MANAGER, NUMBER, a_case, everything
from tests.people import person


@asynccontextmanager
async def opened(home: Path, url: str, node: str = "main") -> AsyncIterator[Store]:
    """A store as a process of its own has it: with keys that it has read itself."""
    store = await Store.open(
        url,
        keys=Keys.load(home / "key", environ={}),
        recordings=RecordingFiles(home / "recordings"),
        spool=home / "spool",
        node=node,
    )
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def store(tmp_path: Path, database_url: str) -> AsyncIterator[Store]:
    async with opened(tmp_path, database_url) as store:
        yield store


@pytest.fixture(autouse=True)
def nobody_waits_for_long_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("call_logs.privacy.rekeying.LONGEST_WRITE_S", 0.1)


async def filled(store: Store) -> None:
    await a_case(store)
    await store.directory.save(Owner(NUMBER, CANARY, Address(building="3")), HOTLINE)
    await store.access.add("li", "looked", "ticket", 1, source="10.0.0.1", reason=CANARY)


async def read_all(store: Store) -> tuple[str, bytes, bytes]:
    """Every row, the sound and the film, as the program reads them."""
    rows = await everything(store)
    ticket = (await store.tickets.list()).items[0]
    assert ticket.call_id is not None
    (recording,) = await store.recordings.for_call(ticket.call_id)
    with await store.recordings.open(recording.id) as reader:
        sound = reader.pcm(Channel.CALLER) + reader.pcm(Channel.HOTLINE)
    (piece,) = await store.evidence.of_ticket(ticket.id, MANAGER)
    _, film = await store.evidence.open(ticket.id, piece.id, MANAGER)
    content = film.read(0, 1_000_000)
    film.close()
    return rows, sound, content


async def key_ids(store: Store, home: Path) -> set[bytes]:
    """Of everything that is sealed, in rows and files."""
    found = set().union(*(await key_ids_of(store, "")).values())
    files = [*home.glob("recordings/**/*.hrec"), *home.glob("evidence/**/*.hevd")]
    assert len(files) >= 2
    return found | {file.read_bytes()[8:12] for file in files}


async def rotated(store: Store) -> dict[str, int]:
    return dict(await carry_out(store, await store.key_rotation.order(MANAGER_OF_KEYS)))


MANAGER_OF_KEYS = person("root", Role.ADMIN)


async def test_everything_is_sealed_anew_and_the_old_key_is_gone(
    store: Store, tmp_path: Path
) -> None:
    await filled(store)
    old = Keys.load(tmp_path / "key", environ={}).current_id
    link = store.dispatches._links._key
    _, sound, film = await read_all(store)
    assert await key_ids(store, tmp_path) == {old}

    done = await rotated(store)
    assert done["rows"] > 10
    assert done["files"] == 2
    new = Keys.load(tmp_path / "key", environ={})
    assert old not in new.ids
    assert len(new.ids) == 1
    assert await key_ids(store, tmp_path) == {new.current_id}
    rows, *files = await read_all(store)
    assert CANARY in rows
    assert files == [sound, film]
    # What was found by a keyed hash is found still, and links that were sent go on opening.
    assert (await store.tickets.list(TicketFilter(caller=NUMBER))).total == 1
    assert (await store.tickets.list(TicketFilter(text=CANARY))).total == 1
    owner = await store.directory.lookup(NUMBER)
    assert owner is not None
    assert new.lasting("acknowledge-link") == link
    (line,) = (await store.access.list(subject="key")).items
    assert (line.user_name, line.action, line.key) == ("root", "rotated", old.hex())
    await rotated(store)  # and once more, from the sub-keys that were kept
    assert (await store.tickets.list(TicketFilter(text=CANARY))).total == 1
    assert Keys.load(tmp_path / "key", environ={}).lasting("acknowledge-link") == link


async def test_a_second_process_reads_and_writes_all_the_while(
    store: Store, tmp_path: Path, database_url: str
) -> None:
    await filled(store)
    async with opened(tmp_path, database_url, "dashboard") as other:
        going = True

        async def writing() -> int:
            count = 0
            while going:
                ticket = await other.tickets.open(NewTicket(text=f"{CANARY} {count}"))
                await other.tickets.update(ticket.id, MANAGER, edit(plan=CANARY))
                assert (await store.tickets.get(ticket.id)).plan == CANARY
                await read_all_rows(other)
                count += 1
            return count

        task = asyncio.create_task(writing())
        await asyncio.sleep(0.3)
        await rotated(store)
        await asyncio.sleep(0.3)
        going = False
        assert await task > 1
        new = Keys.load(tmp_path / "key", environ={})
        assert await key_ids(other, tmp_path) == {new.current_id}
        assert CANARY in await everything(other)
        assert other.database.unreadable.__str__() == ""


async def read_all_rows(store: Store) -> None:
    for ticket in (await store.tickets.list()).items:
        await store.tickets.history(ticket.id)


async def test_killed_at_any_point_nothing_is_unreadable_and_the_next_run_ends_it(
    tmp_path: Path, migrated_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off before each transaction and each change of a file in turn, each time opened anew
    as the next start does."""

    class Killed(BaseException):
        pass

    async with opened(tmp_path, migrated_sqlite_url) as store:
        await filled(store)
        before = await read_all(store)
        order = await store.key_rotation.order(MANAGER_OF_KEYS)
    left = 0

    def dying(work: Any) -> Any:
        def one(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1
            return work(*args, **kwargs)

        return one

    with monkeypatch.context() as patch:
        patch.setattr("call_logs.storage.keys.os.fsync", dying(os.fsync))
        patch.setattr("call_logs.recordings.files.os.fsync", dying(os.fsync))
        patch.setattr(Path, "replace", dying(Path.replace))
        points = 0
        while True:
            left = 10_000
            async with opened(tmp_path, migrated_sqlite_url) as store:
                rows, *files = await read_all(store)
                assert CANARY in rows
                assert tuple(files) == before[1:]
                now = await store.destructions.get(order.id)
                if now.ended_at is not None:
                    break
                session = store.database.session
                patch.setattr(store.database, "session", dying(session))
                points += 1
                left = points * 2
                try:
                    await carry_out(store, now)
                except Killed:
                    pass
                finally:
                    left = 10_000
                    patch.setattr(store.database, "session", session)
            assert points < 200
    assert points > 8
    async with opened(tmp_path, migrated_sqlite_url) as store:
        new = Keys.load(tmp_path / "key", environ={})
        assert len(new.ids) == 1
        assert await key_ids(store, tmp_path) == {new.current_id}
        assert await read_all(store) is not None
        assert [*tmp_path.rglob("*.renewed")] == []


async def test_the_old_key_stays_while_a_recording_is_being_made_with_it(
    store: Store, tmp_path: Path
) -> None:
    await filled(store)
    call = call_id()
    store.calls.begin(NewCall(id=call))
    recording = await store.recordings.create(call, 8000)
    recording.write(b"\1\0" * 8000, b"\1\0" * 8000)
    await store.calls.flush()
    async with asyncio.timeout(10):
        while not [*tmp_path.glob("recordings/live/*.hrec")]:  # noqa: ASYNC110 - a thread
            await asyncio.sleep(0.05)
    order = await store.key_rotation.order(MANAGER_OF_KEYS)
    with pytest.raises(StoreError, match="1 recordings"):
        await carry_out(store, order)
    assert len(Keys.load(tmp_path / "key", environ={}).ids) == 2
    recording.write(b"\2\0" * 8000, b"\2\0" * 8000)
    await recording.close()
    await carry_out(store, order)
    assert len(Keys.load(tmp_path / "key", environ={}).ids) == 1
    with await store.recordings.open(recording.id) as reader:
        assert reader.duration_s == 2.0


async def test_impossible_writes_are_sealed_anew_and_waiting_ones_keep_the_key(
    store: Store, tmp_path: Path
) -> None:
    await filled(store)
    old = Keys.load(tmp_path / "key", environ={}).current_id
    store.calls.event("f" * 32, CallEventKind.HEARD, {"text": CANARY})  # of no call
    await store.calls.flush()
    rejected = tmp_path / "spool" / "main" / "rejected.spool"
    assert rejected.exists()
    waiting = tmp_path / "spool" / "other" / "journal.spool"
    waiting.parent.mkdir(parents=True)
    shutil.copy(rejected, waiting)
    order = await store.key_rotation.order(MANAGER_OF_KEYS)
    with pytest.raises(StoreError, match="writes that wait"):
        await carry_out(store, order)
    waiting.unlink()
    await carry_out(store, order)
    new = Keys.load(tmp_path / "key", environ={})
    assert rejected.read_bytes()[5:9] == new.current_id
    assert new.current_id != old


async def test_webhooks_go_on_with_their_secrets_and_what_waits_for_them(
    store: Store, tmp_path: Path
) -> None:
    """Their columns are found as those of every table are."""
    new = NewWebhook("crm", "https://crm.example.com/?token=abc", frozenset(CHOSEN))
    hook, first = await store.webhooks.add(new, MANAGER_OF_KEYS)
    second = await store.webhooks.rotate(hook.id, MANAGER_OF_KEYS)
    await store.webhooks.test(hook.id, MANAGER_OF_KEYS)
    (answered,) = await store.webhooks.queue.waiting(hook.id)
    taken = await store.webhooks.queue.take(answered)
    assert taken is not None
    await store.webhooks.queue.ended(answered, Answer(200, text=CANARY))
    await store.webhooks.test(hook.id, MANAGER_OF_KEYS)
    await filled(store)
    before = await key_ids_of(store, "webhook")
    assert {column for column, ids in before.items() if ids} == {
        "webhooks.address",
        "webhooks.secret",
        "webhooks.old_secret",
        "webhook_events.data",
        "webhook_deliveries.answer",
    }

    await rotated(store)
    new_id = Keys.load(tmp_path / "key", environ={}).current_id
    assert all(ids == {new_id} for ids in (await key_ids_of(store, "webhook")).values())
    waiting, *_ = await store.webhooks.queue.waiting(hook.id)
    sent = await store.webhooks.queue.take(waiting)
    assert sent is not None
    assert (sent.secrets, sent.address, sent.data) == ((second, first), new.address, taken.data)
    log = await store.webhooks.log(hook.id, MANAGER_OF_KEYS)
    assert CANARY in {each.answer for each in log}


async def key_ids_of(store: Store, tables: str) -> dict[str, set[bytes]]:
    """Of the encrypted columns of the tables whose names begin so."""
    found: dict[str, set[bytes]] = {}
    async with store.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if table.name.startswith(tables) and isinstance(
                    column.type, EncryptedText | EncryptedJson
                ):
                    values = await session.scalars(
                        text(f'SELECT "{column.name}" FROM "{table.name}"')
                    )
                    ids = {bytes(each)[1:5] for each in values if each is not None}
                    found[f"{table.name}.{column.name}"] = ids
    return found


async def test_a_broken_file_keeps_no_key(store: Store, tmp_path: Path) -> None:
    await filled(store)
    (file,) = tmp_path.glob("recordings/**/*.hrec")
    broken = bytearray(file.read_bytes())
    broken[len(broken) // 2] ^= 1
    file.write_bytes(broken)
    done = await rotated(store)
    assert (done["files"], done["broken"]) == (1, 1)
    assert len(Keys.load(tmp_path / "key", environ={}).ids) == 1
    assert file.read_bytes() == broken


async def test_a_backup_takes_what_was_sealed_anew(store: Store, tmp_path: Path) -> None:
    await filled(store)
    source, target = tmp_path / "recordings" / "finished", tmp_path / "backup"
    _copy_sealed(source, target, "*.hrec")
    await rotated(store)
    _copy_sealed(source, target, "*.hrec")
    (here,), (there,) = source.rglob("*.hrec"), target.rglob("*.hrec")
    assert here.read_bytes() == there.read_bytes()


async def test_who_may_not_manage_keys_and_keys_without_a_file_are_refused(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed):
        await store.key_rotation.order(MANAGER)
    assert (await store.access.list(subject="key")).total == 0
    async with AsyncExitStack() as stack:
        bare = await Store.open(
            f"sqlite:///{tmp_path}/bare.db",
            keys=Keys.generate(),
            recordings=RecordingFiles(tmp_path / "r"),
            spool=tmp_path / "s",
        )
        stack.push_async_callback(bare.close)
        with pytest.raises(KeyProblem, match="HOTLINE_KEY"):
            await bare.key_rotation.order(MANAGER_OF_KEYS)


async def test_two_orders_are_one(store: Store) -> None:
    one, two = await asyncio.gather(
        store.key_rotation.order(MANAGER_OF_KEYS), store.key_rotation.order(MANAGER_OF_KEYS)
    )
    assert one.id == two.id


async def test_a_seal_of_before_is_of_the_same_installation_afterwards(
    store: Store, tmp_path: Path
) -> None:
    ticket = await a_case(store)
    await store.sealing.seal(ticket.id, MANAGER, tmp_path / "t.zip")
    await rotated(store)
    assert verify(tmp_path / "t.zip").fingerprint == await store.sealing.fingerprint()
