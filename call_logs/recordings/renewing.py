"""Sealed files, of recordings and evidence, sealed anew with the key of today.

Both kinds begin with a magic of 8 bytes and the id of their key. The new file is written beside and
put in the place of the old one whole; what is open stays open on the old one.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from call_logs.recordings.files import RecordingFiles
from call_logs.recordings.format import SALT_BYTES, Header, Sealer, frames_of, read_header
from call_logs.storage.errors import NotFound, Tampered
from call_logs.storage.keys import Keys

__all__ = ["Renewed", "SealedFile", "bearing", "renew", "reseal_recording"]

log = logging.getLogger(__name__)

Rewrite = Callable[[str, BinaryIO, BinaryIO], None]  # id, from the old file, to the new one


@dataclass(frozen=True)
class SealedFile:
    id: str
    location: str
    at: datetime


@dataclass(frozen=True)
class Renewed:
    """`broken`: files that no key opens; they stay as they are."""

    count: int
    broken: frozenset[str]


async def renew(
    files: RecordingFiles, found: Sequence[SealedFile], old: Collection[bytes], rewrite: Rewrite
) -> Renewed:
    """Those that bear one of the old keys, one by one."""
    count, broken = 0, set()
    await asyncio.to_thread(files.forget_renewed)
    for each in found:
        try:
            if await asyncio.to_thread(files.key_id, each.id, each.location, each.at) in old:
                await asyncio.to_thread(files.renew, each.id, each.location, each.at, rewrite)
                count += 1
        except NotFound:
            continue
        except Tampered:
            log.error("a sealed file does not open and stays as it is", extra={"id": each.id})
            broken.add(each.id)
    return Renewed(count, frozenset(broken))


async def bearing(
    files: RecordingFiles, found: Sequence[SealedFile], old: Collection[bytes]
) -> int:
    """How many of them bear one of these keys."""

    def count() -> int:
        bear = 0
        for each in found:
            try:
                bear += files.key_id(each.id, each.location, each.at) in old
            except NotFound:
                continue
        return bear

    return await asyncio.to_thread(count)


def reseal_recording(keys: Keys, id: str, source: BinaryIO, target: BinaryIO) -> None:
    """Chunk by chunk, the plain bytes as they are: no sample changes.

    Raises:
        Tampered: a chunk does not open.
    """
    header = read_header(source)
    new = Header(keys.current_id, secrets.token_bytes(SALT_BYTES), id, header.rate_hz)
    opening, sealing = Sealer(header, keys), Sealer(new, keys)
    target.write(new.encode())
    for index, (offset, length) in enumerate(frames_of(source)):
        source.seek(offset)
        plain = opening.plain(index, source.read(length))
        target.write(sealing.framed(index, plain))
