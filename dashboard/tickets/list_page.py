"""The list of tickets: what came in, what is urgent, what is late."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs.users import Permission
from dashboard.tickets.lacking import lacking
from dashboard.tickets.listing import listed
from dashboard.tickets.query import AskedTickets
from dashboard.tickets.whose import mine_of
from dashboard.web.render import fragment, go, is_fragment, page
from dashboard.web.signin import Ready, TicketReader, home_of
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/")
async def home(login: Ready) -> Response:
    return go(home_of(login))


@router.get("/tickets")
async def show_tickets(
    request: Request, site: SiteOf, login: TicketReader, query: AskedTickets
) -> Response:
    """The list; htmx asks for its rows alone when a filter or a ticket changed."""
    tickets = await listed(site, login, query)
    counts = await site.store.tickets.counts()
    missed_calls = await site.store.calls.missed_count()
    lacks = await lacking(site, login)
    mine = await mine_of(site, login)
    if is_fragment(request):
        return fragment(
            request,
            site,
            login,
            "tickets/list.html",
            query=query,
            tickets=tickets,
            counts=counts,
            missed_calls=missed_calls,
            lacks=lacks,
            mine=mine,
            refreshed=True,
        )
    return await page(
        request,
        site,
        login,
        "tickets/index.html",
        query=query,
        tickets=tickets,
        counts=counts,
        missed_calls=missed_calls,
        lacks=lacks,
        mine=mine,
        categories=await site.store.tickets.categories(),
        gaps=await site.coverage.gaps_or_none() if login.may(Permission.MANAGE_ROSTER) else (),
    )
