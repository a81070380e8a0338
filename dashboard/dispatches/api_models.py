"""Searches for a person as programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    AttemptStep,
    DispatchEvent,
    DispatchReason,
    DispatchStatus,
    DispatchStep,
    Fact,
    Taken,
    Unknown,
)
from dashboard.web.api_models import In, Out, TicketOut


class AttemptOut(Out):
    """One ring. The number that was rung is not in it."""

    id: str
    person: str
    level: int
    round: int
    status: AttemptStatus
    started_at: datetime
    rung_at: datetime | None
    answered_at: datetime | None
    accepted_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None


class StepOut(Out):
    """One step of the timeline; what `data` is depends on `kind` (docs/oncall.md). A kind of
    another version of the program has what stands in the store."""

    id: int
    attempt_id: str | None
    kind: str
    at: datetime
    actor: str
    data: AttemptStep | DispatchStep | Taken | Fact | dict[str, Any]

    @classmethod
    def of(cls, event: DispatchEvent) -> Self:
        what = event.what
        return cls(
            id=event.id,
            attempt_id=event.attempt_id,
            kind=event.kind,
            at=event.at,
            actor=event.actor,
            data=dict(what.data) if isinstance(what, Unknown) else what,
        )


class DispatchOut(Out):
    """A search for a person. `person` has accepted, `acknowledged_by` has said they have it. A
    drill has no `ticket_id`."""

    id: str
    ticket_id: int | None
    call_id: str | None
    category: str
    drill: bool
    status: DispatchStatus
    reason: DispatchReason
    person: str
    opened_at: datetime
    accepted_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    acknowledged_via: AcknowledgedVia | None
    closed_at: datetime | None


class SearchOut(DispatchOut):
    """With everything that was done."""

    attempts: list[AttemptOut]
    timeline: list[StepOut]


class AcknowledgementOut(BaseModel):
    """`first` is false when somebody had said before that they have it."""

    first: bool
    dispatch: DispatchOut


class WaitingOut(Out):
    """An urgent ticket that nobody has; `status` is null when nobody is searched."""

    ticket: TicketOut
    since: datetime
    status: DispatchStatus | None


class DrillIn(In):
    policy: str = Field(max_length=64)


class DrillRowOut(Out):
    person: str
    name: str
    level: int
    outcome: AttemptStatus
    answered_s: float | None
    confirmed_s: float | None


class DrillOut(Out):
    dispatch: DispatchOut
    rows: list[DrillRowOut]


class DrillStepsOut(DrillOut):
    """With everything that was done."""

    timeline: list[StepOut]
