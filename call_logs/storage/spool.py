"""A file of encrypted entries that waits for the database to come back.

On a disk that is full the entries still find room: in the space that a reserve gives up.
"""

from __future__ import annotations

import logging
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from call_logs.storage.errors import Tampered
from call_logs.storage.keys import KEY_ID_BYTES, Keys
from call_logs.storage.reserve import DISK_FULL, Reserve

log = logging.getLogger(__name__)

_LENGTH = struct.Struct(">I")
FRAME_LIMIT_BYTES = 16 * 1024 * 1024
CONTEXT = "spool"


class Spool:
    """Frames of a 4-byte big-endian length and a sealed entry. Blocking: use it on a thread."""

    def __init__(self, path: Path, keys: Keys, reserve: Reserve | None = None) -> None:
        self.path = path
        self._reserve = reserve
        self._keys = keys

    def __len__(self) -> int:
        """Size in bytes; 0 when nothing waits."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, entries: Sequence[bytes]) -> None:
        """Keep the entries through a kill and a power cut.

        Raises:
            OSError: the disk is full, its reserve too, or gone; the file is as it was before.
        """
        try:
            self._append(entries)
        except OSError as error:
            if error.errno not in DISK_FULL or self._reserve is None:
                raise
            if not self._reserve.give_up():
                raise
            self._append(entries)

    def _append(self, entries: Sequence[bytes]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = [self._keys.seal(entry, CONTEXT, purpose="spool") for entry in entries]
        data = b"".join(_LENGTH.pack(len(frame)) + frame for frame in sealed)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            # A torn frame at the end, from a kill in the middle of a write, would hide
            # everything appended after it.
            end = self._good_end()
            file.truncate(end)
            file.seek(end)
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), end)
                raise

    def read(self, offset: int = 0, limit: int = 500) -> tuple[list[bytes], int]:
        """Up to `limit` entries from `offset`, and the offset after them. A torn tail is left
        out; a frame that does not open is skipped and reported in the log."""
        entries: list[bytes] = []
        for sealed, after in self._frames(offset):
            offset = after
            try:
                entries.append(self._keys.open(sealed, CONTEXT, purpose="spool"))
            except Tampered:
                log.error("a spooled entry does not open and is skipped", extra={"offset": offset})
            if len(entries) >= limit:
                break
        return entries, offset

    def key_ids(self) -> set[bytes]:
        """Of the keys with which its entries are sealed."""
        return {sealed[1 : 1 + KEY_ID_BYTES] for sealed, _ in self._frames(0)}

    def renew(self) -> int:
        """Seal all entries anew; how many. What is appended meanwhile begins a new file, behind
        which the others come; a kill in between may leave some of them twice."""
        beside = self.path.with_suffix(".renewed")
        if not beside.exists():
            if not self.path.exists():
                return 0
            self.path.replace(beside)
        entries, _ = Spool(beside, self._keys).read(limit=sys.maxsize)
        if entries:
            self.append(entries)
        beside.unlink()
        return len(entries)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def _good_end(self) -> int:
        end = 0
        for _, after in self._frames(0):
            end = after
        return end

    def _frames(self, offset: int) -> Iterator[tuple[bytes, int]]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(offset)
            while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
                (length,) = _LENGTH.unpack(head)
                sealed = file.read(length) if length <= FRAME_LIMIT_BYTES else b""
                if len(sealed) < length or length > FRAME_LIMIT_BYTES:
                    return
                offset += _LENGTH.size + length
                yield sealed, offset
