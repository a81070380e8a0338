"""Conditions that the database tells by itself, for the many tickets and calls that nothing else
belongs to."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, not_, or_
from sqlalchemy.orm import aliased

from call_logs.recordings.recording import RecordingStatus
from call_logs.recordings.transcript import TranscriptStatus
from call_logs.tables.calls import CallRow
from call_logs.tables.dispatches import DispatchRow
from call_logs.tables.links import TicketLinkRow
from call_logs.tables.privacy import HoldRow
from call_logs.tables.recordings import RecordingRow, TranscriptRow
from call_logs.tables.risks import RiskRow
from call_logs.tables.tickets import TicketRow

__all__ = ["alone", "is_emptied", "of_live_ticket", "with_sound", "with_words"]


def alone() -> ColumnElement[bool]:
    """Whether a ticket is all of its case, and nothing holds it (`cases_of`)."""
    ticket, merged = TicketRow.id, aliased(TicketRow)
    return and_(
        TicketRow.merged_into.is_(None),
        TicketRow.group_id.is_(None),
        ~exists().where(merged.merged_into == ticket),
        ~exists().where(TicketLinkRow.ticket_id == ticket),
        ~exists().where(TicketLinkRow.other_id == ticket),
        ~exists().where(HoldRow.ticket_id == ticket),
        ~exists().where(RiskRow.ticket_id == ticket, RiskRow.lifted_at.is_(None)),
        ~exists().where(DispatchRow.open_key == ticket),
    )


def is_emptied() -> ColumnElement[bool]:
    """Whether a ticket was purged, and not worked on since."""
    worked_on = and_(TicketRow.closed_at.is_not(None), TicketRow.closed_at > TicketRow.purged_at)
    return and_(TicketRow.purged_at.is_not(None), not_(worked_on))


def of_live_ticket() -> ColumnElement[bool]:
    """Whether a call opened a ticket, or is about one, that is not emptied."""
    opened = exists().where(TicketRow.call_id == CallRow.id, ~is_emptied())
    about = exists().where(TicketRow.id == CallRow.ticket_id, ~is_emptied())
    return or_(opened, about)


def with_sound() -> ColumnElement[bool]:
    """Whether there is sound of a call."""
    return exists().where(
        RecordingRow.call_id == CallRow.id, RecordingRow.status != RecordingStatus.PURGED
    )


def with_words() -> ColumnElement[bool]:
    """Whether there are words of a call."""
    return exists().where(
        TranscriptRow.call_id == CallRow.id, TranscriptRow.status != TranscriptStatus.PURGED
    )
