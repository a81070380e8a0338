"""The part of a ticket's page that shows what was found out and done about it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import fragment
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.get("/casework")
async def show_casework(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """Follows the ticket while its page is open."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    return fragment(
        request,
        site,
        login,
        "casework/block.html",
        ticket=ticket,
        equipment=await site.store.equipment.of_ticket(ticket, login.actor),
        records=await site.store.records.of_ticket(ticket_id, login.actor),
        precedents=await site.store.precedents.of(ticket, login.actor),
        words=site.views.words(request.state.language, ticket.category),
        evidence=await site.store.evidence.of_ticket(ticket_id, login.actor),
        rules=site.store.evidence.rules,
    )
