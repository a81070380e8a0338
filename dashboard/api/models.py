"""What the API takes and gives. Field names are part of the contract: add, never rename."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from call_logs import (
    MOST_PEOPLE,
    CallEventKind,
    RecordingStatus,
    Role,
    TicketClass,
    TicketKind,
    TicketStatus,
    TranscriptStatus,
)
from dashboard.inputs import RowId

T = TypeVar("T")


class Out(BaseModel):
    """Read from a value of the store."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """A body: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ErrorDetail(BaseModel):
    code: str
    message: str
    detail: str = ""


class ErrorOut(BaseModel):
    error: ErrorDetail


class PageOut(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: int | None
    total: int
    total_is_exact: bool


class SessionIn(In):
    name: str = Field(max_length=100)
    password: str = Field(max_length=1000)


class UserOut(Out):
    id: int
    name: str
    full_name: str
    role: Role
    language: str
    must_change_password: bool


class SessionOut(BaseModel):
    token: str
    expires_at: datetime
    user: UserOut


class TicketOut(Out):
    id: int
    number: str
    call_id: str | None
    kind: TicketKind
    ticket_class: TicketClass
    category: str
    status: TicketStatus
    text: str
    name: str
    callback: str
    caller: str
    building: str
    unit: str
    floor: str
    room: str
    area: str
    language: str
    phrases: list[str]
    assignee: str
    major: bool
    group: bool
    satisfaction: int | None
    people: int | None
    opened_at: datetime
    updated_at: datetime
    acknowledged_at: datetime | None
    on_site_at: datetime | None
    resolved_at: datetime | None
    feedback_at: datetime | None
    closed_at: datetime | None
    acknowledge_due_at: datetime
    on_site_due_at: datetime
    feedback_due_at: datetime
    next_due_at: datetime | None
    version: int


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


class CallOut(Out):
    id: str
    caller: str
    callee: str
    trunk: str
    direction: str
    language: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    duration_s: float | None
    ticket_id: int | None
    missed: bool
    waits: bool  # a missed call that nobody has seen to
    handled_by: str
    handled_at: datetime | None


class CallEventOut(Out):
    id: int
    kind: CallEventKind
    at: datetime
    data: dict[str, Any]


class LiveCallOut(Out):
    call_id: str
    direction: str
    caller: str
    trunk: str
    language: str
    since: datetime
    menu: str
    heard: str


class RecordingOut(Out):
    id: str
    call_id: str
    rate_hz: int
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    status: RecordingStatus
    problem: str


class WordOut(Out):
    text: str
    start_s: float
    end_s: float
    confidence: float


class TranscriptOut(Out):
    recording_id: str
    call_id: str
    status: TranscriptStatus
    reason: str
    text: str
    heard_text: str
    words: list[WordOut]
    language: str
    model: str
    duration_s: float
    corrected_by: str
    corrected_at: datetime | None
    version: int


class CorrectionIn(In):
    text: str = Field(max_length=100_000)
    version: RowId


class PeaksOut(BaseModel):
    duration_s: float
    caller: list[float]
    hotline: list[float]
