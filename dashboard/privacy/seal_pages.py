"""One ticket as a signed file, from its page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from dashboard.privacy.sending import sent_once
from dashboard.web.inputs import RowId
from dashboard.web.signin import Exporter
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.post("/seal")
async def seal(
    site: SiteOf,
    login: Exporter,
    ticket_id: RowId,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    ticket = await site.store.tickets.get(ticket_id)
    async with site.store.reports.scratch.folder() as folder:
        path = folder / "ticket.zip"
        await site.store.sealing.seal(
            ticket_id, login.actor, path, reason=reason, source=login.source
        )
        return sent_once(path, f"ticket-{ticket.number}.zip")
