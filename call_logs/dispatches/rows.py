"""Rows of a dispatch and its attempts: to values, and one step further on the timeline."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.dispatches.dispatch import (
    ATTEMPT_TRANSITIONS,
    AcknowledgedVia,
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    Order,
)
from call_logs.dispatches.events import (
    Acknowledged,
    Arrived,
    AttemptStep,
    DispatchEvent,
    DispatchStep,
    OnTheWay,
    Step,
    Taken,
    TookBack,
    data_of,
    kind_of,
    read_step,
)
from call_logs.roster.contacts import Contact
from call_logs.roster.documents import document_of
from call_logs.roster.people import Person
from call_logs.roster.policies import Policy
from call_logs.storage.announcing import Announced, announce
from call_logs.storage.database import changed
from call_logs.storage.errors import NotFound
from call_logs.tables.dispatches import AttemptRow, DispatchEventRow, DispatchRow
from call_logs.users.actor import HOTLINE

__all__ = [
    "SYSTEM",
    "attempt_of",
    "attempt_step",
    "dispatch_of",
    "event_of",
    "locked",
    "locked_attempt",
    "new_attempt",
    "new_dispatch",
    "set_attempt",
    "step",
]

SYSTEM = HOTLINE.name

_STAMPS = {
    AttemptStatus.RUNG: "rung_at",
    AttemptStatus.ANSWERED: "answered_at",
    AttemptStatus.ACCEPTED: "accepted_at",
    AttemptStatus.CONFIRMED: "accepted_at",
    AttemptStatus.BRIDGED: "bridged_at",
}


def new_dispatch(
    ticket_id: int | None,
    policy: Policy,
    *,
    call_id: str | None,
    node: str,
    order: Order,
    at: datetime,
) -> DispatchRow:
    """A search that begins; without a ticket it is a drill."""
    return DispatchRow(
        id=uuid4().hex,
        ticket_id=ticket_id,
        open_key=ticket_id,
        call_id=call_id,
        node=node,
        category=policy.category,
        policy=document_of(policy),
        drill=ticket_id is None,
        ordered_by=order.by,
        ordered_person=order.person,
        once=order.once,
        status=DispatchStatus.RINGING.value,
        reason=DispatchReason.NONE.value,
        attempt_id=None,
        person="",
        opened_at=at,
        accepted_at=None,
        acknowledged_at=None,
        acknowledged_by="",
        acknowledged_via="",
        closed_at=None,
    )


def new_attempt(
    dispatch_id: str,
    person: Person,
    contact: Contact,
    level: int,
    *,
    id: str | None,
    round: int,
    at: datetime,
) -> AttemptRow:
    """A ring that is about to be made."""
    return AttemptRow(
        id=id or uuid4().hex,
        dispatch_id=dispatch_id,
        person=person.id,
        contact=contact.text,
        level=level,
        round=round,
        status=AttemptStatus.PLACED.value,
        started_at=at,
        rung_at=None,
        answered_at=None,
        accepted_at=None,
        bridged_at=None,
        ended_at=None,
    )


# What other systems are told of: who holds it, not each ring.
_TOLD = (DispatchStep, Taken, Acknowledged, TookBack, OnTheWay, Arrived)


def set_attempt(
    session: AsyncSession,
    dispatch: DispatchRow,
    row: AttemptRow,
    status: AttemptStatus,
    at: datetime,
) -> None:
    """Move an attempt, stamp it, and write the step down."""
    row.status = status.value
    if status in _STAMPS:
        setattr(row, _STAMPS[status], at)
    if not ATTEMPT_TRANSITIONS[status]:
        row.ended_at = at
    attempt_step(session, dispatch, row, at)


def attempt_step(
    session: AsyncSession, dispatch: DispatchRow, row: AttemptRow, at: datetime
) -> None:
    """Write down the status that an attempt has now."""
    what = AttemptStep(AttemptStatus(row.status), row.person, row.level, row.round)
    step(session, dispatch, what, at, attempt_id=row.id)


def step(
    session: AsyncSession,
    dispatch: DispatchRow,
    what: Step,
    at: datetime,
    *,
    attempt_id: str | None = None,
    actor: str = SYSTEM,
) -> None:
    """Add to the timeline and tell the followers of dispatch and ticket."""
    session.add(
        DispatchEventRow(
            dispatch_id=dispatch.id,
            attempt_id=attempt_id,
            kind=kind_of(what),
            at=at,
            actor=actor,
            data=data_of(what),
        )
    )
    changed(session, "dispatch", dispatch.id)
    if dispatch.ticket_id is not None:
        changed(session, "ticket", dispatch.ticket_id)
    if isinstance(what, _TOLD):
        announce(
            session,
            Announced.DISPATCH,
            {
                "dispatch_id": dispatch.id,
                "status": dispatch.status,
                "reason": dispatch.reason,
                "step": kind_of(what),
                "drill": dispatch.drill,
                "acknowledged": dispatch.acknowledged_at is not None,
            },
            ticket_id=dispatch.ticket_id,
        )


def dispatch_of(row: DispatchRow) -> Dispatch:
    via = row.acknowledged_via
    return Dispatch(
        id=row.id,
        ticket_id=row.ticket_id,
        call_id=row.call_id,
        node=row.node,
        category=row.category,
        policy=row.policy,
        drill=row.drill,
        order=Order(row.ordered_by, row.ordered_person, row.once),
        status=DispatchStatus(row.status),
        reason=DispatchReason(row.reason),
        attempt_id=row.attempt_id,
        person=row.person,
        opened_at=row.opened_at,
        accepted_at=row.accepted_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_via=AcknowledgedVia(via) if via else None,
        closed_at=row.closed_at,
    )


def attempt_of(row: AttemptRow) -> Attempt:
    return Attempt(
        id=row.id,
        dispatch_id=row.dispatch_id,
        person=row.person,
        contact=row.contact,
        level=row.level,
        round=row.round,
        status=AttemptStatus(row.status),
        started_at=row.started_at,
        rung_at=row.rung_at,
        answered_at=row.answered_at,
        accepted_at=row.accepted_at,
        bridged_at=row.bridged_at,
        ended_at=row.ended_at,
    )


def event_of(row: DispatchEventRow) -> DispatchEvent:
    return DispatchEvent(
        row.id,
        row.dispatch_id,
        row.attempt_id,
        row.kind,
        row.at,
        row.actor,
        read_step(row.kind, row.data),
    )


async def locked(session: AsyncSession, dispatch_id: str) -> DispatchRow:
    """The row, held until the transaction ends.

    Raises:
        NotFound: there is no such dispatch.
    """
    row = await session.scalar(
        select(DispatchRow)
        .where(DispatchRow.id == dispatch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("there is no such dispatch")
    return row


async def locked_attempt(session: AsyncSession, attempt_id: str) -> tuple[DispatchRow, AttemptRow]:
    """Both rows, the dispatch locked first: everybody takes the two in the same order."""
    dispatch_id = await session.scalar(
        select(AttemptRow.dispatch_id).where(AttemptRow.id == attempt_id)
    )
    if dispatch_id is None:
        raise NotFound("there is no such attempt")
    dispatch = await locked(session, dispatch_id)
    attempt = await session.get_one(AttemptRow, attempt_id, populate_existing=True)
    return dispatch, attempt
