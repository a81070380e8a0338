"""One ticket on paper: what happened, the steps, records, list of evidence, lines to sign on."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs.casework import RecordKind, Side
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import page
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.get("/sheet")
async def show_sheet(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """No more than the ticket's page shows to the same person; without what other sides of a
    dispute have said, for the owner signs it."""
    store = site.store
    ticket = await store.tickets.get(ticket_id)
    await note_access(site, login, "printed", "ticket", ticket_id)
    records = await store.records.of_ticket(ticket_id, login.actor)
    return await page(
        request,
        site,
        login,
        "casework/sheet.html",
        ticket=ticket,
        staff=await store.staff.current(),
        team=await store.team.of(ticket_id),
        history=await store.tickets.history(ticket_id),
        records=[each for each in records if each.kind is not RecordKind.STATEMENT]
        + [each for each in records if each.values.get("side") is Side.OWNER],
        evidence=await store.evidence.of_ticket(ticket_id, login.actor),
        equipment=await store.equipment.of_ticket(ticket, login.actor),
        searches=(),
        words=site.views.words(request.state.language, ticket.category),
    )
