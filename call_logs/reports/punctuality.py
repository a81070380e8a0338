"""Whether a ticket's deadlines were kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal

from call_logs.storage.columns import UtcDateTime
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.ticket import Ticket


class Deadline(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ON_SITE = "on_site"
    FEEDBACK = "feedback"


class Outcome(StrEnum):
    KEPT = "kept"
    MISSED = "missed"  # met too late, or not met and its time is over
    PENDING = "pending"


# The moments that meet a deadline, the first one that there is: what is resolved needs nobody on
# site any more, and a ticket that was closed (a duplicate) needs nothing.
_MET_BY: Mapping[Deadline, tuple[str, ...]] = {
    Deadline.ACKNOWLEDGE: ("acknowledged_at", "resolved_at", "closed_at"),
    Deadline.ON_SITE: ("on_site_at", "resolved_at", "closed_at"),
    Deadline.FEEDBACK: ("feedback_at", "closed_at"),
}


def due_at(ticket: Ticket | TicketRow, deadline: Deadline) -> datetime:
    due: datetime = getattr(ticket, f"{deadline}_due_at")
    return due


def met_at(ticket: Ticket | TicketRow, deadline: Deadline) -> datetime | None:
    moments = (getattr(ticket, name) for name in _MET_BY[deadline])
    return next((moment for moment in moments if moment is not None), None)


def outcome(ticket: Ticket | TicketRow, deadline: Deadline, now: datetime) -> Outcome:
    if ticket.merged_into is not None:
        return Outcome.PENDING  # with the ticket that it went into
    met = met_at(ticket, deadline)
    if (met or now) > due_at(ticket, deadline):
        return Outcome.MISSED
    return Outcome.PENDING if met is None else Outcome.KEPT


def outcome_sql(deadline: Deadline, now: datetime) -> ColumnElement[str]:
    """The same for a row, told by the database."""
    met = func.coalesce(*(getattr(TicketRow, name) for name in _MET_BY[deadline]))
    due = getattr(TicketRow, f"{deadline}_due_at")
    return case(
        (TicketRow.merged_into.is_not(None), Outcome.PENDING.value),
        (func.coalesce(met, literal(now, UtcDateTime())) > due, Outcome.MISSED.value),
        (met.is_(None), Outcome.PENDING.value),
        else_=Outcome.KEPT.value,
    )
