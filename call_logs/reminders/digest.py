"""What somebody has on a morning: open, late, due today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

__all__ = ["NOTHING_HELD", "Digest", "DigestLine", "Held", "count_held", "digest_of"]

NAMED = 10  # tickets of a kind that a digest names


@dataclass(frozen=True)
class DigestLine:
    """Without the owner's name and words: it leaves the house."""

    id: int
    number: str
    category: str
    ticket_class: TicketClass
    due_at: datetime


@dataclass(frozen=True)
class Held:
    """What somebody has of the tickets that are not closed."""

    open: int
    overdue: int


NOTHING_HELD = Held(0, 0)


@dataclass(frozen=True)
class Digest:
    """How many, and the first of them, the most urgent deadline first."""

    open: int
    late: int
    today: int
    late_ones: tuple[DigestLine, ...] = ()
    today_ones: tuple[DigestLine, ...] = ()

    def __bool__(self) -> bool:
        return self.open > 0


async def digest_of(
    session: AsyncSession, refs: Collection[str], now: datetime, midnight: datetime
) -> Digest:
    """Of the tickets that any of `refs` has; today ends at `midnight`."""
    mine = (
        TicketRow.assignee.in_(sorted(refs)),
        TicketRow.closed_at.is_(None),
        TicketRow.merged_into.is_(None),
    )
    late = (*mine, TicketRow.next_due_at < now)
    today = (*mine, TicketRow.next_due_at >= now, TicketRow.next_due_at < midnight)
    return Digest(
        await _count(session, mine),
        await _count(session, late),
        await _count(session, today),
        await _first(session, late),
        await _first(session, today),
    )


async def count_held(session: AsyncSession, now: datetime) -> dict[str, Held]:
    """How many of the open tickets everybody has who has any, by reference."""
    late = func.sum(case((TicketRow.next_due_at < now, 1), else_=0))
    rows = await session.execute(
        select(TicketRow.assignee, func.count(), late)
        .where(
            TicketRow.closed_at.is_(None),
            TicketRow.merged_into.is_(None),
            TicketRow.assignee != "",
        )
        .group_by(TicketRow.assignee)
    )
    return {ref: Held(count, overdue or 0) for ref, count, overdue in rows}


async def _count(session: AsyncSession, where: tuple[ColumnElement[bool], ...]) -> int:
    return await session.scalar(select(func.count()).select_from(TicketRow).where(*where)) or 0


async def _first(
    session: AsyncSession, where: tuple[ColumnElement[bool], ...]
) -> tuple[DigestLine, ...]:
    rows = await session.execute(
        select(
            TicketRow.id,
            TicketRow.number,
            TicketRow.category,
            TicketRow.ticket_class,
            TicketRow.next_due_at,
        )
        .where(*where)
        .order_by(TicketRow.next_due_at, TicketRow.id)
        .limit(NAMED)
    )
    return tuple(
        DigestLine(id_, number or "", category, TicketClass(class_), due_at)
        for id_, number, category, class_, due_at in rows
        if due_at is not None
    )
