"""Finished recordings in an S3 bucket, against a server of its own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.privacy import Kind
from call_logs.recordings import Channel, RecordingFiles, driver_problem
from call_logs.storage import SYSTEM_CLOCK, Keys, StoreError
from call_logs.tables.recordings import RecordingRow
from call_logs.tickets import NewTicket
from call_logs.users import HOTLINE
from tests.call_logs.conftest import call_id
from tests.call_logs.recordings.test_writer import RATE_HZ, line
from tests.pictures import MP4, in_pieces

START_S = 30.0


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        limit = time.monotonic() + START_S
        while time.monotonic() < limit:
            try:
                urllib.request.urlopen(f"{address}/moto-api/", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def files(folder: Path, s3: str, bucket: str = "recordings") -> RecordingFiles:
    options = {"key": "test", "secret": "test", "client_kwargs": {"endpoint_url": s3}}
    return RecordingFiles(folder / "recordings", f"s3://{bucket}/calls", options)


async def test_a_recording_is_moved_to_the_bucket_read_from_it_and_destroyed_there(
    tmp_path: Path, s3: str
) -> None:
    kept = files(tmp_path, s3)
    await asyncio.to_thread(kept.try_store)
    store = await Store.open(
        f"sqlite:///{tmp_path}/hotline.db",
        keys=Keys.generate(),
        recordings=kept,
        spool=tmp_path / "spool",
    )
    try:
        call = call_id()
        store.calls.begin(NewCall(id=call))
        recording = await store.recordings.create(call, RATE_HZ)
        recording.write(line(1.0), line(1.0))
        await recording.close()
        store.calls.end(call, "remote")
        await store.calls.flush()
        assert list((tmp_path / "recordings").rglob("*.hrec")) == []
        with await store.recordings.open(recording.id) as reader:
            assert reader.pcm(Channel.CALLER) == line(1.0)
        async with store.session() as session:
            await session.execute(
                update(RecordingRow).values(ended_at=SYSTEM_CLOCK.now().replace(year=2020))
            )
        assert (await store.purge.run())[Kind.RECORDINGS] == 1
        with pytest.raises(StoreError):
            await store.recordings.open(recording.id)
    finally:
        await store.close()


async def test_evidence_goes_to_a_folder_of_the_same_bucket_and_is_destroyed_there(
    tmp_path: Path, s3: str
) -> None:
    kept = files(tmp_path, s3, "evidence")
    await asyncio.to_thread(kept.try_store)
    store = await Store.open(
        f"sqlite:///{tmp_path}/hotline.db",
        keys=Keys.generate(),
        recordings=kept,
        spool=tmp_path / "spool",
    )
    try:
        ticket = await store.tickets.open(NewTicket())
        film = MP4 + bytes(200_000)
        sent = await store.evidence.add(ticket.id, HOTLINE, in_pieces(film))
        assert list((tmp_path / "evidence").rglob("*.hevd")) == []
        there = await asyncio.to_thread(kept._fs.find, "evidence/calls/evidence")
        assert [path.rpartition("/")[2] for path in there] == [f"{sent.id}.hevd"]
        _, reader = await store.evidence.open(ticket.id, sent.id, HOTLINE)
        assert await asyncio.to_thread(reader.read, 70_000, 10) == film[70_000:70_010]
        await asyncio.to_thread(reader.close)
        await store.evidence.remove(ticket.id, sent.id, HOTLINE, "not ours")
        kept._fs.invalidate_cache()
        assert await asyncio.to_thread(kept._fs.find, "evidence/calls/evidence") == []
    finally:
        await store.close()


WITHOUT_DRIVER = """
import sys
sys.modules["s3fs"] = None  # as on a machine without the extra
from pathlib import Path
from call_logs.recordings import RecordingFiles, driver_problem
from call_logs.storage import StoreError
print(driver_problem("s3://bucket/calls"))
files = RecordingFiles(Path("recordings"), "s3://bucket/calls")  # a start goes on
try:
    files.try_store()
except StoreError as error:
    print(error)
"""


def test_a_store_without_its_driver_is_told_and_keeps_nothing_from_starting(
    tmp_path: Path,
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_DRIVER],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(told) == 2
    assert all("hotline[s3]" in line for line in told)


def test_a_kind_of_store_that_nobody_knows_is_told() -> None:
    assert "no kind of store" in driver_problem("nonsense://bucket")
    assert driver_problem("/srv/recordings") == ""
