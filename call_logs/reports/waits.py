"""Where tickets wait: how long each step takes, of all and of whoever has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.reports.punctuality import Deadline, Outcome, outcome_sql
from call_logs.reports.spans import Span, spans
from call_logs.staff.staff import Staff, StaffKind, ref_of
from call_logs.storage.database import now_of
from call_logs.tables.tickets import TicketRow

__all__ = ["Waits", "WorkStep", "read_waits"]


class WorkStep(StrEnum):
    """What a ticket waits for, from one moment to the next."""

    TAKEN = "taken"  # that somebody takes it
    ON_SITE = "on_site"  # that somebody comes
    RESOLVED = "resolved"  # that it is solved
    TOLD = "told"  # that the owner is told
    CLOSED = "closed"


_T = TicketRow
_STEPS: Mapping[WorkStep, tuple[SQLColumnExpression[Any], SQLColumnExpression[Any]]] = {
    WorkStep.TAKEN: (_T.opened_at, _T.acknowledged_at),
    WorkStep.ON_SITE: (_T.acknowledged_at, _T.on_site_at),
    WorkStep.RESOLVED: (func.coalesce(_T.on_site_at, _T.acknowledged_at), _T.resolved_at),
    WorkStep.TOLD: (_T.resolved_at, _T.feedback_at),
    WorkStep.CLOSED: (func.coalesce(_T.feedback_at, _T.resolved_at), _T.closed_at),
}


@dataclass(frozen=True)
class Waits:
    """Of the tickets of one assignee (a reference of the directory), one department with its
    people, or all (""). `missed`: tickets of which a deadline was missed."""

    ref: str
    tickets: int = 0
    missed: int = 0
    scores: int = 0  # how many have a satisfaction score
    satisfaction: float | None = None  # on average
    steps: Mapping[WorkStep, Span] = field(default_factory=dict)


async def read_waits(
    session: AsyncSession, where: Sequence[ColumnElement[bool]], staff: Staff
) -> tuple[Waits, tuple[Waits, ...], tuple[Waits, ...]]:
    """All together; by department; by person. Those with most tickets first."""
    departments: SQLColumnExpression[str] = _T.assignee
    if members := _members(staff):
        departments = case(members, value=_T.assignee, else_=_T.assignee)
    (whole,) = await _by(session, where, None) or [Waits("")]
    given = [*where, _T.assignee != ""]
    by_department = await _by(session, given, departments)
    is_department = StaffKind.DEPARTMENT.value + ":"
    return (
        whole,
        tuple(each for each in by_department if each.ref.startswith(is_department)),
        tuple(
            each
            for each in await _by(session, given, _T.assignee)
            if not each.ref.startswith(is_department)
        ),
    )


def _members(staff: Staff) -> dict[str, str]:
    """The department in which each person counts: the first of the roster that has them."""
    found: dict[str, str] = {}
    for each in staff.roster.departments:
        for person in each.people:
            found.setdefault(
                ref_of(StaffKind.PERSON, person), ref_of(StaffKind.DEPARTMENT, each.id)
            )
    return found


async def _by(
    session: AsyncSession,
    where: Sequence[ColumnElement[bool]],
    by: SQLColumnExpression[str] | None,
) -> list[Waits]:
    now = now_of(session)
    late = [outcome_sql(each, now) == Outcome.MISSED.value for each in Deadline]
    told = (
        select(
            (literal("") if by is None else by).label("ref"),
            case(*((each, 1) for each in late), else_=0).label("late"),
            _T.satisfaction.label("score"),
        )
        .where(*where)
        .subquery()
    )
    rows = await session.execute(
        select(
            told.c.ref,
            func.count(),
            func.sum(told.c.late),
            func.count(told.c.score),
            func.sum(told.c.score),
        ).group_by(told.c.ref)
    )
    steps = {
        step: await spans(session, start, end, where, by=by)
        for step, (start, end) in _STEPS.items()
    }
    found = [
        Waits(
            ref=ref,
            tickets=count,
            missed=missed,
            scores=scores,
            satisfaction=total / scores if scores else None,
            steps={step: each.get(ref, Span()) for step, each in steps.items()},
        )
        for ref, count, missed, scores, total in rows
    ]
    return sorted(found, key=lambda each: (-each.tickets, each.ref))
