"""Reads a recording, finished or still being written."""

from __future__ import annotations

import io
import logging
import wave
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from call_logs.recordings.format import AUDIO, END, HEADER_BYTES, Chunk, Header, Sealer, frames_of
from call_logs.recordings.recording import Channel, Recording
from call_logs.storage.keys import Keys

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Entry:
    """Where a chunk of audio is: in the file, and in time (frames)."""

    index: int
    offset: int
    length: int
    start: int
    frames: int


class RecordingReader:
    """Blocking (it reads and decrypts): call it on a thread. Not shared between threads.

    Opening checks every chunk. A torn tail (a kill in the middle of a write) is left out;
    `complete` says whether the end chunk was found.

    Raises:
        Tampered: a chunk was changed, moved or taken out of the middle.
        KeyProblem: the key that encrypted it is not in the key file.
    """

    def __init__(self, file: BinaryIO, keys: Keys, recording: Recording) -> None:
        self.recording = recording
        self._file = file
        self._file.seek(0)
        self.header = Header.decode(self._file.read(HEADER_BYTES))
        self._sealer = Sealer(self.header, keys)
        self._entries: list[_Entry] = []
        self.complete = False
        self.chunks = 0
        self.good_bytes = HEADER_BYTES  # up to the end of the last whole chunk
        self.frames = 0
        self._scan()

    @property
    def rate_hz(self) -> int:
        return self.header.rate_hz

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate_hz

    def pcm(
        self, channel: Channel = Channel.CALLER, start_s: float = 0.0, end_s: float | None = None
    ) -> bytes:
        """16-bit little-endian mono from `start_s` up to `end_s` (default: the end), cut to
        what there is. A gap is silence."""
        both = self._between(start_s, end_s)
        if channel is Channel.MIXED:
            return _bytes(_mix(both))
        return _bytes(both[0] if channel is Channel.CALLER else both[1])

    def wav(
        self, start_s: float = 0.0, end_s: float | None = None, *, mixed: bool = False
    ) -> bytes:
        """A WAV file: stereo (left the caller, right the hotline) or mixed to mono."""
        both = self._between(start_s, end_s)
        target = io.BytesIO()
        with wave.open(target, "wb") as file:
            file.setnchannels(1 if mixed else 2)
            file.setsampwidth(2)
            file.setframerate(self.rate_hz)
            file.writeframes(_bytes(_mix(both) if mixed else both.T))
        return target.getvalue()

    def peaks(self, count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The loudest sample (0..1) of the caller and of the hotline in each of `count`
        equal stretches: what a waveform shows."""
        loudest = np.zeros((2, count), np.int32)
        if self.frames == 0 or count == 0:
            return (0.0,) * count, (0.0,) * count
        for entry in self._entries:
            chunk = self._open(entry)
            bins = (np.arange(entry.start, entry.start + entry.frames) * count) // self.frames
            bins = np.minimum(bins, count - 1)
            for row, samples in enumerate((chunk.caller, chunk.hotline)):
                np.maximum.at(loudest[row], bins, np.abs(samples.astype(np.int32)))
        caller, hotline = (tuple((row / 32768).round(4).tolist()) for row in loudest)
        return caller, hotline

    def end_chunk(self) -> bytes:
        """The chunk that seals an interrupted file, to be written at `good_bytes`."""
        empty = np.zeros(0, np.int16)
        return self._sealer.seal(self.chunks, END, self.frames, empty, empty)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> RecordingReader:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _scan(self) -> None:
        for index, (offset, length) in enumerate(frames_of(self._file)):
            chunk = self._read(index, offset, length)
            self.chunks = index + 1
            self.good_bytes = offset + length
            if chunk.kind == END:
                self.frames = max(self.frames, chunk.start)
                self.complete = True
                return
            assert chunk.kind == AUDIO
            entry = _Entry(index, offset, length, chunk.start, len(chunk.caller))
            self._entries.append(entry)
            self.frames = entry.start + entry.frames

    def _read(self, index: int, offset: int, length: int) -> Chunk:
        self._file.seek(offset)
        return self._sealer.open(index, self._file.read(length))

    def _open(self, entry: _Entry) -> Chunk:
        return self._read(entry.index, entry.offset, entry.length)

    def _between(self, start_s: float, end_s: float | None) -> npt.NDArray[np.int16]:
        first = min(max(0, round(start_s * self.rate_hz)), self.frames)
        last = self.frames if end_s is None else min(round(end_s * self.rate_hz), self.frames)
        both = np.zeros((2, max(0, last - first)), np.int16)
        for entry in self._entries:
            low, high = max(first, entry.start), min(last, entry.start + entry.frames)
            if low >= high:
                continue
            chunk = self._open(entry)
            source = slice(low - entry.start, high - entry.start)
            both[0, low - first : high - first] = chunk.caller[source]
            both[1, low - first : high - first] = chunk.hotline[source]
        return both


def _mix(both: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    total = both[0].astype(np.int32) + both[1]
    mixed: npt.NDArray[np.int16] = total.clip(-32768, 32767).astype(np.int16)
    return mixed


def _bytes(samples: npt.NDArray[np.int16]) -> bytes:
    return bytes(np.ascontiguousarray(samples, "<i2").data)
