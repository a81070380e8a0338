"""A score is entered: the survey of that telling is over, whoever entered it (a call, a person),
in the same transaction. docs/decisions/survey.md has the table of states."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.announcing import Announced, announce
from call_logs.tables.surveys import SurveyRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.owed import OwedState, go

CONTENT = 3  # of 5: whoever gives less has the ticket reopened, and the managers hear of it


async def close_survey(
    session: AsyncSession, ticket: TicketRow, score: int, actor: str, now: datetime
) -> None:
    """The ticket has its score: no call asks for it any more. The ticket's row is locked, so
    two scores of one telling cannot both come here."""
    told_at = ticket.feedback_at or now
    row = await session.scalar(
        select(SurveyRow)
        .where(SurveyRow.ticket_id == ticket.id, SurveyRow.feedback_at == told_at)
        .with_for_update()
    )
    if row is None:
        row = SurveyRow(
            ticket_id=ticket.id,
            feedback_at=told_at,
            state=OwedState.WAITING.value,
            next_at=None,
            answered_by="",
        )
        session.add(row)
    go(row, OwedState.ANSWERED)
    row.score = score
    row.answered_by = actor
    row.answered_at = now
    announce(
        session,
        Announced.SURVEY,
        {"number": ticket.number, "score": score},
        ticket_id=ticket.id,
    )
    if score >= CONTENT:
        row.managers_told_at = now  # nothing to tell
