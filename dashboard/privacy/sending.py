"""A file that was made for one reader, sent while its folder is already gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from anyio.to_thread import run_sync
from fastapi import Response
from fastapi.responses import StreamingResponse

PIECE_BYTES = 256 * 1024


def sent_once(path: Path, name: str) -> Response:
    """Opened now: the name may be removed before the first byte is sent."""
    file = path.open("rb")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "Content-Length": str(path.stat().st_size),
    }
    return StreamingResponse(pieces(file), headers=headers, media_type="application/zip")


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await run_sync(file.read, PIECE_BYTES):
            yield piece
