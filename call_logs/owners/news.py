"""What owners are told unasked, and call backs that were agreed on.

docs/decisions/owner-news.md has the table of states. What is owed is written down by
`call_logs/tickets/owing.py`, in the transaction that makes it so; here it is taken out, tried and
marked. A call back that nobody kept is brought to mind like a deadline that was missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.owners.call_rules import CallRules
from call_logs.owners.owed_calls import AT_ONCE, OwedCalls, OwedTry, tries_of
from call_logs.reminders.parties import parties
from call_logs.staff.store import StaffStore
from call_logs.storage.database import Database
from call_logs.storage.errors import IllegalMove
from call_logs.storage.loops import one_by_one
from call_logs.storage.readable import readable
from call_logs.tables.owner_news import OwnerNewsRow, OwnerNewsTryRow
from call_logs.tables.ticket_kinds import NewsBy
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.owed import OwedState, go
from call_logs.tickets.owing import NewsTopic, mark_told
from call_logs.tickets.rows import locked_row, write_history
from call_logs.tickets.telling import Level, write_down
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

__all__ = ["CALL_BACK_RULES", "News", "OwnerNews"]

FRESH = timedelta(days=7)  # older news is none any more
TWICE_WITHIN = timedelta(days=1)  # owners of one case hear the same once a number
KEPT_WITHIN = timedelta(minutes=15)  # a call back that is later was missed
CALL_BACK_FRESH = timedelta(hours=4)  # later, a telephone that rings by itself helps nobody
MOST_AHEAD = timedelta(days=60)
# Whoever agreed on a time waits for it: tried again soon, whatever the hour.
CALL_BACK_RULES = CallRules(
    hours=((time(0), time(0)),),
    after=timedelta(),
    tries=3,
    spread=timedelta(minutes=5),
    rest=timedelta(),
)


@dataclass(frozen=True)
class News:
    """One thing that an owner is to be told, and what came of it."""

    id: int
    ticket_id: int
    topic: NewsTopic
    words: str = field(repr=False)
    way: NewsBy
    state: OwedState
    next_at: datetime | None
    made_at: datetime
    made_by: str
    agreed_at: datetime | None
    told_at: datetime | None
    told_by: str
    tries: tuple[OwedTry, ...] = field(default=())


class OwnerNews(OwedCalls):
    _Row = OwnerNewsRow
    _Try = OwnerNewsTryRow

    def __init__(self, database: Database, node: str, zone: ZoneInfo, *, staff: StaffStore) -> None:
        super().__init__(database, node, zone)
        self._staff = staff

    async def due(self) -> tuple[int, ...]:
        """Those to be called for: call backs first, whose time was agreed on."""
        call_backs = await self._due(OwnerNewsRow.topic == NewsTopic.CALL_BACK.value)
        return call_backs + await self._due(
            OwnerNewsRow.topic != NewsTopic.CALL_BACK.value,
            OwnerNewsRow.way == NewsBy.CALL.value,
        )

    async def due_messages(self) -> tuple[int, ...]:
        """Those to be written to."""
        return await self._due(OwnerNewsRow.way == NewsBy.MESSAGE.value)

    async def told(self, news_id: int, actor: Actor, note: str) -> None:
        """The owner has it. Where a person has told it meanwhile, that stands. `note` stands in
        the ticket's history.

        Raises:
            NotAllowed, StoreBusy.
        """
        actor.check(Permission.WORK_TICKETS)
        async with self._database.session() as session:
            row, ticket = await self._locked(session, news_id)
            if row.state != OwedState.CALLING or ticket is None:
                return
            mark_told(row, actor.name, self._database.clock.now())
            changes: dict[str, tuple[Any, Any]] = {}
            if row.topic == NewsTopic.CALL_BACK and ticket.call_back:
                ticket.call_back = False
                changes["call_back"] = (True, False)
            action = "updated" if changes else "note"
            await write_history(session, ticket, actor.name, action, changes=changes, note=note)

    async def agree(self, ticket_id: int, at: datetime, actor: Actor, note: str = "") -> None:
        """The owner is called back at `at` (aware) and connected with a person; an earlier time
        holds no more.

        Raises:
            NotAllowed, NotFound, StoreBusy.
            IllegalMove: the time is over, or too far away.
        """
        actor.check(Permission.WORK_TICKETS)
        now = self._database.clock.now()
        if not now - timedelta(minutes=1) <= at <= now + MOST_AHEAD:
            raise IllegalMove(
                f"a call back is agreed on for a time from now on, within {MOST_AHEAD.days} days"
            )
        async with self._database.session() as session:
            ticket = await locked_row(session, ticket_id, None)
            earlier = await session.scalars(
                select(OwnerNewsRow)
                .where(
                    OwnerNewsRow.ticket_id == ticket_id,
                    OwnerNewsRow.topic == NewsTopic.CALL_BACK.value,
                    OwnerNewsRow.state == OwedState.WAITING.value,
                )
                .with_for_update()
            )
            was = None
            for row in earlier.all():
                was = row.agreed_at
                go(row, OwedState.OVERTAKEN)
            session.add(
                OwnerNewsRow(
                    ticket_id=ticket_id,
                    topic=NewsTopic.CALL_BACK.value,
                    words="",
                    way=NewsBy.CALL.value,
                    state=OwedState.WAITING.value,
                    next_at=at,
                    made_at=now,
                    made_by=actor.name,
                    agreed_at=at,
                    told_by="",
                )
            )
            changes: dict[str, tuple[Any, Any]] = {
                "call_back_at": (None if was is None else was.isoformat(), at.isoformat())
            }
            if not ticket.call_back:
                changes["call_back"] = (False, True)
                ticket.call_back = True
            await write_history(
                session, ticket, actor.name, "updated", changes=changes, note=note.strip()
            )

    async def remind(self) -> None:
        """Write down for whoever has the ticket what call backs were missed.

        Raises:
            StoreError: some could not be seen to; all the others are.
        """
        now = self._database.clock.now()
        late = or_(
            OwnerNewsRow.state.in_(
                [OwedState.GIVEN_UP.value, OwedState.DECLINED.value, OwedState.NOT_CALLED.value]
            ),
            OwnerNewsRow.agreed_at < now - KEPT_WITHIN,
        )
        query = (
            select(OwnerNewsRow.id)
            .where(
                OwnerNewsRow.agreed_at <= now,
                OwnerNewsRow.reminded_at.is_(None),
                OwnerNewsRow.state.not_in([OwedState.ANSWERED.value, OwedState.OVERTAKEN.value]),
                late,
            )
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            missed = tuple(await session.scalars(query))
        await one_by_one("missed call backs", missed, self._remind)

    async def _remind(self, news_id: int) -> None:
        now = self._database.clock.now()
        staff = await self._staff.current()
        async with self._database.session() as session:
            row, ticket = await self._locked(session, news_id)
            over = (OwedState.ANSWERED.value, OwedState.OVERTAKEN.value)
            if row.reminded_at is not None or row.state in over or row.agreed_at is None:
                return
            row.reminded_at = now
            if ticket is None or not ticket.call_back:
                return
            told = parties(Level.CALL_BACK, ticket.assignee, ticket.category, staff, now)
            for party in told:
                await write_down(
                    session,
                    ticket_id=ticket.id,
                    level=Level.CALL_BACK,
                    moment=row.agreed_at,
                    party=party,
                )

    # -- looked at ----------------------------------------------------------------------

    async def get(self, news_id: int) -> News:
        async with self._database.reading() as session:
            row = await session.get_one(OwnerNewsRow, news_id)
            return _news(row, await tries_of(session, OwnerNewsTryRow, row.id))

    async def of_ticket(self, ticket_id: int) -> tuple[News, ...]:
        """All of a ticket, the latest first."""
        query = (
            select(OwnerNewsRow)
            .where(OwnerNewsRow.ticket_id == ticket_id)
            .order_by(OwnerNewsRow.id.desc())
            .limit(AT_ONCE)
        )
        async with self._database.reading() as session:
            rows = await readable(session, query, lambda row: row)
            return tuple(
                [_news(row, await tries_of(session, OwnerNewsTryRow, row.id)) for row in rows]
            )

    # -- what differs from other calls ----------------------------------------------------

    def _rules(self, row: OwnerNewsRow, rules: CallRules) -> CallRules:
        return CALL_BACK_RULES if row.topic == NewsTopic.CALL_BACK else rules

    async def _holds(self, session: AsyncSession, row: OwnerNewsRow, ticket: TicketRow) -> bool:
        now = self._database.clock.now()
        if row.topic == NewsTopic.CALL_BACK:
            agreed = row.agreed_at or row.made_at
            return bool(ticket.call_back) and now - agreed <= CALL_BACK_FRESH
        if now - row.made_at > FRESH:
            return False
        return not await _heard_by_another(session, row, ticket)

    def _wanted(self, row: OwnerNewsRow, ticket: TicketRow) -> bool:
        return row.topic == NewsTopic.CALL_BACK or ticket.news_by != NewsBy.NONE


async def _heard_by_another(session: AsyncSession, row: OwnerNewsRow, ticket: TicketRow) -> bool:
    """Whether the same owner hears the same by another ticket of one case."""
    number = ticket.callback_hash or ticket.caller_hash
    if ticket.group_id is None or number is None:
        return False
    same: ColumnElement[bool] = or_(
        TicketRow.callback_hash == number,
        TicketRow.callback_hash.is_(None) & (TicketRow.caller_hash == number),
    )
    found = await session.scalar(
        select(OwnerNewsRow.id)
        .join(TicketRow, TicketRow.id == OwnerNewsRow.ticket_id)
        .where(
            TicketRow.group_id == ticket.group_id,
            TicketRow.id != ticket.id,
            same,
            OwnerNewsRow.topic == row.topic,
            OwnerNewsRow.state.in_([OwedState.CALLING.value, OwedState.ANSWERED.value]),
            OwnerNewsRow.made_at > row.made_at - TWICE_WITHIN,
            OwnerNewsRow.made_at < row.made_at + TWICE_WITHIN,
        )
        .limit(1)
    )
    return found is not None


def _news(row: OwnerNewsRow, tries: tuple[OwedTry, ...]) -> News:
    return News(
        id=row.id,
        ticket_id=row.ticket_id,
        topic=NewsTopic(row.topic),
        words=row.words,
        way=NewsBy(row.way),
        state=OwedState(row.state),
        next_at=row.next_at,
        made_at=row.made_at,
        made_by=row.made_by,
        agreed_at=row.agreed_at,
        told_at=row.told_at,
        told_by=row.told_by,
        tries=tries,
    )
