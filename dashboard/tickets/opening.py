"""Opening a ticket by hand: the same for the page and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from call_logs import Store
from call_logs.storage import key_of
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketStatus
from call_logs.users import Actor
from dashboard.web.texts import N_

NOTHING_TOLD = N_("Write what happened, or choose a category.")


async def open_ticket(
    store: Store, actor: Actor, values: Mapping[str, Any], *, seen_to: bool, key: str
) -> Ticket:
    """Open it, registered by whoever wrote it down. An urgent one stays received, so that
    people are rung for it, unless somebody is on it already.

    Raises:
        Deferred: the database is away; the ticket is safe and follows.
    """
    new = NewTicket(**values, actor=actor, key=key_of(key, [values, seen_to]))
    ticket = await store.tickets.open(new)
    waits = ticket.status is TicketStatus.RECEIVED
    if waits and (seen_to or ticket.ticket_class is not TicketClass.URGENT):
        ticket = await store.tickets.move(ticket.id, TicketStatus.REGISTERED, actor)
    return ticket
