"""The part of a ticket's page that shows what was found out and done about it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs.casework import RecordKind
from call_logs.registers import RegisterKind, unskilled
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import fragment
from dashboard.web.signin import Login, TicketReader
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/tickets/{ticket_id}")


@router.get("/casework")
async def show_casework(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """Follows the ticket while its page is open."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    actor = login.actor
    equipment = await site.store.equipment.of_ticket(ticket, actor)
    records = await site.store.records.of_ticket(ticket_id, actor)
    means = await site.store.means.of_ticket(ticket, equipment, actor)
    moved = await site.store.stock.movements(actor, ticket_id=ticket_id)
    staff = await site.store.staff.current()
    return fragment(
        request,
        site,
        login,
        "casework/block.html",
        ticket=ticket,
        equipment=equipment,
        records=records,
        means=means,
        moved=moved,
        stock_names=await _names(site, login) if moved else {},
        unskilled={
            each.id
            for each in records
            if each.kind is RecordKind.TASK
            and each["done_at"] is None
            and unskilled(each["who"], means.skilled, staff)
        },
        precedents=await site.store.precedents.of(ticket, login.actor),
        words=site.views.words(request.state.language, ticket.category),
        evidence=await site.store.evidence.of_ticket(ticket_id, login.actor),
        rules=site.store.evidence.rules,
    )


async def _names(site: Site, login: Login) -> dict[int, str]:
    every = await site.store.registers.list(RegisterKind.STOCK, login.actor, void=True)
    return {each.id: each["what"] for each in every}
