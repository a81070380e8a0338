"""Surveys by telephone: which are due, what became of each ring, what managers are to be told.

docs/decisions/survey.md has the table of states. The score itself is a step of the ticket
(`call_logs/tickets/surveyed.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.owners.call_rules import CallRules
from call_logs.owners.owed_calls import AT_ONCE, OwedCalls, OwedTry, tries_of
from call_logs.storage.database import changed
from call_logs.tables.surveys import SurveyRow, SurveyTryRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.owed import OwedState, go
from call_logs.tickets.surveyed import CONTENT

__all__ = ["Survey", "Surveys"]

FRESH = timedelta(days=7)  # who was told before is not asked: calls may have been off for a year


@dataclass(frozen=True)
class Survey:
    """One telling of a ticket's result, and what came of asking."""

    id: int
    ticket_id: int
    feedback_at: datetime
    state: OwedState
    next_at: datetime | None
    score: int | None
    answered_by: str
    answered_at: datetime | None
    managers_told_at: datetime | None
    tries: tuple[OwedTry, ...] = field(default=())


class Surveys(OwedCalls):
    _Row = SurveyRow
    _Try = SurveyTryRow

    async def plan(self, rules: CallRules) -> int:
        """Every ticket whose owner was told and not yet asked gets a survey; how many did."""
        since = self._database.clock.now() - FRESH
        query = (
            select(TicketRow.id, TicketRow.feedback_at)
            .where(
                TicketRow.status == TicketStatus.FEEDBACK_GIVEN.value,
                TicketRow.feedback_at >= since,
                TicketRow.merged_into.is_(None),
                ~select(SurveyRow.id)
                .where(
                    SurveyRow.ticket_id == TicketRow.id,
                    SurveyRow.feedback_at == TicketRow.feedback_at,
                )
                .exists(),
            )
            .order_by(TicketRow.id)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            told = [(id_, at) for id_, at in await session.execute(query) if at is not None]
        for ticket_id, at in told:
            await self._plan_one(ticket_id, at, rules)
        return len(told)

    async def _plan_one(self, ticket_id: int, told_at: datetime, rules: CallRules) -> None:
        async with self._database.session() as session:
            # Locked as a person's score locks it: one of the two comes first.
            ticket = await session.get(TicketRow, ticket_id, with_for_update=True)
            known = select(SurveyRow.id).where(
                SurveyRow.ticket_id == ticket_id, SurveyRow.feedback_at == told_at
            )
            if not _asks(ticket, told_at) or await session.scalar(known) is not None:
                return
            await session.execute(
                insert(SurveyRow).values(
                    ticket_id=ticket_id,
                    feedback_at=told_at,
                    state=OwedState.WAITING.value,
                    next_at=rules.first(told_at, self._zone),
                    answered_by="",
                )
            )
            changed(session, "ticket", ticket_id)

    async def begin_at_once(self, ticket_id: int) -> int | None:
        """The owner who is on the line was told the result this moment and is asked in the same
        call: as a ring that was begun. None where there is nothing to ask."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            ticket = await session.get(TicketRow, ticket_id, with_for_update=True)
            told_at = None if ticket is None else ticket.feedback_at
            if ticket is None or told_at is None:
                return None
            if not (_asks(ticket, told_at) and self._wanted_of(ticket)):
                return None
            row = await session.scalar(
                select(SurveyRow)
                .where(SurveyRow.ticket_id == ticket_id, SurveyRow.feedback_at == told_at)
                .with_for_update()
            )
            if row is None:
                row = SurveyRow(
                    ticket_id=ticket_id,
                    feedback_at=told_at,
                    state=OwedState.WAITING.value,
                    next_at=now,
                    answered_by="",
                )
                session.add(row)
                await session.flush()
            if row.state != OwedState.WAITING:
                return None
            if await _asked_of_case(session, row, ticket):
                go(row, OwedState.OVERTAKEN)
                return None
            self._begin(session, row, now)
            changed(session, "ticket", ticket_id)
            return row.id

    async def _holds(self, session: AsyncSession, row: SurveyRow, ticket: TicketRow) -> bool:
        return _asks(ticket, row.feedback_at) and not await _asked_of_case(session, row, ticket)

    def _wanted(self, row: SurveyRow, ticket: TicketRow) -> bool:
        return self._wanted_of(ticket)

    @staticmethod
    def _wanted_of(ticket: TicketRow) -> bool:
        return not (ticket.no_survey or ticket.anonymous)

    # -- what came of them -------------------------------------------------------------

    async def get(self, survey_id: int) -> Survey:
        async with self._database.reading() as session:
            row = await session.get_one(SurveyRow, survey_id)
            return _survey(row, await tries_of(session, SurveyTryRow, row.id))

    async def of_ticket(self, ticket_id: int) -> tuple[Survey, ...]:
        """Every survey of a ticket, the latest telling first."""
        return await self._list(SurveyRow.ticket_id == ticket_id)

    async def untold(self) -> tuple[Survey, ...]:
        """Scores that are too low and of which the managers have not heard."""
        return await self._list(
            SurveyRow.state == OwedState.ANSWERED.value,
            SurveyRow.score < CONTENT,
            SurveyRow.managers_told_at.is_(None),
        )

    async def managers_told(self, survey_id: int) -> None:
        async with self._database.session() as session:
            await session.execute(
                update(SurveyRow)
                .where(SurveyRow.id == survey_id)
                .values(managers_told_at=self._database.clock.now())
            )

    async def _list(self, *conditions: ColumnElement[bool]) -> tuple[Survey, ...]:
        query = select(SurveyRow).where(*conditions).order_by(SurveyRow.id.desc()).limit(AT_ONCE)
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
            tries = [await tries_of(session, SurveyTryRow, row.id) for row in rows]
            return tuple(map(_survey, rows, tries))


def _asks(ticket: TicketRow | None, told_at: datetime) -> bool:
    """Whether the owner can still be asked about this telling."""
    return (
        ticket is not None
        and ticket.status == TicketStatus.FEEDBACK_GIVEN.value
        and ticket.feedback_at == told_at
        and ticket.merged_into is None  # its owner is asked about the other one
    )


async def _asked_of_case(session: AsyncSession, row: SurveyRow, ticket: TicketRow) -> bool:
    """Whether this number is, or was, asked about another ticket of the same case of several
    owners, since this one was opened, or opened again. Of two that wait the first is asked."""
    number = ticket.callback_hash or ticket.caller_hash
    if ticket.group_id is None or number is None:
        return False
    asked = (
        select(SurveyRow.id)
        .join(TicketRow, TicketRow.id == SurveyRow.ticket_id)
        .where(
            TicketRow.group_id == ticket.group_id,
            TicketRow.id != ticket.id,
            func.coalesce(TicketRow.callback_hash, TicketRow.caller_hash) == number,
            SurveyRow.feedback_at >= (ticket.due_from or ticket.opened_at),
            SurveyRow.state.not_in([OwedState.NOT_CALLED.value, OwedState.OVERTAKEN.value]),
            or_(SurveyRow.state != OwedState.WAITING.value, SurveyRow.id < row.id),
        )
    )
    return await session.scalar(asked.limit(1)) is not None


def _survey(row: SurveyRow, tries: tuple[OwedTry, ...]) -> Survey:
    return Survey(
        id=row.id,
        ticket_id=row.ticket_id,
        feedback_at=row.feedback_at,
        state=OwedState(row.state),
        next_at=row.next_at,
        score=row.score,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        managers_told_at=row.managers_told_at,
        tries=tries,
    )
