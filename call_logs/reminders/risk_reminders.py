"""The departments concerned are told of a risk, in the transaction that writes it down."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.risk_rules import RiskKind, RiskLevel
from call_logs.reminders.confided import MARKS, Confided
from call_logs.reminders.parties import risk_parties
from call_logs.staff.store import StaffStore
from call_logs.storage.database import now_of
from call_logs.tables.reminders import ReminderRow
from call_logs.tables.risks import RiskRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.telling import Level, write_down

__all__ = ["RiskReminders", "risk_is_open", "risk_of_row"]


class RiskReminders:
    def __init__(self, staff: StaffStore, confided: Confided) -> None:
        self._staff = staff
        self._confided = confided

    async def tell(
        self, session: AsyncSession, ticket_id: int, kind: RiskKind, level: RiskLevel
    ) -> None:
        """A risk was found for a ticket, or its level has risen to this one."""
        # In plain columns: a text that cannot be opened keeps nobody from hearing of it.
        query = select(TicketRow.category, *MARKS).where(TicketRow.id == ticket_id)
        row = (await session.execute(query)).one()
        now, staff = now_of(session), await self._staff.current()
        high = level is RiskLevel.HIGH
        told = risk_parties(row.assignee, row.category, staff, now, high=high)
        for party in await self._confided.told(row, told, staff, now):
            await write_down(
                session,
                ticket_id=ticket_id,
                level=Level.RISK,
                moment=now,
                party=party,
                deadline=f"{kind} {level}",
            )


def risk_of_row(row: ReminderRow) -> tuple[RiskKind, RiskLevel] | None:
    """Which risk a reminder is about, and how high it was."""
    if row.level != Level.RISK:
        return None
    kind, _, level = row.deadline.partition(" ")
    return RiskKind(kind), RiskLevel(level)


async def risk_is_open(session: AsyncSession, row: ReminderRow) -> bool:
    """Whether nobody has lifted it since it was written down."""
    kind, _, _ = row.deadline.partition(" ")
    query = select(RiskRow.id).where(
        RiskRow.ticket_id == row.ticket_id, RiskRow.kind == kind, RiskRow.lifted_at.is_(None)
    )
    return await session.scalar(query.limit(1)) is not None
