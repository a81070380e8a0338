"""Tickets and calls as other programs read them: JSON objects with stable names.

`docs/commands.md` lists the names. One is never renamed or given another meaning;
new ones may join. Times are ISO 8601 in UTC, absent values null.
"""

from __future__ import annotations

from typing import Any

from call_logs.calls import CallEvent, CallRecord
from call_logs.recordings import Recording, Transcript
from call_logs.storage import json_fields
from call_logs.tickets import Ticket, TicketChange

__all__ = ["call_row", "change_row", "event_row", "recording_row", "ticket_row", "transcript_row"]

Row = dict[str, Any]


def ticket_row(ticket: Ticket) -> Row:
    """One ticket. `class` is urgent, important or general."""
    row = json_fields(ticket)
    row["class"] = row.pop("ticket_class")
    return row


def call_row(call: CallRecord) -> Row:
    """One call; `duration_s` is null while it lasts."""
    return json_fields(call) | {"duration_s": call.duration_s}


def event_row(event: CallEvent) -> Row:
    """One event of a call."""
    return json_fields(event)


def change_row(change: TicketChange) -> Row:
    """One line of a ticket's history."""
    return json_fields(change)


def recording_row(recording: Recording) -> Row:
    """One recording, without its sound."""
    return json_fields(recording)


def transcript_row(transcript: Transcript) -> Row:
    """One transcript with its words."""
    return json_fields(transcript)
