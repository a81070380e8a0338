"""The states of a ticket, and its moves."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from call_logs.storage.errors import IllegalMove
from call_logs.tables.ticket_kinds import TicketClass


class TicketStatus(StrEnum):
    """The life of a ticket, in the order of its usual way."""

    RECEIVED = "received"
    REGISTERED = "registered"
    INVESTIGATING = "investigating"
    PLANNED = "planned"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    FEEDBACK_GIVEN = "feedback_given"
    SURVEYED = "surveyed"
    CLOSED = "closed"
    REOPENED = "reopened"


def _table(
    rows: Mapping[TicketStatus, tuple[TicketStatus, ...]],
) -> Mapping[TicketStatus, frozenset[TicketStatus]]:
    return MappingProxyType({status: frozenset(rows[status]) for status in TicketStatus})


_S = TicketStatus


_AFTER_RESULT: dict[TicketStatus, tuple[TicketStatus, ...]] = {
    _S.FEEDBACK_GIVEN: (_S.SURVEYED, _S.CLOSED, _S.REOPENED),
    _S.SURVEYED: (_S.CLOSED, _S.REOPENED),
    _S.CLOSED: (_S.REOPENED,),
}


# One table a class. Important: every step. General: planning and approval may be skipped, and
# a question is resolved where it is registered. Urgent: help first, the plan and its approval
# follow the rescue as a report. No class closes before the owner was told the result.
TRANSITIONS: Mapping[TicketClass, Mapping[TicketStatus, frozenset[TicketStatus]]] = (
    MappingProxyType(
        {
            TicketClass.IMPORTANT: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED,),
                    _S.REGISTERED: (_S.INVESTIGATING,),
                    _S.INVESTIGATING: (_S.PLANNED,),
                    _S.PLANNED: (_S.APPROVED, _S.INVESTIGATING),
                    _S.APPROVED: (_S.IN_PROGRESS,),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
            TicketClass.GENERAL: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED,),
                    _S.REGISTERED: (_S.INVESTIGATING, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.INVESTIGATING: (_S.PLANNED, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.PLANNED: (_S.APPROVED, _S.INVESTIGATING, _S.IN_PROGRESS),
                    _S.APPROVED: (_S.IN_PROGRESS,),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
            TicketClass.URGENT: _table(
                {
                    _S.RECEIVED: (_S.REGISTERED, _S.IN_PROGRESS),
                    _S.REGISTERED: (_S.INVESTIGATING, _S.IN_PROGRESS, _S.RESOLVED),
                    _S.INVESTIGATING: (_S.IN_PROGRESS, _S.RESOLVED),
                    _S.IN_PROGRESS: (_S.RESOLVED,),
                    _S.RESOLVED: (_S.PLANNED, _S.FEEDBACK_GIVEN, _S.REOPENED),
                    _S.PLANNED: (_S.APPROVED,),
                    _S.APPROVED: (_S.FEEDBACK_GIVEN, _S.IN_PROGRESS),
                    _S.REOPENED: (_S.INVESTIGATING, _S.IN_PROGRESS),
                    **_AFTER_RESULT,
                }
            ),
        }
    )
)


def allowed_moves(ticket_class: TicketClass, status: TicketStatus) -> tuple[TicketStatus, ...]:
    """Where a ticket may go from `status`, in the order of the usual way."""
    allowed = TRANSITIONS[ticket_class][status]
    return tuple(target for target in TicketStatus if target in allowed)


def check_move(ticket_class: TicketClass, status: TicketStatus, target: TicketStatus) -> None:
    """Raises:
    IllegalMove: the table of the class has no such move; the message names those it has.
    """
    if target not in TRANSITIONS[ticket_class][status]:
        choices = ", ".join(allowed_moves(ticket_class, status)) or "none"
        raise IllegalMove(
            f"a ticket of class {ticket_class} cannot go from {status} to {target}; "
            f"from here it can go to: {choices}"
        )
