"""Changes of a ticket as programs send and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from call_logs.tickets import MOST_PEOPLE, TicketClass, TicketKind, TicketStatus
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId


class TicketChangeIn(In):
    """The fields to change; those that are left out stay as they are."""

    version: RowId
    note: str = Field("", max_length=4000)
    seen_to: bool = Field(
        False, description="With class urgent: somebody is on it already, so nobody is rung."
    )
    kind: TicketKind | None = None
    ticket_class: TicketClass | None = None
    category: str | None = Field(None, max_length=64)
    text: str | None = Field(None, max_length=4000)
    name: str | None = Field(None, max_length=100)
    callback: str | None = Field(None, max_length=40)
    building: str | None = Field(None, max_length=40)
    unit: str | None = Field(None, max_length=40)
    floor: str | None = Field(None, max_length=40)
    room: str | None = Field(None, max_length=40)
    people: int | None = Field(None, ge=1, le=MOST_PEOPLE)  # in danger
    area: str | None = Field(None, max_length=100)
    assignee: str | None = Field(None, max_length=100)
    major: bool | None = None
    group: bool | None = None


class MoveIn(In):
    status: TicketStatus
    version: RowId
    note: str = Field("", max_length=4000)


class NoteIn(In):
    note: str = Field(min_length=1, max_length=4000)


class HistoryOut(Out):
    id: int
    at: datetime
    actor: str
    action: str
    changes: dict[str, tuple[Any, Any]]
    note: str
