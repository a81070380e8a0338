"""Changes of a ticket as programs send and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from call_logs.owners import OwedState, TryOutcome
from call_logs.tickets import (
    BROUGHT,
    BY_PEOPLE,
    NewsBy,
    NewsTopic,
    TicketEdit,
    TicketStatus,
    WaitsFor,
    read_edit,
)
from dashboard.web.api_models import In, Out, editable_ticket_fields, example
from dashboard.web.inputs import Moment, RowId


class Edited(In):
    """A body with some of the fields that people may correct."""

    def edit(self) -> TicketEdit:
        """Those that were given. Null empties a number."""
        given = self.model_dump(include=set(BY_PEOPLE), exclude_unset=True)
        return read_edit(
            {
                name: value
                for name, value in given.items()
                if value is not None or BY_PEOPLE[name].type.nullable
            }
        )


@editable_ticket_fields(BY_PEOPLE)
class TicketIn(Edited):
    """A ticket to open. What is left out is as for one that an employee opens at the window."""

    model_config = example(text="走廊的灯坏了", building="3", floor="12", source="message")

    seen_to: bool = Field(
        False, description="With class urgent: somebody is on it already, so nobody is rung."
    )


@editable_ticket_fields(BY_PEOPLE)
class TicketChangeIn(Edited):
    """The fields to change; those that are left out stay as they are. Null empties a number."""

    model_config = example(version=3, room="1502", note="corrected by the owner")

    version: RowId
    note: str = Field("", max_length=4000)
    seen_to: bool = Field(
        False, description="With class urgent: somebody is on it already, so nobody is rung."
    )


@editable_ticket_fields(BROUGHT)
class MoveIn(Edited):
    """The next status, and the fields that the step needs and that are not written yet."""

    model_config = example(status="registered", version=3)

    status: TicketStatus
    version: RowId
    note: str = Field("", max_length=4000)


class DueIn(In):
    """A deadline's new time, and why."""

    model_config = example(due_at="2026-11-30T10:00:00Z", version=4, note="the part comes then")

    due_at: Moment
    version: RowId
    note: str = Field(min_length=1, max_length=4000)


class CallBackIn(In):
    """When the owner is called back, as was agreed."""

    model_config = example(at="2026-11-30T10:00:00Z", note="about the bill")

    at: Moment
    note: str = Field("", max_length=4000)


class PauseIn(In):
    """What the ticket waits for, and why."""

    model_config = example(waits_for="part", version=4, note="a lamp is ordered")

    waits_for: WaitsFor
    version: RowId
    note: str = Field(min_length=1, max_length=4000)


class ResumeIn(In):
    version: RowId
    note: str = Field(min_length=1, max_length=4000)


class NoteIn(In):
    model_config = example(note="a lamp is ordered")

    note: str = Field(min_length=1, max_length=4000)


class HistoryOut(Out):
    id: int
    at: datetime
    actor: str
    action: str
    changes: dict[str, tuple[Any, Any]]
    note: str


class OwedTryOut(Out):
    """One ring, or one message. Without an outcome it goes on."""

    at: datetime
    outcome: TryOutcome | None


class SurveyOut(Out):
    """The survey after one telling of a result."""

    feedback_at: datetime
    state: OwedState
    next_at: datetime | None
    score: int | None
    answered_by: str
    answered_at: datetime | None
    tries: tuple[OwedTryOut, ...]


class NewsOut(Out):
    """One thing that the owner is told unasked, or a call back that was agreed on."""

    topic: NewsTopic
    words: str
    way: NewsBy
    state: OwedState
    next_at: datetime | None
    made_at: datetime
    made_by: str
    agreed_at: datetime | None
    told_at: datetime | None
    told_by: str
    tries: tuple[OwedTryOut, ...]
