"""The searches for a person of one ticket, and the urgent tickets that nobody has taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from call_logs import (
    Dispatch,
    DispatchStatus,
    NotFound,
    StoreBusy,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketStatus,
)
from dashboard.site import Site
from dashboard.timeline import Search

__all__ = ["Waiting", "names_of", "search_of", "searches", "untaken"]

MOST_WAITING = 20  # a banner is read, not scrolled


async def names_of(site: Site) -> Mapping[str, str]:
    """Names of people by their ids; empty when the roster cannot be read now: ids are
    shown then, and the page still comes."""
    try:
        roster = await site.store.roster.current()
    except StoreBusy:
        return {}
    return {person.id: person.name for person in roster.people}


async def searches(site: Site, ticket_id: int) -> tuple[Search, ...]:
    """Every search of a ticket, newest first."""
    dispatches = await site.store.dispatches.for_ticket(ticket_id)
    if not dispatches:
        return ()
    names = await names_of(site)
    return tuple([await _search(site, each, names) for each in reversed(dispatches)])


async def search_of(site: Site, dispatch_id: str, ticket_id: int | None = None) -> Search:
    """One search, of `ticket_id` when it is given.

    Raises:
        NotFound: there is none, or it is another ticket's.
    """
    dispatch = await site.store.dispatches.get(dispatch_id)
    if ticket_id is not None and dispatch.ticket_id != ticket_id:
        raise NotFound("this ticket has no such dispatch")
    return await _search(site, dispatch, await names_of(site))


async def _search(site: Site, dispatch: Dispatch, names: Mapping[str, str]) -> Search:
    return Search(
        dispatch,
        await site.store.dispatches.attempts(dispatch.id),
        await site.store.dispatches.timeline(dispatch.id),
        names,
    )


@dataclass(frozen=True)
class Waiting:
    """An urgent ticket that nobody has said he has, since when, and whether people are
    being rung for it."""

    ticket: Ticket
    since: datetime
    status: DispatchStatus | None  # None: no search was made


async def untaken(site: Site) -> tuple[Waiting, ...]:
    """Urgent tickets that nobody has taken, longest first; drills are none. At most
    `MOST_WAITING` of each kind are looked at."""
    found: dict[int, Waiting] = {}
    for dispatch in await site.store.dispatches.open_dispatches():
        if dispatch.drill or dispatch.acknowledged_at or len(found) >= MOST_WAITING:
            continue
        ticket = await site.store.tickets.get(dispatch.ticket_id)
        found[ticket.id] = Waiting(ticket, dispatch.opened_at, dispatch.status)
    fresh = await site.store.tickets.list(
        TicketFilter(
            ticket_class=TicketClass.URGENT, status=TicketStatus.RECEIVED, limit=MOST_WAITING
        )
    )
    for ticket in fresh.items:
        if ticket.acknowledged_at is None and ticket.id not in found:
            found[ticket.id] = Waiting(ticket, ticket.opened_at, None)
    return tuple(sorted(found.values(), key=lambda waiting: waiting.since))
