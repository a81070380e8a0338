from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from call_logs import Store
from call_logs.calls import CallEventKind, NewCall
from call_logs.privacy import Kind
from call_logs.recordings import (
    CallRecording,
    Channel,
    RecordingFiles,
    RecordingStatus,
    TranscriptData,
    TranscriptStatus,
    TranscriptWord,
)
from call_logs.recordings.format import HEADER_BYTES
from call_logs.storage import SYSTEM_CLOCK, Keys, NotFound, StoreError, Tampered, VersionConflict
from call_logs.tables.recordings import RecordingRow
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore, call_id
from tests.call_logs.recordings.test_writer import RATE_HZ, line, wait_until
from tests.call_logs.storage.test_journal import locked
from tests.people import person


async def recorded(store: Store, seconds: float = 1.0, *, language: str = "zh-CN") -> CallRecording:
    call = call_id()
    store.calls.begin(NewCall(id=call, language=language))
    recording = await store.recordings.create(call, RATE_HZ)
    recording.write(line(seconds), line(seconds, seed=2))
    await recording.close()
    store.calls.end(call, "remote")
    await store.calls.flush()
    return recording


async def test_a_recording_is_sealed_moved_and_its_transcript_queued(
    store: Store, tmp_path: Path
) -> None:
    written = await recorded(store)
    recording = await store.recordings.get(written.id)
    assert recording.status is RecordingStatus.SEALED
    assert recording.duration_s == 1.0
    assert recording.problem == ""
    file = tmp_path / "recordings" / "finished" / recording.location
    assert file.stat().st_size == recording.size_bytes
    assert not list((tmp_path / "recordings" / "live").iterdir())
    assert await store.recordings.for_call(written.call_id) == (recording,)
    (transcript,) = await store.transcripts.pending()
    assert (transcript.recording_id, transcript.language) == (written.id, "zh-CN")
    (event,) = await store.calls.events(written.call_id)
    assert (event.kind, event.data) == (CallEventKind.RECORDING, {"recording_id": written.id})
    with await store.recordings.open(written.id) as reader:
        assert reader.pcm(Channel.CALLER) == line(1.0)
        assert reader.recording == recording


async def test_closing_twice_is_no_error(sqlite_store: Store) -> None:
    written = await recorded(sqlite_store)
    await written.close()
    assert len(await sqlite_store.recordings.for_call(written.call_id)) == 1


async def test_a_recording_without_audio_queues_nothing(sqlite_store: Store) -> None:
    written = await recorded(sqlite_store, 0.0)
    assert (await sqlite_store.recordings.get(written.id)).duration_s == 0
    assert await sqlite_store.transcripts.for_call(written.call_id) == ()


async def test_what_a_crash_left_open_is_sealed_at_the_next_start(
    open_store: OpenStore, tmp_path: Path
) -> None:
    crashed = await open_store()
    call = call_id()
    crashed.calls.begin(NewCall(id=call))
    recording = await crashed.recordings.create(call, RATE_HZ)
    await crashed.calls.flush()
    file = tmp_path / "recordings" / "live" / f"{recording.id}.hrec"
    recording.write(line(1.0), line(1.0))
    await asyncio.to_thread(wait_until, lambda: file.exists() and file.stat().st_size > 4000)
    torn = file.read_bytes() + b"\0\0\1\0torn"  # a chunk that the kill cut short
    await recording.close()
    async with crashed.session() as session:  # back to what the kill would have left
        await session.execute(update(RecordingRow).values(status="recording", location="live"))
    file.write_bytes(torn)
    (tmp_path / "recordings" / "finished").rename(tmp_path / "away")

    fresh = await open_store()
    recovered = await fresh.recover()
    assert (recovered.calls, recovered.recordings) == (1, 1)
    again = await fresh.recordings.get(recording.id)
    assert again.status is RecordingStatus.SEALED
    assert "interrupted" in again.problem
    await fresh.keep_house()
    assert (await fresh.recordings.get(recording.id)).location != "live"
    with await fresh.recordings.open(recording.id) as reader:
        assert reader.complete
        assert reader.pcm() == line(1.0)
    (transcript,) = await fresh.transcripts.for_call(call)
    assert transcript.status is TranscriptStatus.PENDING
    assert (await fresh.recover()).recordings == 0


async def test_an_interrupted_recording_without_a_file_is_closed(open_store: OpenStore) -> None:
    crashed = await open_store()
    call = call_id()
    crashed.calls.begin(NewCall(id=call))
    recording = await crashed.recordings.create(call, RATE_HZ)
    await recording.close()
    await crashed.calls.flush()
    async with crashed.session() as session:
        await session.execute(update(RecordingRow).values(status="recording"))
    fresh = await open_store()
    assert (await fresh.recover()).recordings == 1
    assert (await fresh.recordings.get(recording.id)).problem == "no audio was written"


@pytest.mark.parametrize("rate_hz", [0, -1, 44100])
async def test_a_recording_of_a_rate_that_no_telephone_speaks_is_refused(
    sqlite_store: Store, rate_hz: int
) -> None:
    with pytest.raises(StoreError, match="cannot be recorded"):
        await sqlite_store.recordings.create(call_id(), rate_hz)


async def test_a_recording_that_an_older_program_left_at_no_rate_is_closed_at_the_start(
    open_store: OpenStore, tmp_path: Path
) -> None:
    """Its file says 0 Hz, and so does its row: no start may ever divide by it."""
    crashed = await open_store()
    broken, good = await recorded(crashed), await recorded(crashed)
    async with crashed.session() as session:
        await session.execute(update(RecordingRow).values(status="recording", location="live"))
        await session.execute(
            update(RecordingRow).where(RecordingRow.id == broken.id).values(rate_hz=0)
        )
    live = tmp_path / "recordings" / "live"
    for file in (tmp_path / "recordings" / "finished").rglob("*.hrec"):
        file.rename(live / file.name)
    header = bytearray((live / f"{broken.id}.hrec").read_bytes()[:HEADER_BYTES])
    header[-4:] = bytes(4)
    (live / f"{broken.id}.hrec").write_bytes(header)
    fresh = await open_store()
    assert (await fresh.recover()).recordings == 2
    closed = await fresh.recordings.get(broken.id)
    assert (closed.status, closed.duration_s) == (RecordingStatus.SEALED, 0.0)
    assert "0 Hz" in closed.problem
    assert (await fresh.recordings.get(good.id)).duration_s == 1.0
    assert (await fresh.recover()).recordings == 0


async def test_a_recording_that_ends_while_the_database_is_locked_is_complete_later(
    open_sqlite_store: OpenStore, tmp_path: Path
) -> None:
    store = await open_sqlite_store()
    call = call_id()
    store.calls.begin(NewCall(id=call))
    recording = await store.recordings.create(call, RATE_HZ)
    await store.calls.flush()
    recording.write(line(1.0), line(1.0))
    with locked(tmp_path):
        await recording.close()
        await store.close()
    fresh = await open_sqlite_store()
    await fresh.recover()
    again = await fresh.recordings.get(recording.id)
    assert (again.status, again.problem) == (RecordingStatus.SEALED, "")
    with await fresh.recordings.open(recording.id) as reader:
        assert reader.pcm() == line(1.0)
    assert len(await fresh.transcripts.pending()) == 1


async def test_a_changed_file_does_not_open(sqlite_store: Store, tmp_path: Path) -> None:
    written = await recorded(sqlite_store)
    location = (await sqlite_store.recordings.get(written.id)).location
    file = tmp_path / "recordings" / "finished" / location
    data = bytearray(file.read_bytes())
    data[2000] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(Tampered):
        await sqlite_store.recordings.open(written.id)


async def test_old_audio_is_destroyed_and_its_row_stays(store: Store, tmp_path: Path) -> None:
    old, fresh = await recorded(store), await recorded(store)
    async with store.session() as session:
        await session.execute(
            update(RecordingRow)
            .where(RecordingRow.id == old.id)
            .values(ended_at=SYSTEM_CLOCK.now() - timedelta(days=181))
        )
    assert (await store.purge.run())[Kind.RECORDINGS] == 1
    assert (await store.recordings.get(old.id)).status is RecordingStatus.PURGED
    with pytest.raises(NotFound, match="destroyed"):
        await store.recordings.open(old.id)
    files = list((tmp_path / "recordings").rglob("*.hrec"))
    assert [file.stem for file in files] == [fresh.id]
    assert (await store.purge.run())[Kind.RECORDINGS] == 0


async def test_finished_files_can_live_in_another_store(
    tmp_path: Path, sqlite_url: str, keys: Keys
) -> None:
    files = RecordingFiles(tmp_path / "recordings", store_url="memory://hotline/recordings")
    store = await Store.open(sqlite_url, keys=keys, recordings=files, spool=tmp_path / "spool")
    try:
        written = await recorded(store)
        assert not list(tmp_path.rglob("*.hrec"))
        reader = await store.recordings.open(written.id)
        assert reader.pcm() == line(1.0)
        reader.close()
    finally:
        await store.close()


async def test_a_store_that_is_away_keeps_the_file_here_until_it_is_back(
    tmp_path: Path, sqlite_url: str, keys: Keys
) -> None:
    mount = tmp_path / "nfs"
    mount.write_text("not a folder: nothing is mounted")
    files = RecordingFiles(tmp_path / "recordings", store_url=f"file://{mount}")
    store = await Store.open(sqlite_url, keys=keys, recordings=files, spool=tmp_path / "spool")
    try:
        written = await recorded(store)
        assert (await store.recordings.get(written.id)).location == "live"
        with await store.recordings.open(written.id) as reader:
            assert reader.pcm() == line(1.0)
        mount.unlink()
        mount.mkdir()
        assert await store.recordings.offload() == 1
        assert (await store.recordings.get(written.id)).location != "live"
        with await store.recordings.open(written.id) as reader:
            assert reader.pcm() == line(1.0)
    finally:
        await store.close()


HEARD = TranscriptData("三号楼", (TranscriptWord("三号楼", 0.1, 0.9, 0.8),), "zh-CN", "tiny", 1.0)


async def test_a_transcript_is_saved_and_corrected_and_both_texts_are_kept(store: Store) -> None:
    written = await recorded(store)
    saved = await store.transcripts.save(written.id, HEARD)
    assert saved.status is TranscriptStatus.DONE
    assert (saved.text, saved.words, saved.model) == ("三号楼", HEARD.words, "tiny")
    corrected = await store.transcripts.correct(
        written.id, person("li"), text="四号楼", version=saved.version
    )
    assert (corrected.text, corrected.heard_text) == ("四号楼", "三号楼")
    assert (corrected.corrected_by, corrected.words) == ("li", HEARD.words)
    with pytest.raises(VersionConflict):
        await store.transcripts.correct(written.id, person("zhao"), text="x", version=saved.version)
    decoded_again = await store.transcripts.save(written.id, HEARD)
    assert decoded_again.text == "四号楼"


async def test_transcripts_are_counted_and_listed_by_what_they_wait_for(store: Store) -> None:
    pending, waiting, failed, done = [await recorded(store) for _ in range(4)]
    await store.transcripts.wait(waiting.id, "no model")
    await store.transcripts.fail(failed.id, "broken")
    await store.transcripts.save(done.id, HEARD)
    counts = await store.transcripts.counts()
    assert {status: count for status, count in counts.items() if count} == dict.fromkeys(
        (each for each in TranscriptStatus if each is not TranscriptStatus.PURGED), 1
    )
    assert {item.recording_id for item in await store.transcripts.pending()} == {
        pending.id,
        waiting.id,
    }
    (given_up,) = await store.transcripts.failed()
    assert (given_up.recording_id, given_up.reason) == (failed.id, "broken")
    again = await store.transcripts.queue(failed.id, HOTLINE)
    assert (again.status, again.reason, again.attempts) == (TranscriptStatus.PENDING, "", 1)


async def test_a_transcript_of_nothing_is_not_found(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        await sqlite_store.transcripts.get(call_id())
    with pytest.raises(NotFound):
        await sqlite_store.transcripts.fail(call_id(), "x")


async def test_one_file_that_cannot_be_deleted_and_one_bad_row_keep_no_other_from_its_end(
    store: Store,
) -> None:
    written = [await recorded(store) for _ in range(5)]
    async with store.session() as session:
        await session.execute(
            update(RecordingRow).values(ended_at=SYSTEM_CLOCK.now() - timedelta(days=181))
        )
        await session.execute(
            update(RecordingRow).where(RecordingRow.id == written[3].id).values(location="")
        )
    (store.recordings._files.live_path(written[1].id) / "no file").mkdir(parents=True)
    with pytest.raises(StoreError, match="recordings to destroy: 2 of 5 failed"):
        await store.purge.run()
    left = {written[1].id, written[3].id}
    for each in written:
        status = (await store.recordings.get(each.id)).status
        assert status is (RecordingStatus.SEALED if each.id in left else RecordingStatus.PURGED)
