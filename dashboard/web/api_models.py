"""What all parts of the API take and give. Names of fields are a contract: add, never rename."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from call_logs.tickets import TicketClass, TicketKind, TicketStatus

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
