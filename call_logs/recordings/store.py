"""Recordings: their rows, writers, readers, what a crash left behind, and their end."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select, update

from call_logs.calls.call import CallEventKind
from call_logs.calls.store import Calls
from call_logs.recordings.files import RecordingFiles
from call_logs.recordings.reader import RecordingReader
from call_logs.recordings.recording import RATES_HZ, Recording, RecordingStatus
from call_logs.recordings.renewing import (
    Renewed,
    SealedFile,
    bearing,
    renew,
    reseal_recording,
)
from call_logs.recordings.rows import recording_of
from call_logs.recordings.writer import Recorder, RecordingWriter, Sealed
from call_logs.storage.database import Database, changed
from call_logs.storage.errors import NotFound, StoreError
from call_logs.storage.journal import Journal
from call_logs.storage.keys import Keys
from call_logs.storage.loops import one_by_one
from call_logs.storage.readable import readable
from call_logs.tables.recordings import RecordingRow

log = logging.getLogger(__name__)

CLOSE_WAIT_S = 10.0  # the longest that `close` of one recording waits for a slow or full disk
INTERRUPTED = "interrupted: the program ended during the call"


class Recordings:
    """`create` never waits for the database: rows go through the journal."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        files: RecordingFiles,
        *,
        journal: Journal,
        calls: Calls,
        node: str,
    ) -> None:
        self._database = database
        self._keys = keys
        self._files = files
        self._journal = journal
        self._calls = calls
        self._node = node
        self._recorder = Recorder(keys)
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with recordings that are being written now."""
        return tuple(sorted({w.problem for w in self._recorder.active() if w.problem}))

    async def create(self, call_id: str, rate_hz: int) -> CallRecording:
        """Begin to record a call. The file appears within half a second, also on a full disk
        (then when there is space again).

        Raises:
            StoreError: `rate_hz` is none of `RATES_HZ`.
        """
        recording_id = secrets.token_hex(16)
        if rate_hz not in RATES_HZ:
            raise StoreError(f"sound of {rate_hz} Hz cannot be recorded: 8000 or 16000 can")
        started_at = self._database.clock.now()
        writer = self._recorder.open(recording_id, rate_hz, self._files.live_path(recording_id))
        loop = asyncio.get_running_loop()
        recording = CallRecording(self, writer, call_id, started_at)
        writer.on_problem = lambda problem: _on_loop(
            loop, partial(self._note_problem, call_id, recording_id, problem)
        )
        writer.sealed.add_done_callback(
            lambda sealed: _on_loop(loop, partial(self._begin_close, recording, sealed.result()))
        )
        self._journal.add(
            "recording.begin",
            {
                "id": recording_id,
                "call_id": call_id,
                "rate_hz": rate_hz,
                "started_at": started_at.isoformat(),
                "node": self._node,
            },
        )
        self._calls.event(call_id, CallEventKind.RECORDING, {"recording_id": recording_id})
        return recording

    async def get(self, recording_id: str) -> Recording:
        """Raises:
        NotFound: no recording has this id.
        """
        async with self._database.reading() as session:
            row = await session.get(RecordingRow, recording_id)
        if row is None:
            raise NotFound(f"there is no recording {recording_id}")
        return recording_of(row)

    async def for_call(self, call_id: str) -> tuple[Recording, ...]:
        async with self._database.reading() as session:
            query = (
                select(RecordingRow)
                .where(RecordingRow.call_id == call_id)
                .order_by(RecordingRow.started_at)
            )
            return tuple(await readable(session, query, recording_of))

    async def open(self, recording_id: str) -> RecordingReader:
        """A reader; close it after use. Works while the recording is still written, too.

        Raises:
            NotFound: unknown, destroyed, or the file is gone.
            Tampered: the file was changed.
        """
        recording = await self.get(recording_id)
        if recording.status is RecordingStatus.PURGED:
            raise NotFound("the audio was destroyed because its keeping time is over")
        return await asyncio.to_thread(self._open, recording)

    async def recover(self) -> tuple[str, ...]:
        """Seal what a crash of this node left open, and return the ids of what was sealed. Only
        before the first call. Moving the files (`offload`) is left to the store's housekeeping:
        a store that is slow or far away must not keep the telephone from being answered.

        Each recording by itself: one that does not open is closed with its reason, and one
        whose row is beyond reading is left alone and named by the store's health."""
        query = select(RecordingRow).where(
            RecordingRow.node == self._node,
            RecordingRow.status == RecordingStatus.RECORDING,
        )
        async with self._database.reading() as session:
            left_open = await readable(session, query, recording_of)
        active = {writer.id for writer in self._recorder.active()}
        sealed: list[str] = []
        for recording in left_open:
            if recording.id in active:
                continue
            result = await asyncio.to_thread(self._seal_interrupted, recording)
            self._end(recording.id, result)
            sealed.append(recording.id)
        await self._journal.flush()
        return tuple(sealed)

    async def offload(self) -> int:
        """Move sealed files to the store; returns how many. A store that is away is no error:
        the files stay where they are until the next time."""
        ids = await asyncio.to_thread(self._files.live_ids)
        if not ids:
            return 0
        query = select(RecordingRow).where(
            RecordingRow.id.in_(ids), RecordingRow.status == RecordingStatus.SEALED
        )
        async with self._database.reading() as session:
            sealed = await readable(session, query, recording_of)
        moved = 0

        async def move(recording: Recording) -> None:
            nonlocal moved
            moved += await self._move(recording.id, recording.started_at)

        await one_by_one("recordings to move to the store", sealed, move)
        return moved

    async def destroy(self, recording_id: str) -> None:
        """Destroy the sound; that there was a recording, and its transcript, stay. May be
        repeated.

        Raises:
            Exception: what the store of the files raises; nothing is said to be gone that is not.
        """
        async with self._database.reading() as session:
            row = await session.get_one(RecordingRow, recording_id)
        await asyncio.to_thread(self._files.delete, row.id, row.location, row.started_at)
        async with self._database.session() as session:
            await session.execute(
                update(RecordingRow)
                .where(RecordingRow.id == row.id)
                .values(status=RecordingStatus.PURGED.value, size_bytes=0)
            )
            changed(session, "recording", row.call_id)

    async def rekey(self, old: Collection[bytes]) -> Renewed:
        """Seal anew what is sealed with these keys. What is being recorded is left: see
        `bearing`."""
        found = await self._files_of(RecordingStatus.SEALED)
        done = await renew(self._files, found, old, partial(reseal_recording, self._keys))
        # What was destroyed while it was sealed anew has come back by that.
        known = {each.id for each in found}
        for each in await self._files_of(RecordingStatus.PURGED):
            if each.id in known:
                await asyncio.to_thread(self._files.delete, each.id, each.location, each.at)
        return done

    async def bearing(self, old: Collection[bytes], broken: Collection[str]) -> int:
        """How many bear one of these keys, but those that no key opens."""
        found = await self._files_of(RecordingStatus.SEALED, RecordingStatus.RECORDING)
        return await bearing(self._files, [each for each in found if each.id not in broken], old)

    async def _files_of(self, *statuses: RecordingStatus) -> list[SealedFile]:
        query = select(RecordingRow.id, RecordingRow.location, RecordingRow.started_at).where(
            RecordingRow.status.in_(statuses)
        )
        async with self._database.reading() as session:
            return [SealedFile(*row) for row in await session.execute(query)]

    async def free_bytes(self) -> int:
        return await asyncio.to_thread(self._files.free_bytes)

    async def close(self) -> None:
        """Finish every recording; what a full disk holds up is left to the next start."""
        await asyncio.to_thread(self._recorder.close)
        if self._closing:
            await asyncio.wait(set(self._closing), timeout=CLOSE_WAIT_S)
        for task in self._closing:
            task.cancel()

    def hurry(self) -> None:
        self._recorder.hurry()

    def _open(self, recording: Recording) -> RecordingReader:
        file = self._files.open(recording.id, recording.location, recording.started_at)
        try:
            return RecordingReader(file, self._keys, recording)
        except BaseException:
            file.close()
            raise

    def _seal_interrupted(self, recording: Recording) -> Sealed:
        path = self._files.live_path(recording.id)
        try:
            with RecordingReader(path.open("rb"), self._keys, recording) as reader:
                good, end = reader.good_bytes, b"" if reader.complete else reader.end_chunk()
                duration_s = reader.duration_s
            with path.open("rb+") as file:
                file.truncate(good)
                file.seek(good)
                file.write(end)
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return Sealed(0.0, 0, "no audio was written")
        except StoreError as error:
            log.error("an interrupted recording does not open", extra={"id": recording.id})
            return Sealed(0.0, path.stat().st_size, str(error))
        except Exception as error:
            # A boundary: whatever is wrong with one file must not keep the program from starting.
            log.exception("an interrupted recording cannot be sealed", extra={"id": recording.id})
            return Sealed(0.0, 0, f"it could not be sealed ({type(error).__name__}): see the log")
        return Sealed(duration_s, good + len(end), INTERRUPTED)

    def _begin_close(self, recording: CallRecording, sealed: Sealed) -> None:
        task = asyncio.create_task(self._finish(recording, sealed), name="recording finish")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _finish(self, recording: CallRecording, sealed: Sealed) -> None:
        try:
            self._end(recording.id, sealed)
            await self._journal.flush()
            await self._move(recording.id, recording.started_at)
        except StoreError:
            log.warning("a recording is finished later", extra={"recording_id": recording.id})
        finally:
            recording.finished.set()

    def _end(self, recording_id: str, sealed: Sealed) -> None:
        payload = {
            "id": recording_id,
            "duration_s": sealed.duration_s,
            "size_bytes": sealed.size_bytes,
            "problem": sealed.problem,
            "ended_at": self._database.clock.now().isoformat(),
        }
        self._journal.add("recording.end", payload)

    async def _move(self, recording_id: str, started_at: datetime) -> bool:
        try:
            location = await asyncio.to_thread(self._files.finish, recording_id, started_at)
        except Exception:
            # Every fsspec store has its own errors; the file is safe where it is.
            log.exception("a recording could not be moved", extra={"recording_id": recording_id})
            return False
        async with self._database.session() as session:
            await session.execute(
                update(RecordingRow)
                .where(RecordingRow.id == recording_id)
                .values(location=location)
            )
        return True

    def _note_problem(self, call_id: str, recording_id: str, problem: str) -> None:
        if problem:
            log.error("recording has a problem", extra={"recording_id": recording_id})
        self._journal.add(
            "call.event",
            {
                "call_id": call_id,
                "kind": CallEventKind.RECORDING_PROBLEM.value,
                "at": self._database.clock.now().isoformat(),
                "data": {"recording_id": recording_id, "problem": problem},
            },
        )


class CallRecording:
    """What a call holds while it is recorded."""

    def __init__(
        self, recordings: Recordings, writer: RecordingWriter, call_id: str, started_at: datetime
    ) -> None:
        self._recordings = recordings
        self._writer = writer
        self.call_id = call_id
        self.started_at = started_at
        self.finished = asyncio.Event()

    @property
    def id(self) -> str:
        return self._writer.id

    @property
    def rate_hz(self) -> int:
        return self._writer.rate_hz

    @property
    def problem(self) -> str:
        """ "" or what is wrong now (full disk); writing resumes by itself."""
        return self._writer.problem

    @property
    def duration_s(self) -> float:
        """How much audio was taken so far."""
        return self._writer.duration_s

    def write(self, caller_pcm: bytes, hotline_pcm: bytes) -> None:
        """16-bit little-endian mono at `rate_hz`, equally long. Never blocks."""
        self._writer.write(caller_pcm, hotline_pcm)

    async def close(self) -> None:
        """No more audio comes. Waits until the file is sealed and its transcription queued,
        at most `CLOSE_WAIT_S` (a full disk): it goes on in the background. May come twice."""
        self._writer.finish()
        self._recordings.hurry()
        try:
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self.finished.wait()
        except TimeoutError:
            log.warning("a recording waits for the disk", extra={"recording_id": self.id})


def _on_loop(loop: asyncio.AbstractEventLoop, call: Any) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        log.warning("a recording ended after the program's loop")
