"""The company's own look into a file before it is kept: a virus scanner, say.

The command gets the file on its standard input, in the clear and nowhere on a disk. 0: it is
kept. 1: it is refused (`clamdscan -` and its like say so). Anything else, or no answer in time:
it could not be looked into, and is refused too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from enum import StrEnum

from call_logs.casework.sealed_file import CHUNK_BYTES, SealedReader

__all__ = ["EXAMINE_S", "Verdict", "examine"]

log = logging.getLogger(__name__)

EXAMINE_S = 120.0
FOUND = 1


class Verdict(StrEnum):
    CLEAN = "clean"
    HARMFUL = "harmful"
    UNKNOWN = "unknown"


async def examine(command: Sequence[str], reader: SealedReader) -> Verdict:
    """Ask the command about what `reader` holds; the reader is closed afterwards."""
    try:
        async with asyncio.timeout(EXAMINE_S):
            return await _ask(command, reader)
    except TimeoutError:
        log.error("the command that examines evidence gave no answer", extra={"s": EXAMINE_S})
    except OSError as error:
        log.error("the command that examines evidence fails", extra={"errno": error.errno})
    finally:
        await asyncio.to_thread(reader.close)
    return Verdict.UNKNOWN


async def _ask(command: Sequence[str], reader: SealedReader) -> Verdict:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdin is not None
    try:
        await _feed(process.stdin, reader)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code in (0, FOUND):
        return Verdict.HARMFUL if code else Verdict.CLEAN
    log.error("the command that examines evidence has failed", extra={"code": code})
    return Verdict.UNKNOWN


async def _feed(target: asyncio.StreamWriter, reader: SealedReader) -> None:
    position = 0
    try:
        while piece := await asyncio.to_thread(reader.read, position, CHUNK_BYTES):
            target.write(piece)
            await target.drain()
            position += len(piece)
        target.close()
        await target.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has seen enough, and says what it thinks by how it ends
