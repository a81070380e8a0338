"""Which tickets a program asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from call_logs.tickets import TicketClass, TicketFilter, TicketKind, TicketOrder, TicketStatus
from dashboard.web.inputs import Moment


def ticket_filter(
    *,
    ticket_class: TicketClass | None = None,
    status: TicketStatus | None = None,
    open: bool | None = None,
    kind: TicketKind | None = None,
    category: str | None = None,
    assignee: str | None = None,
    overdue: bool | None = None,
    assessed: bool | None = None,
    gaps: bool | None = None,
    text: str | None = None,
    caller: str | None = None,
    number: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    order: TicketOrder = TicketOrder.NEWEST,
) -> TicketFilter:
    """`since` and `until` (not included) are moments at which a ticket was opened."""
    return TicketFilter(
        ticket_class=ticket_class,
        status=status,
        open=open,
        kind=kind,
        category=category,
        assignee=assignee,
        overdue=overdue,
        assessed=assessed,
        gaps=gaps,
        text=text,
        caller=caller,
        number=number,
        since=since,
        until=until,
        order=order,
    )


AskedFilter = Annotated[TicketFilter, Depends(ticket_filter)]
