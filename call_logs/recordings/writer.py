"""Writes recordings while they happen: one thread for all calls."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from call_logs.recordings.format import AUDIO, END, SALT_BYTES, Header, Samples, Sealer
from call_logs.storage.keys import Keys

log = logging.getLogger(__name__)

SEAL_EVERY_S = 0.5  # at most this much is lost by a kill; chunks of a second would double it
MEMORY_LIMIT_S = 20.0  # audio kept per call while the disk takes none; then the oldest goes
CHUNK_LIMIT_S = 5.0  # a backlog is written in pieces of this length
BYTES_PER_FRAME = 2

Piece = tuple[int, bytes, bytes]  # first frame, caller, hotline


@dataclass(frozen=True)
class Sealed:
    """What became of a recording's file."""

    duration_s: float
    size_bytes: int
    problem: str  # "" or what was wrong at some time


class RecordingWriter:
    """One recording. `write` only appends to a list; `Recorder`'s thread does the rest."""

    def __init__(self, recording_id: str, rate_hz: int, path: Path, keys: Keys) -> None:
        self.id = recording_id
        self.rate_hz = rate_hz
        self.path = path
        header = Header(keys.current_id, secrets.token_bytes(SALT_BYTES), recording_id, rate_hz)
        self._sealer = Sealer(header, keys)
        self._lock = threading.Lock()
        self._pieces: deque[Piece] = deque()
        self._held_bytes = 0  # of one channel
        self._limit_bytes = int(MEMORY_LIMIT_S * rate_hz) * BYTES_PER_FRAME
        self._frames = 0
        self._lost_frames = 0
        self._closing = False
        self.sealed: Future[Sealed] = Future()
        self.on_problem: Callable[[str], None] = lambda problem: None  # called on the thread
        # What follows belongs to the thread.
        self._descriptor: int | None = None
        self._offset = 0
        self._index = 0
        self._unwritten = b""  # a sealed chunk that the disk did not take yet
        self._ended = False
        self._problem = ""
        self._problems: set[str] = set()

    @property
    def problem(self) -> str:
        """ "" or why nothing is being written now; writing resumes by itself."""
        return self._problem

    @property
    def duration_s(self) -> float:
        return self._frames / self.rate_hz

    def write(self, caller_pcm: bytes, hotline_pcm: bytes) -> None:
        """Take audio of both channels: 16-bit little-endian mono at `rate_hz`, equally long
        (the shorter is filled with silence). Never blocks; after `close` it does nothing."""
        size = max(len(caller_pcm), len(hotline_pcm)) & ~1
        if size == 0:
            return
        caller = caller_pcm[:size].ljust(size, b"\0")
        hotline = hotline_pcm[:size].ljust(size, b"\0")
        with self._lock:
            if self._closing:
                return
            self._pieces.append((self._frames, caller, hotline))
            self._frames += size // BYTES_PER_FRAME
            self._held_bytes += size
            while self._held_bytes > self._limit_bytes and len(self._pieces) > 1:
                _, oldest, _ = self._pieces.popleft()
                self._held_bytes -= len(oldest)
                self._lost_frames += len(oldest) // BYTES_PER_FRAME

    def finish(self) -> Future[Sealed]:
        """No more audio comes. The future is done when the last chunk is on the disk."""
        with self._lock:
            self._closing = True
        return self.sealed

    def step(self) -> bool:
        """Write what has gathered. Called by the thread; False when the file is finished."""
        try:
            self._open_file()
            self._write_out()
        except OSError as error:
            self._report(f"recording cannot be written: {os.strerror(error.errno or 0)}")
            return True
        self._report("")
        return not self._ended

    def abandon(self) -> None:
        """The program ends although the disk takes nothing: the next start seals the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            try:
                os.close(descriptor)
            except OSError:
                log.exception("a recording's file did not close", extra={"recording_id": self.id})
        if not self.sealed.done():
            self.sealed.set_result(self._result())

    def _open_file(self) -> None:
        if self._descriptor is None and not self._ended:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            self._offset = 0
            self._append(self._sealer.header.encode())

    def _write_out(self) -> None:
        while not self._ended:
            if not self._unwritten:
                self._unwritten = self._next_chunk()
            if not self._unwritten:
                return
            self._append(self._unwritten)
            self._unwritten = b""
            if self._last_sealed:
                self._finish_file()

    def _next_chunk(self) -> bytes:
        """Seal the next piece of audio, or the end. The index moves on here: a nonce is used
        for one content only, also when the disk refuses it at first."""
        with self._lock:
            start, caller, hotline = self._take()
            is_end = not caller and self._closing
        if not caller and not is_end:
            return b""
        self._last_sealed = is_end
        sealed = self._sealer.seal(
            self._index,
            END if is_end else AUDIO,
            self._frames if is_end else start,
            _samples(caller),
            _samples(hotline),
        )
        self._index += 1
        return sealed

    _last_sealed = False

    def _take(self) -> tuple[int, bytes, bytes]:
        """Neighbouring pieces, joined, up to `CHUNK_LIMIT_S`."""
        limit = int(CHUNK_LIMIT_S * self.rate_hz) * BYTES_PER_FRAME
        start = expected = self._pieces[0][0] if self._pieces else 0
        callers: list[bytes] = []
        hotlines: list[bytes] = []
        size = 0
        while self._pieces and self._pieces[0][0] == expected and size < limit:
            _, caller, hotline = self._pieces.popleft()
            callers.append(caller)
            hotlines.append(hotline)
            size += len(caller)
            expected += len(caller) // BYTES_PER_FRAME
        self._held_bytes -= size
        return start, b"".join(callers), b"".join(hotlines)

    def _append(self, data: bytes) -> None:
        assert self._descriptor is not None  # opened by step()
        written = 0
        try:
            while written < len(data):
                view = memoryview(data)[written:]
                written += os.pwrite(self._descriptor, view, self._offset + written)
        except OSError:
            # Half a chunk would hide all that follow.
            os.ftruncate(self._descriptor, self._offset)
            if self._offset == 0:
                os.close(self._descriptor)
                self._descriptor = None
            raise
        self._offset += written

    def _finish_file(self) -> None:
        assert self._descriptor is not None
        os.fsync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        self._ended = True
        self.sealed.set_result(self._result())

    def _result(self) -> Sealed:
        problems = sorted(self._problems)
        if self._lost_frames:
            problems.append(f"{self._lost_frames / self.rate_hz:.1f} s of audio were lost")
        return Sealed(self.duration_s, self._offset, "; ".join(problems))

    def _report(self, problem: str) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem:
            self._problems.add(problem)
        self.on_problem(problem)


class Recorder:
    """The thread that all recordings of this process share. It sleeps while there are none."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._writers: dict[str, RecordingWriter] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def open(self, recording_id: str, rate_hz: int, path: Path) -> RecordingWriter:
        """A writer whose file appears within `SEAL_EVERY_S`. Does not touch the disk itself."""
        writer = RecordingWriter(recording_id, rate_hz, path, self._keys)
        with self._lock:
            self._writers[recording_id] = writer
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()
        self._wake.set()
        return writer

    def active(self) -> tuple[RecordingWriter, ...]:
        with self._lock:
            return tuple(self._writers.values())

    def hurry(self) -> None:
        """Write now instead of at the next half second."""
        self._wake.set()

    def close(self) -> None:
        """Finish every recording and end the thread. Blocking."""
        for writer in self.active():
            writer.finish()
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            writers = self.active()
            self._wake.wait(SEAL_EVERY_S if writers else None)
            self._wake.clear()
            for writer in self.active():
                try:
                    goes_on = writer.step()
                except Exception:
                    # One recording's fault must not stop the others.
                    log.exception("recording failed", extra={"recording_id": writer.id})
                    writer.abandon()
                    goes_on = False
                if not goes_on:
                    self._drop(writer)
            if self._closing:
                for writer in self.active():
                    writer.abandon()
                    self._drop(writer)
                return

    def _drop(self, writer: RecordingWriter) -> None:
        with self._lock:
            self._writers.pop(writer.id, None)


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
