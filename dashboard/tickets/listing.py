"""One page of the list of tickets, in the order that was asked for."""

from __future__ import annotations

from dataclasses import replace

from call_logs.storage import Page
from call_logs.tickets import Ticket, TicketClass
from dashboard.tickets.query import ListOrder, TicketQuery
from dashboard.tickets.whose import narrowed
from dashboard.web.signin import Login
from dashboard.web.site import Site

__all__ = ["listed"]


async def listed(site: Site, login: Login, query: TicketQuery) -> Page[Ticket]:
    """Newest first; or the open urgent ones of all pages first, and then newest first."""
    asked = query.filter(site.settings.page_size, site.settings.zone)
    wanted = await narrowed(site, login, asked, query.whose)
    page = await site.store.tickets.list(wanted)
    if query.order is ListOrder.URGENT and wanted.ticket_class is None:
        rest = tuple(ticket for ticket in page.items if not _is_urgent(ticket))
        first: tuple[Ticket, ...] = ()
        if wanted.before is None and wanted.open is not False:
            urgent = replace(wanted, ticket_class=TicketClass.URGENT, open=True)
            first = (await site.store.tickets.list(urgent)).items
        page = replace(page, items=(*first, *rest))
    return page


def _is_urgent(ticket: Ticket) -> bool:
    return ticket.ticket_class is TicketClass.URGENT and ticket.closed_at is None
