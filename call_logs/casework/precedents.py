"""How the same kind of case was treated before: beside a plan, so that like is treated alike.

Nothing here says who complained: a measure is weighed by the matter, never by the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select

from call_logs.storage.database import Database
from call_logs.storage.readable import readable
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["FEWEST", "Comparison", "Precedent", "Precedents", "Unusual"]

COMPARED = 50  # of the latest
SHOWN = 8
FEWEST = 3  # fewer say nothing of what is usual
FAR = 2.0  # times more or less than the middle of the others
_LITTLE = timedelta(days=1)  # a difference in time that is none
_SMALL = 10_000  # and one in money, in hundredths


class Unusual(StrEnum):
    """In what a plan is far from the others."""

    DEARER = "dearer"
    CHEAPER = "cheaper"
    LONGER = "longer"
    SHORTER = "shorter"


@dataclass(frozen=True)
class Precedent:
    """A case of the same kind that is done."""

    ticket_id: int
    number: str
    ticket_class: TicketClass
    cause_kind: str
    plan: str = field(repr=False)
    cost: int | None  # of its tasks, in hundredths; None: nobody has planned any
    took: timedelta  # from opening to the result
    satisfaction: int | None


@dataclass(frozen=True)
class Comparison:
    """`cases`: how many were compared; `shown`: the latest of them. `cost`, `took`: the middle
    of the others; None: too few say anything. `planned`: how long this plan takes."""

    cases: int
    same_cause: bool  # only those of the same kind of cause were compared
    shown: tuple[Precedent, ...]
    cost: int | None
    took: timedelta | None
    own_cost: int | None
    planned: timedelta | None
    unusual: tuple[Unusual, ...]


class Precedents:
    """Needs the right to see tickets; whoever may not see a case is not shown it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ticket: Ticket, actor: Actor) -> Comparison:
        """Those of its category; of its kind of cause alone when there are `FEWEST` of these.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.SEE_TICKETS)
        async with self._database.reading() as session:
            found = await readable(session, _alike(ticket), precedent_of)
            last_due = await session.scalar(
                select(func.max(CaseRecordRow.due_at)).where(
                    CaseRecordRow.ticket_id == ticket.id,
                    CaseRecordRow.kind == RecordKind.TASK.value,
                    CaseRecordRow.holder.is_not(None),
                )
            )
        return compare(ticket, found, last_due)


def compare(ticket: Ticket, found: Sequence[Precedent], last_due: datetime | None) -> Comparison:
    """`last_due`: when the last of the ticket's tasks is due."""
    alike = [each for each in found if each.cause_kind == ticket.cause_kind]
    same_cause = bool(ticket.cause_kind) and len(alike) >= FEWEST
    cases = alike if same_cause else list(found)
    cost = _middle(each.cost for each in cases if each.cost)
    took_s = _middle(round(each.took.total_seconds()) for each in cases)
    took = None if took_s is None else timedelta(seconds=took_s)
    planned = None if last_due is None else last_due - ticket.opened_at
    own_cost = ticket.planned_cost or None
    unusual: list[Unusual] = []
    if cost is not None and own_cost is not None and abs(own_cost - cost) > _SMALL:
        unusual += _far(own_cost / cost, Unusual.DEARER, Unusual.CHEAPER)
    if took and planned is not None and abs(planned - took) > _LITTLE:
        unusual += _far(planned / took, Unusual.LONGER, Unusual.SHORTER)
    return Comparison(
        cases=len(cases),
        same_cause=same_cause,
        shown=tuple(cases[:SHOWN]),
        cost=cost,
        took=took,
        own_cost=own_cost,
        planned=planned,
        unusual=tuple(unusual),
    )


def _far(times: float, more: Unusual, less: Unusual) -> list[Unusual]:
    if times > FAR:
        return [more]
    return [less] if times < 1 / FAR else []


def _middle(values: Iterable[int]) -> int | None:
    known = list(values)
    return round(median(known)) if len(known) >= FEWEST else None


def _alike(ticket: Ticket) -> Select[Any]:
    return (
        select(TicketRow)
        .where(
            TicketRow.category == ticket.category,
            TicketRow.category != "",
            TicketRow.id != ticket.id,
            TicketRow.merged_into.is_(None),
            TicketRow.resolved_at.is_not(None),
            TicketRow.purged_at.is_(None),
        )
        .order_by(TicketRow.id.desc())
        .limit(COMPARED)
    )


def precedent_of(row: TicketRow) -> Precedent:
    assert row.resolved_at is not None
    return Precedent(
        ticket_id=row.id,
        number=row.number or "",
        ticket_class=TicketClass(row.ticket_class),
        cause_kind=row.cause_kind or "",
        plan=row.plan or "",
        cost=row.planned_cost,
        took=row.resolved_at - row.opened_at,
        satisfaction=row.satisfaction,
    )
