"""A ZIP file of parts, each with its digest: JSON, sound as WAV, evidence as it came.

Whoever makes one reads the store on the loop, and writes on a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from call_logs.casework.evidence import Evidence
from call_logs.casework.evidence_store import EvidenceStore
from call_logs.casework.sealed_file import CHUNK_BYTES, SealedReader
from call_logs.recordings.reader import RecordingReader
from call_logs.recordings.store import Recordings
from call_logs.storage.errors import NotFound
from call_logs.storage.json_fields import json_value
from call_logs.users.actor import Actor

__all__ = ["Part", "Parts", "as_json"]


@dataclass(frozen=True)
class Part:
    name: str
    size_bytes: int
    sha256: str


def as_json(value: Any) -> bytes:
    return json.dumps(json_value(value), ensure_ascii=False, indent=1, sort_keys=True).encode()


class Parts:
    """Of one file. Close it, or leave its `with`."""

    def __init__(self, path: Path) -> None:
        self._zip = ZipFile(path, "w", ZIP_DEFLATED)
        self.listed: list[Part] = []

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    async def add(self, name: str, value: Any) -> None:
        """A part of JSON."""
        await asyncio.to_thread(self._write, name, lambda: iter((as_json(value),)))

    async def add_sound(self, recordings: Recordings, ids: Iterable[str]) -> None:
        """Each recording whose sound is there; the left channel is the caller."""
        for each in ids:
            try:
                reader = await recordings.open(each)
            except NotFound:
                continue  # destroyed in its time
            await asyncio.to_thread(self._write, f"audio/{each}.wav", lambda: _sound(reader))  # noqa: B023

    async def add_evidence(
        self, store: EvidenceStore, found: Iterable[Evidence], actor: Actor
    ) -> None:
        """Each file that is there."""
        for each in found:
            if each.removed_at is not None:
                continue
            try:
                _, reader = await store.open(each.ticket_id, each.id, actor)
            except NotFound:
                continue
            name = f"evidence/{each.id}.{each.kind.value}"
            await asyncio.to_thread(self._write, name, lambda: _content(reader))  # noqa: B023

    def add_bytes(self, name: str, content: bytes) -> None:
        """A part that is in no list: the list itself, its signature."""
        self._zip.writestr(ZipInfo(name), content)

    def _write(self, name: str, pieces: Callable[[], Iterator[bytes]]) -> None:
        digest, size = hashlib.sha256(), 0
        with self._zip.open(ZipInfo(name), "w", force_zip64=True) as part:
            for piece in pieces():
                digest.update(piece)
                size += len(piece)
                part.write(piece)
        self.listed.append(Part(name, size, digest.hexdigest()))


def _sound(reader: RecordingReader) -> Iterator[bytes]:
    with closing(reader):
        yield reader.wav()


def _content(reader: SealedReader) -> Iterator[bytes]:
    with closing(reader):
        for first in range(0, reader.size_bytes, CHUNK_BYTES):
            yield reader.read(first, CHUNK_BYTES)
