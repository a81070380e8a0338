"""Who has a case: an acceptance on the telephone, an acknowledgement, and what is taken back.

Acceptance has exactly one winner: it is one conditional UPDATE, so it holds between tasks,
processes and nodes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.dispatches.dispatch import (
    DISPATCH_TRANSITIONS,
    Acceptance,
    AcknowledgedVia,
    Acknowledgement,
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
    TakenBack,
    check_attempt,
)
from call_logs.dispatches.events import Acknowledged, Taken, TookBack
from call_logs.dispatches.rows import dispatch_of, locked, locked_attempt, set_attempt, step
from call_logs.staff.staff import StaffKind, ref_of
from call_logs.storage.errors import NotFound
from call_logs.tables.dispatches import AttemptRow, DispatchRow
from call_logs.tables.users import UserRow
from call_logs.tickets.rows import give_to, stamp, take_from, unstamp

__all__ = ["accept", "acknowledge", "give_up", "stamp_ticket", "take_back"]

_CAN_BE_ACCEPTED = [
    status.value
    for status, targets in DISPATCH_TRANSITIONS.items()
    if DispatchStatus.ACCEPTED in targets
]


async def accept(session: AsyncSession, attempt_id: str, at: datetime) -> tuple[Acceptance, bool]:
    """The person of an answered attempt pressed 1; and whether it has won just now.

    Raises:
        IllegalMove: the attempt was not answered.
    """
    attempt = await session.get(AttemptRow, attempt_id)
    if attempt is None:
        raise NotFound("there is no such attempt")
    won = await _take(session, attempt, at)
    dispatch, attempt = await locked_attempt(session, attempt_id)
    if won:
        check_attempt(AttemptStatus(attempt.status), AttemptStatus.ACCEPTED)
        if dispatch.acknowledged_at is None:
            dispatch.acknowledged_at = at
            dispatch.acknowledged_by = attempt.person
            dispatch.acknowledged_via = AcknowledgedVia.PHONE.value
        set_attempt(session, dispatch, attempt, AttemptStatus.ACCEPTED, at)
        step(session, dispatch, Taken(attempt.person), at, attempt_id=attempt_id)
        await stamp_ticket(session, dispatch, "acknowledged_at", at, attempt.person)
        await _has_it(session, dispatch, _person(attempt.person), attempt.person, at)
    elif dispatch.attempt_id != attempt_id and attempt.status == AttemptStatus.ANSWERED:
        set_attempt(session, dispatch, attempt, AttemptStatus.TOO_LATE, at)
    return Acceptance(dispatch.attempt_id == attempt_id, dispatch_of(dispatch)), won


async def _take(session: AsyncSession, attempt: AttemptRow, at: datetime) -> bool:
    """The compare-and-set: a second one waits for the first's commit and finds nothing."""
    taken = await session.execute(
        update(DispatchRow)
        .where(
            DispatchRow.id == attempt.dispatch_id,
            DispatchRow.status.in_(_CAN_BE_ACCEPTED),
        )
        .values(
            status=DispatchStatus.ACCEPTED.value,
            reason=DispatchReason.NONE.value,
            attempt_id=attempt.id,
            person=attempt.person,
            accepted_at=at,
        )
        .returning(DispatchRow.id)
        .execution_options(synchronize_session=False)
    )
    return taken.scalar_one_or_none() is not None


async def give_up(session: AsyncSession, row: DispatchRow) -> None:
    """Whoever had accepted does not have it any more, whatever they said of it: the search
    goes on."""
    if row.ticket_id is not None:
        await take_from(session, row.ticket_id, _person(row.person), row.person)
    if row.acknowledged_by == row.person:
        row.acknowledged_at, row.acknowledged_by, row.acknowledged_via = None, "", ""
    row.attempt_id, row.person, row.accepted_at = None, "", None


async def acknowledge(
    session: AsyncSession, dispatch_id: str, by: str, via: AcknowledgedVia, at: datetime
) -> Acknowledgement:
    """`by` (a person's id or a user's name) says that they have it. The first one counts."""
    row = await locked(session, dispatch_id)
    first = row.acknowledged_at is None
    if first:
        row.acknowledged_at, row.acknowledged_by = at, by
        row.acknowledged_via = via.value
        step(session, row, Acknowledged(via), at, actor=by)
        await stamp_ticket(session, row, "acknowledged_at", at, by)
        await _has_it(session, row, await _ref(session, by, via), by, at)
    return Acknowledgement(first, dispatch_of(row))


async def take_back(session: AsyncSession, dispatch_id: str, by: str, at: datetime) -> TakenBack:
    """`by` has pressed by mistake."""
    row = await locked(session, dispatch_id)
    before = dispatch_of(row)
    if before.acknowledged_at is None:
        return TakenBack.DONE
    if before.acknowledged_by != by or before.person:
        return TakenBack.NOT_HIS
    if before.is_taken(at):
        return TakenBack.TOO_LATE
    row.acknowledged_at, row.acknowledged_by, row.acknowledged_via = None, "", ""
    step(session, row, TookBack(), at, actor=by)
    if row.ticket_id is not None:
        await unstamp(session, row.ticket_id, "acknowledged_at", before.acknowledged_at, by)
        via = before.acknowledged_via or AcknowledgedVia.DASHBOARD
        await take_from(session, row.ticket_id, await _ref(session, by, via), by)
    return TakenBack.DONE


def _person(id_: str) -> str:
    return ref_of(StaffKind.PERSON, id_)


async def _ref(session: AsyncSession, by: str, via: AcknowledgedVia) -> str:
    """Whom the directory knows `by` as: who presses on a page is a user, and perhaps a person
    of the roster."""
    if via is not AcknowledgedVia.DASHBOARD:
        return _person(by)
    person = await session.scalar(select(UserRow.person).where(UserRow.name == by))
    return _person(person) if person else ref_of(StaffKind.USER, by)


async def _has_it(
    session: AsyncSession, dispatch: DispatchRow, ref: str, actor: str, at: datetime
) -> None:
    """Who takes an emergency has its ticket from then on; a drill has none."""
    if dispatch.ticket_id is not None:
        await give_to(session, dispatch.ticket_id, ref, actor, at)


async def stamp_ticket(
    session: AsyncSession, dispatch: DispatchRow, field: str, at: datetime, actor: str
) -> None:
    """What has happened with the ticket of a search; a drill has none."""
    if dispatch.ticket_id is not None:
        await stamp(session, dispatch.ticket_id, field, at, actor)
