"""Evidence for the browser: opened while it is sent, never written down.

Whoever sent the file decided what is in it. So it never runs as a page of ours: its type is the
one that was found out, browsers may not guess another, it is offered to be saved, and a browser
that shows it all the same shows it without scripts and without our address.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import Response
from fastapi.responses import StreamingResponse

from call_logs.casework import Evidence, SealedReader
from dashboard.calls.audio import ByteRange, UnsatisfiableRange, parse_range

__all__ = ["evidence_response"]


def evidence_response(
    evidence: Evidence, reader: SealedReader, range_header: str | None
) -> Response:
    """The file, or the part of it that the `Range` header asks for."""
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": _disposition(evidence),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    size = reader.size_bytes
    try:
        part = parse_range(range_header, size)
    except UnsatisfiableRange:
        reader.close()
        headers["Content-Range"] = f"bytes */{size}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    sent = part or ByteRange(0, size - 1)
    headers["Content-Length"] = str(sent.last - sent.first + 1)
    return StreamingResponse(
        _pieces(reader, sent),
        HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        headers,
        media_type=evidence.kind.media_type,
    )


def _disposition(evidence: Evidence) -> str:
    """RFC 6266; the name of whoever sent it in the form that holds every letter alone."""
    plain = f"evidence-{evidence.id[:8]}.{evidence.kind.value}"
    return (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(evidence.file_name, safe='')}"
    )


async def _pieces(reader: SealedReader, part: ByteRange) -> AsyncIterator[bytes]:
    position = part.first
    try:
        while position <= part.last:
            piece = await run_sync(reader.read, position, part.last + 1 - position)
            if not piece:
                return
            yield piece
            position += len(piece)
    finally:
        reader.close()
