"""Recordings for the browser: decrypted while they are sent, never written down.

A recording is sent as a WAV file of one channel, 16-bit PCM at its own rate. Its length is
known beforehand, so that a browser may ask for any part of it (RFC 9110 section 14) and the
listener can jump without waiting.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

import anyio.to_thread
from fastapi import Response
from fastapi.responses import StreamingResponse

from call_logs.recordings import Channel, RecordingReader

HEADER_BYTES = 44
SAMPLE_BYTES = 2
LONGEST_NUMBER = 18  # digits of a place in a file
BLOCK_S = 2  # decrypted at once: 64 kB at 16 kHz

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class UnsatisfiableRange(Exception):
    """The asked part lies outside the file: status 416."""


@dataclass(frozen=True)
class ByteRange:
    """Bytes `first` to `last`, both included, as HTTP counts them."""

    first: int
    last: int


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """The asked part of a file; None for the whole (no, a malformed or a multiple range).

    Raises:
        UnsatisfiableRange: it starts behind the end, or is empty.
    """
    matched = _RANGE.fullmatch(header.strip()) if header else None
    if matched is None or matched.groups() == ("", ""):
        return None
    first, last = matched.groups()
    if not first:  # the last N bytes
        length = min(_whole(last), size)
        if length == 0:
            raise UnsatisfiableRange
        return ByteRange(size - length, size - 1)
    start = _whole(first)
    end = min(_whole(last), size - 1) if last else size - 1
    if start >= size:
        raise UnsatisfiableRange
    return ByteRange(start, end) if end >= start else None


def _whole(digits: str) -> int:
    """What is longer than any file's size is as large as that (and Python refuses 5,000)."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else sys.maxsize


def wav_header(rate_hz: int, data_bytes: int) -> bytes:
    """RIFF/WAVE header of mono 16-bit PCM (Microsoft Multimedia Programming Interface 1.0)."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        HEADER_BYTES - 8 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        rate_hz,
        rate_hz * SAMPLE_BYTES,
        SAMPLE_BYTES,
        8 * SAMPLE_BYTES,
        b"data",
        data_bytes,
    )


class WavFile:
    """One channel of a recording as the bytes of a WAV file."""

    def __init__(self, reader: RecordingReader, channel: Channel) -> None:
        self._reader = reader
        self._channel = channel
        self._rate_hz = reader.rate_hz
        self._samples = round(reader.duration_s * reader.rate_hz)
        self._header = wav_header(self._rate_hz, self._samples * SAMPLE_BYTES)

    @property
    def size(self) -> int:
        return HEADER_BYTES + self._samples * SAMPLE_BYTES

    async def stream(self, part: ByteRange) -> AsyncIterator[bytes]:
        """The bytes of a part; files are read and decrypted on a worker thread."""
        try:
            if part.first < HEADER_BYTES:
                yield self._header[part.first : part.last + 1]
            position = max(part.first - HEADER_BYTES, 0)
            end = part.last + 1 - HEADER_BYTES
            block_bytes = BLOCK_S * self._rate_hz * SAMPLE_BYTES
            while position < end:
                block = position // block_bytes
                pcm = await anyio.to_thread.run_sync(self._block, block)
                offset = position - block * block_bytes
                piece = pcm[offset : min(end - block * block_bytes, block_bytes)]
                yield piece
                position += len(piece)
        finally:
            self._reader.close()

    def _block(self, block: int) -> bytes:
        """Block number `block`, as long as the header promises whatever the file holds."""
        first = block * BLOCK_S * self._rate_hz
        wanted = min(BLOCK_S * self._rate_hz, self._samples - first) * SAMPLE_BYTES
        start_s = block * BLOCK_S
        pcm = self._reader.pcm(self._channel, start_s, start_s + BLOCK_S)
        return pcm[:wanted].ljust(wanted, b"\0")


def audio_response(reader: RecordingReader, channel: Channel, range_header: str | None) -> Response:
    """The recording, or the part of it that the `Range` header asks for."""
    file = WavFile(reader, channel)
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    try:
        part = parse_range(range_header, file.size)
    except UnsatisfiableRange:
        reader.close()
        headers["Content-Range"] = f"bytes */{file.size}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    whole = ByteRange(0, file.size - 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{file.size}"
    sent = part or whole
    headers["Content-Length"] = str(sent.last - sent.first + 1)
    return StreamingResponse(
        file.stream(sent),
        HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        headers,
        media_type="audio/wav",
    )
