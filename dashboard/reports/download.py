"""A ledger sent to a browser or a program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import BinaryIO

from anyio.to_thread import run_sync
from fastapi import Response
from fastapi.responses import StreamingResponse

from call_logs.tickets import TicketFilter
from dashboard.reports.ledger_file import LedgerFormat, csv_pieces, write_ledger
from dashboard.reports.ledger_sheet import LedgerSheet
from dashboard.web.signin import Login
from dashboard.web.site import Site

PIECE_BYTES = 256 * 1024
MEDIA_TYPES = {
    LedgerFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    LedgerFormat.CSV: "text/csv; charset=utf-8",
}


async def ledger_response(
    site: Site,
    login: Login,
    wanted: TicketFilter,
    format: LedgerFormat,
    language: str,
    *,
    reason: str,
) -> Response:
    """The ledger of the tickets that `wanted` finds. A CSV is sent while it is read; a workbook
    is made first, in a folder that is gone before the first byte is sent. Without a `reason` no
    sensitive ticket is in it.

    Raises:
        NotAllowed, StoreError.
    """
    reports, now = site.store.reports, site.store.clock.now()
    staff = await site.store.staff.current()  # the names that it shows
    if wanted.assignee:
        wanted = replace(wanted, assignee=staff.meant(wanted.assignee))
    sheet = LedgerSheet(site.views, language, now)
    pages = await reports.ledger(login.actor, wanted, source=login.source, reason=reason)
    name = f"ledger-{now.astimezone(site.settings.zone):%Y%m%d-%H%M}.{format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    if format is LedgerFormat.CSV:
        return StreamingResponse(
            csv_pieces(pages, sheet), headers=headers, media_type=MEDIA_TYPES[format]
        )
    async with reports.scratch.folder() as folder:
        path = folder / name
        await write_ledger(path, format, pages, sheet, scratch=reports.scratch, made_at=now)
        headers["Content-Length"] = str(path.stat().st_size)
        file = path.open("rb")
    return StreamingResponse(_pieces(file), headers=headers, media_type=MEDIA_TYPES[format])


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while piece := await run_sync(file.read, PIECE_BYTES):
            yield piece
