"""One page of the list of tickets, in the order that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from call_logs.storage import Page
from call_logs.tickets import Ticket, TicketClass, TicketKind
from dashboard.tickets.query import TicketOrder, TicketQuery
from dashboard.web.site import Site

__all__ = ["TicketList", "listed"]


@dataclass(frozen=True)
class TicketList:
    """A page, and which of its tickets are drills."""

    page: Page[Ticket]
    drills: frozenset[int]


async def listed(site: Site, query: TicketQuery) -> TicketList:
    """Newest first; or the open urgent ones of all pages first, and then newest first."""
    wanted = query.filter(site.settings.page_size)
    page = await site.store.tickets.list(wanted)
    if query.order is TicketOrder.URGENT and wanted.ticket_class is None:
        rest = tuple(ticket for ticket in page.items if not _is_urgent(ticket))
        first: tuple[Ticket, ...] = ()
        if wanted.before is None and wanted.open is not False:
            urgent = replace(wanted, ticket_class=TicketClass.URGENT, open=True)
            first = (await site.store.tickets.list(urgent)).items
        page = replace(page, items=(*first, *rest))
    return TicketList(page, await _drills(site, page.items))


def _is_urgent(ticket: Ticket) -> bool:
    return ticket.ticket_class is TicketClass.URGENT and ticket.closed_at is None


async def _drills(site: Site, tickets: tuple[Ticket, ...]) -> frozenset[int]:
    """Drills hang on tickets of kind `other`: most pages have none and nothing is asked."""
    other = [ticket.opened_at for ticket in tickets if ticket.kind is TicketKind.OTHER]
    if not other:
        return frozenset()
    return frozenset(each.ticket_id for each in await site.store.dispatches.drills(min(other)))
