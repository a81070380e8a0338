"""What people do on a ticket's search: take it, and say that they have arrived."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs import AcknowledgedVia, DispatchEventKind, NotFound
from dashboard.pages.render import fragment
from dashboard.pages.ticket import ticket_state
from dashboard.searches import search_of
from dashboard.signin import TicketWorker
from dashboard.site import Site, SiteOf
from dashboard.texts import N_
from dashboard.timeline import Search

router = APIRouter(prefix="/tickets/{ticket_id}/dispatches/{dispatch_id}")


@router.post("/acknowledge")
async def acknowledge(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: int, dispatch_id: str
) -> Response:
    """Take the ticket. The follow-up stops calling people and tells the owner."""
    await _own(site, dispatch_id, ticket_id)
    answer = await site.store.dispatches.acknowledge(
        dispatch_id, login.user.name, AcknowledgedVia.DASHBOARD
    )
    mine = answer.dispatch.acknowledged_by == login.user.name
    problem = None if answer.first or mine else N_("Somebody else was faster and has it already.")
    ticket = await site.store.tickets.get(ticket_id)
    return fragment(
        request,
        site,
        login,
        "ticket/state.html",
        problem=problem,
        **await ticket_state(site, login, ticket),
    )


@router.post("/arrived")
async def arrived(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: int, dispatch_id: str
) -> Response:
    """Somebody is on site. Said twice it counts once."""
    search = await _own(site, dispatch_id, ticket_id)
    if search.arrived_at is None:
        await site.store.dispatches.note(
            dispatch_id, DispatchEventKind.ARRIVED, actor=login.user.name
        )
    ticket = await site.store.tickets.get(ticket_id)
    return fragment(
        request, site, login, "ticket/state.html", **await ticket_state(site, login, ticket)
    )


async def _own(site: Site, dispatch_id: str, ticket_id: int) -> Search:
    """The search; nobody takes a drill as if it were a case.

    Raises:
        NotFound: the ticket has no such search, or it is a drill.
    """
    search = await search_of(site, dispatch_id, ticket_id)
    if search.dispatch.drill:
        raise NotFound("a drill has nothing to be taken")
    return search
