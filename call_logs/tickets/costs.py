"""What the tasks of a ticket cost, and from when on somebody has to approve that."""

from __future__ import annotations

from call_logs.storage.errors import NotAllowed
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import TicketStatus
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["check_cost", "way_of"]

# The approval is still to come, and sees the whole cost.
_BEFORE_APPROVAL = frozenset(
    {
        TicketStatus.RECEIVED,
        TicketStatus.REGISTERED,
        TicketStatus.INVESTIGATING,
        TicketStatus.PLANNED,
    }
)


def way_of(
    ticket_class: TicketClass, planned_cost: int | None, approve_above: int | None
) -> TicketClass:
    """By whose table a ticket moves: a general one that costs much goes the way of an important
    one, whose plan is approved before anything is done."""
    costly = approve_above is not None and (planned_cost or 0) > approve_above
    if ticket_class is TicketClass.GENERAL and costly:
        return TicketClass.IMPORTANT
    return ticket_class


def check_cost(ticket: TicketRow, cost: int, approve_above: int | None, actor: Actor) -> None:
    """Whether the tasks may come to `cost`. After the time for an approval only who may give one
    lets them cost more, in this name. An emergency is not held up: its plan is approved after
    the rescue.

    Raises:
        NotAllowed.
    """
    if approve_above is None or cost <= max(approve_above, ticket.planned_cost or 0):
        return
    if ticket.ticket_class == TicketClass.URGENT:
        return
    if TicketStatus(ticket.status) in _BEFORE_APPROVAL or actor.may(Permission.APPROVE):
        return
    raise NotAllowed(
        Permission.APPROVE,
        f"the tasks would cost {cost / 100:.2f}, more than {approve_above / 100:.2f}: that is "
        "approved by whoever may approve plans",
    )
