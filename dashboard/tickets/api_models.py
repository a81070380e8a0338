"""Changes of a ticket as programs send and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from call_logs.tickets import BY_PEOPLE, TicketEdit, TicketStatus, read_edit
from dashboard.web.api_models import In, Out, editable_ticket_fields
from dashboard.web.inputs import RowId


@editable_ticket_fields
class TicketChangeIn(In):
    """The fields to change; those that are left out stay as they are. Null empties a number."""

    version: RowId
    note: str = Field("", max_length=4000)
    seen_to: bool = Field(
        False, description="With class urgent: somebody is on it already, so nobody is rung."
    )

    def edit(self) -> TicketEdit:
        given = self.model_dump(include=set(BY_PEOPLE), exclude_unset=True)
        return read_edit(
            {
                name: value
                for name, value in given.items()
                if value is not None or BY_PEOPLE[name].type.nullable
            }
        )


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
