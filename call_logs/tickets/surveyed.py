"""A score is entered: the survey of that telling is over, whoever entered it (a call, a person),
in the same transaction. docs/decisions/survey.md has the table of states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.tables.surveys import SurveyRow
from call_logs.tables.tickets import TicketRow

CONTENT = 3  # of 5: whoever gives less has the ticket reopened, and the managers hear of it


class SurveyState(StrEnum):
    WAITING = "waiting"  # for the time of the next call
    CALLING = "calling"
    ANSWERED = "answered"
    GIVEN_UP = "given_up"  # nobody was reached
    DECLINED = "declined"  # the owner hung up without a score
    NOT_CALLED = "not_called"  # the owner wants no call, or there is no number
    OVERTAKEN = "overtaken"  # closed, reopened, or told again


_S = SurveyState
TRANSITIONS: Mapping[SurveyState, frozenset[SurveyState]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.CALLING, _S.ANSWERED, _S.NOT_CALLED, _S.OVERTAKEN}),
        _S.CALLING: frozenset({_S.WAITING, _S.ANSWERED, _S.GIVEN_UP, _S.DECLINED}),
        # The ticket's own table says whether a person may still enter a score.
        _S.GIVEN_UP: frozenset({_S.ANSWERED}),
        _S.DECLINED: frozenset({_S.ANSWERED}),
        _S.NOT_CALLED: frozenset({_S.ANSWERED}),
        _S.OVERTAKEN: frozenset({_S.ANSWERED}),  # a merge may have been undone
        _S.ANSWERED: frozenset(),
    }
)


class IllegalSurveyMove(ValueError):
    """The table has no such move; the row is unchanged."""


def go(row: SurveyRow, state: SurveyState, next_at: datetime | None = None) -> None:
    """Raises:
    IllegalSurveyMove.
    """
    if state not in TRANSITIONS[SurveyState(row.state)]:
        raise IllegalSurveyMove(f"a survey cannot go from {row.state} to {state}")
    row.state = state.value
    row.next_at = next_at


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
            state=SurveyState.WAITING.value,
            next_at=None,
            answered_by="",
        )
        session.add(row)
    go(row, SurveyState.ANSWERED)
    row.score = score
    row.answered_by = actor
    row.answered_at = now
    if score >= CONTENT:
        row.managers_told_at = now  # nothing to tell
