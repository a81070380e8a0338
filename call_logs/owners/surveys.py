"""Surveys by telephone: which are due, what became of each ring, what managers are to be told.

docs/decisions/survey.md has the table of states. A ring is written before it is dialled; what a
stop has cut off is found again. The score itself is a step of the ticket
(`call_logs/tickets/surveyed.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.owners.survey_hours import SurveyRules
from call_logs.storage.database import Database, changed
from call_logs.tables.surveys import SurveyRow, SurveyTryRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.surveyed import CONTENT, SurveyState, go

__all__ = ["Survey", "SurveyTry", "Surveys", "TryOutcome"]

FRESH = timedelta(days=7)  # who was told before is not asked: calls may have been off for a year
AT_ONCE = 100  # tickets that one look plans
LOST_AFTER = timedelta(hours=1)  # a ring of another node that goes on for longer has no end


class TryOutcome(StrEnum):
    """What became of one ring."""

    ANSWERED = "answered"  # with a score
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    SILENT = "silent"  # somebody, or a machine, picked up and gave nothing
    HUNG_UP = "hung_up"  # without a score
    LOST = "lost"  # the line
    NOT_DIALLED = "not_dialled"  # the number was called too often today
    INTERRUPTED = "interrupted"  # the program stopped


_AGAIN = frozenset(TryOutcome) - {TryOutcome.ANSWERED, TryOutcome.HUNG_UP}


@dataclass(frozen=True)
class SurveyTry:
    at: datetime
    outcome: TryOutcome | None  # None: it goes on


@dataclass(frozen=True)
class Survey:
    """One telling of a ticket's result, and what came of asking."""

    id: int
    ticket_id: int
    feedback_at: datetime
    state: SurveyState
    next_at: datetime | None
    score: int | None
    answered_by: str
    answered_at: datetime | None
    managers_told_at: datetime | None
    tries: tuple[SurveyTry, ...] = field(default=())


class Surveys:
    """Each method is a transaction."""

    def __init__(self, database: Database, node: str, zone: ZoneInfo) -> None:
        self._database = database
        self._node = node
        self._zone = zone

    async def plan(self, rules: SurveyRules) -> int:
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

    async def _plan_one(self, ticket_id: int, told_at: datetime, rules: SurveyRules) -> None:
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
                    state=SurveyState.WAITING.value,
                    next_at=rules.first(told_at, self._zone),
                    answered_by="",
                )
            )
            changed(session, "ticket", ticket_id)

    async def due(self) -> tuple[int, ...]:
        """Surveys whose next call may be made now, the longest waiting first."""
        query = (
            select(SurveyRow.id)
            .where(
                SurveyRow.state == SurveyState.WAITING.value,
                SurveyRow.next_at <= self._database.clock.now(),
            )
            .order_by(SurveyRow.next_at, SurveyRow.id)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            return tuple(await session.scalars(query))

    async def begin(self, survey_id: int, rules: SurveyRules, *, can_call: bool) -> bool:
        """Write the ring that is about to be dialled; False when it is not to be, which the
        survey's state then says. Of two who begin one survey only the first may dial.
        `can_call`: there is a number that may be dialled."""
        now = self._database.clock.now()
        async with self._database.session() as session:
            row, ticket = await self._locked(session, survey_id)
            if row.state != SurveyState.WAITING or row.next_at is None or row.next_at > now:
                return False
            if not rules.allows(now, self._zone):  # the hours passed meanwhile
                row.next_at = rules.first(now - rules.after, self._zone)
                return False
            changed(session, "ticket", row.ticket_id)
            if not _asks(ticket, row.feedback_at):
                go(row, SurveyState.OVERTAKEN)
                return False
            if not can_call or (ticket is not None and ticket.no_survey):
                go(row, SurveyState.NOT_CALLED)
                return False
            go(row, SurveyState.CALLING)
            session.add(SurveyTryRow(survey_id=row.id, at=now, node=self._node))
            return True

    async def finish(self, survey_id: int, outcome: TryOutcome, rules: SurveyRules) -> None:
        """The ring is over. Where a person has entered the score meanwhile that stands."""
        async with self._database.session() as session:
            row, _ = await self._locked(session, survey_id)
            await self._finish(session, row, outcome, rules)

    async def cut_off(self, rules: SurveyRules, going: Collection[int]) -> int:
        """End the rings that a stop has cut off: those of this node that are not `going` on in
        this program, and what another node has left behind; how many there were."""
        lost = self._database.clock.now() - LOST_AFTER
        query = (
            select(SurveyTryRow.survey_id)
            .where(
                SurveyTryRow.outcome.is_(None),
                or_(
                    and_(SurveyTryRow.node == self._node, SurveyTryRow.survey_id.not_in(going)),
                    and_(SurveyTryRow.node != self._node, SurveyTryRow.at < lost),
                ),
            )
            .order_by(SurveyTryRow.id)
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            found = tuple(await session.scalars(query))
        for survey_id in found:
            await self.finish(survey_id, TryOutcome.INTERRUPTED, rules)
        return len(found)

    async def _finish(
        self, session: AsyncSession, row: SurveyRow, outcome: TryOutcome, rules: SurveyRules
    ) -> None:
        await session.execute(
            update(SurveyTryRow)
            .where(SurveyTryRow.survey_id == row.id, SurveyTryRow.outcome.is_(None))
            .values(outcome=outcome.value)
        )
        changed(session, "ticket", row.ticket_id)
        if row.state != SurveyState.CALLING:
            return
        if outcome not in _AGAIN:
            go(row, SurveyState.DECLINED)  # a score would have closed it
            return
        tries = await _tries_of(session, row.id)
        ended = sum(each.outcome is not TryOutcome.INTERRUPTED for each in tries)
        if ended >= rules.tries or len(tries) >= 2 * rules.tries:
            go(row, SurveyState.GIVEN_UP)
            return
        again = rules.again([each.at for each in tries], self._zone)
        go(row, SurveyState.WAITING, again)

    async def _locked(
        self, session: AsyncSession, survey_id: int
    ) -> tuple[SurveyRow, TicketRow | None]:
        """The ticket first, as whoever enters a score does: two that wait for each other
        would wait for ever."""
        ticket_id = await session.scalar(
            select(SurveyRow.ticket_id).where(SurveyRow.id == survey_id)
        )
        ticket = await session.get(TicketRow, ticket_id, with_for_update=True)
        row = await session.get_one(SurveyRow, survey_id, with_for_update=True)
        return row, ticket

    # -- what came of them -------------------------------------------------------------

    async def get(self, survey_id: int) -> Survey:
        async with self._database.reading() as session:
            row = await session.get_one(SurveyRow, survey_id)
            return _survey(row, await _tries_of(session, row.id))

    async def of_ticket(self, ticket_id: int) -> tuple[Survey, ...]:
        """Every survey of a ticket, the latest telling first."""
        return await self._list(SurveyRow.ticket_id == ticket_id)

    async def untold(self) -> tuple[Survey, ...]:
        """Scores that are too low and of which the managers have not heard."""
        return await self._list(
            SurveyRow.state == SurveyState.ANSWERED.value,
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
            return tuple([_survey(row, await _tries_of(session, row.id)) for row in rows])


def _asks(ticket: TicketRow | None, told_at: datetime) -> bool:
    """Whether the owner can still be asked about this telling."""
    return (
        ticket is not None
        and ticket.status == TicketStatus.FEEDBACK_GIVEN.value
        and ticket.feedback_at == told_at
        and ticket.merged_into is None  # its owner is asked about the other one
    )


async def _tries_of(session: AsyncSession, survey_id: int) -> tuple[SurveyTry, ...]:
    of_survey = select(SurveyTryRow).where(SurveyTryRow.survey_id == survey_id)
    return tuple(
        SurveyTry(row.at, None if row.outcome is None else TryOutcome(row.outcome))
        for row in await session.scalars(of_survey.order_by(SurveyTryRow.id))
    )


def _survey(row: SurveyRow, tries: tuple[SurveyTry, ...]) -> Survey:
    return Survey(
        id=row.id,
        ticket_id=row.ticket_id,
        feedback_at=row.feedback_at,
        state=SurveyState(row.state),
        next_at=row.next_at,
        score=row.score,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        managers_told_at=row.managers_told_at,
        tries=tries,
    )
