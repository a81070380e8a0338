"""What people have changed of the targets: the latest change of each class and category holds."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines.targets import ResponseTarget, TargetKey
from call_logs.tables.deadline_targets import DeadlineTargetRow
from call_logs.tables.ticket_kinds import TicketClass

__all__ = ["changed_targets", "last_change"]

_R = DeadlineTargetRow


async def last_change(session: AsyncSession) -> int:
    """The id of the last change; 0 while there is none."""
    return await session.scalar(select(func.max(_R.id))) or 0


async def changed_targets(session: AsyncSession) -> dict[TargetKey, ResponseTarget]:
    """The targets that do not stand in the configuration so."""
    latest = select(func.max(_R.id)).group_by(_R.ticket_class, _R.category)
    rows = await session.execute(
        select(_R.ticket_class, _R.category, _R.target).where(_R.id.in_(latest))
    )
    return {
        (TicketClass(row.ticket_class), row.category): ResponseTarget.of(row.target)
        for row in rows
        if row.target is not None
    }
