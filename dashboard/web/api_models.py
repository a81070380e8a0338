"""What all parts of the API take and give. Names of fields are a contract: add, never rename."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from call_logs.storage import Page
from call_logs.tickets import FIELDS, Gap, PriorityReason, TicketField, TicketStatus, WaitsFor

T = TypeVar("T")
Value = TypeVar("Value")
M = TypeVar("M", bound=BaseModel)


class Out(BaseModel):
    """Read from a value of the store."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """A body: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def example(**fields: Any) -> ConfigDict:
    """The configuration of a body whose description shows these fields."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class FieldError(BaseModel):
    """A value that is not taken. `rule`: a short word for programs; `message`: that in words."""

    field: str
    rule: str
    message: str


class ProblemOut(BaseModel):
    where: str
    message: str


class ErrorDetail(BaseModel):
    """`fields`: what is wrong or missing, with every 422; `problems`: the mistakes of a file."""

    code: str
    message: str
    detail: str = ""
    fields: list[FieldError] = []
    problems: list[ProblemOut] = []
    reason: str = Field("", description="Why a file is not taken.")


class ErrorOut(BaseModel):
    error: ErrorDetail


class PageOut(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: int | None
    total: int
    total_is_exact: bool

    @classmethod
    def of(cls, page: Page[Value], item: Callable[[Value], T]) -> Self:
        """`item`: how the API shows one of them."""
        return cls(
            items=[item(each) for each in page.items],
            next_cursor=page.next_cursor,
            total=page.total,
            total_is_exact=page.total_is_exact,
        )


def ticket_fields(model: type[M]) -> type[M]:
    """Decorator: the model with every field of a ticket."""
    return _grown(model, {name: (_read_type(field), ...) for name, field in FIELDS.items()})


def editable_ticket_fields(names: Iterable[str]) -> Callable[[type[M]], type[M]]:
    """Decorator: the model with these fields, each of which may be left out."""
    fields = {name: (FIELDS[name].type.annotation() | None, None) for name in sorted(names)}
    return lambda model: _grown(model, fields)


def _read_type(field: TicketField) -> Any:
    return field.type.annotation() | None if field.type.nullable else field.type.annotation()


def _grown(model: type[M], fields: dict[str, Any]) -> type[M]:
    grown: type[M] = create_model(
        model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **fields
    )
    return grown


@ticket_fields
class TicketOut(Out):
    id: int
    number: str
    call_id: str | None
    status: TicketStatus
    caller: str
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
    paused_at: datetime | None
    waits_for: WaitsFor | None
    merged_into: int | None
    group_id: int | None
    precedence: int
    priority_reasons: list[PriorityReason]
    planned_cost: int
    sensitive_at: datetime | None
    circle: list[str]
    about: str
    kept_back: list[str]  # fields that you may not see: they are empty
    assessed_at: datetime | None
    assessed_by: str
    gaps: list[Gap]
    version: int
