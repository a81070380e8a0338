"""What becomes of a ticket is owed to its owner: written down in the transaction that makes it so,
told afterwards (`call_logs.owners.news`). docs/decisions/owner-news.md has the table of states.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from call_logs.storage.database import changed, now_of
from call_logs.tables.owner_news import OwnerNewsRow
from call_logs.tables.ticket_kinds import NewsBy, TicketClass, TicketSource
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.life import TicketStatus
from call_logs.tickets.owed import OwedState, go

__all__ = ["NewsRules", "NewsTopic", "Owing"]


class NewsTopic(StrEnum):
    """What an owner is told of."""

    RECEIVED = "received"
    ON_THE_WAY = "on_the_way"
    PLAN = "plan"
    DELAY = "delay"
    RESULT = "result"
    PROGRESS = "progress"  # what a person has written for the owner between the steps
    CALL_BACK = "call_back"  # agreed on, whatever the rules are


@dataclass(frozen=True)
class NewsRules:
    """What the site tells owners who have said nothing of it, and of what."""

    by: NewsBy = NewsBy.NONE
    topics: frozenset[NewsTopic] = frozenset(NewsTopic) - {NewsTopic.CALL_BACK}


# Who heard the number when the ticket was opened is not called for it.
_HEARD_IT = frozenset(
    {TicketSource.TELEPHONE, TicketSource.WINDOW, TicketSource.VISIT, TicketSource.WEB}
)
SETTLES = timedelta(minutes=10)  # a caller leaves the number while the ticket is open already
_STEPS: Mapping[TicketStatus, NewsTopic] = MappingProxyType(
    {
        TicketStatus.APPROVED: NewsTopic.PLAN,
        TicketStatus.IN_PROGRESS: NewsTopic.ON_THE_WAY,
        TicketStatus.RESOLVED: NewsTopic.RESULT,
    }
)
# From these on a person has told the owner, or there is nothing to tell any more.
_TOLD = frozenset({TicketStatus.FEEDBACK_GIVEN, TicketStatus.SURVEYED, TicketStatus.CLOSED})


class Owing:
    """Writes down what owners are to be told."""

    def __init__(self, rules: NewsRules) -> None:
        self._rules = rules

    async def opened(self, session: AsyncSession, row: TicketRow, actor: str) -> None:
        await self.owe(session, row, NewsTopic.RECEIVED, actor)

    async def went(
        self,
        session: AsyncSession,
        row: TicketRow,
        fields: Collection[str],
        actor: str,
    ) -> None:
        """The ticket has taken a step; `fields` are those that came with it."""
        status = TicketStatus(row.status)
        words = (row.news or "") if "news" in fields else ""
        topic = _STEPS.get(status)
        if status in _TOLD:
            await self._told(session, row, actor)
            return
        if topic is NewsTopic.RESULT:
            if row.result:
                await self.owe(session, row, topic, actor, _joined(row.result, words))
                return
            topic = None  # the words for it follow
        if topic is NewsTopic.ON_THE_WAY and row.ticket_class == TicketClass.URGENT:
            topic = None  # whoever is in need was called back when somebody took it
        if topic is None and words:
            topic = NewsTopic.PROGRESS
        if topic is not None:
            await self.owe(session, row, topic, actor, words)

    async def edited(
        self,
        session: AsyncSession,
        row: TicketRow,
        fields: Collection[str],
        actor: str,
    ) -> None:
        """Fields were changed without a step."""
        if "news_by" in fields:
            await self._chosen_anew(session, row)
        if row.closed_at is not None or TicketStatus(row.status) in _TOLD:
            return
        if "result" in fields and row.result and row.status == TicketStatus.RESOLVED:
            await self.owe(session, row, NewsTopic.RESULT, actor, row.result)
        elif "news" in fields and row.news:
            await self.owe(session, row, NewsTopic.PROGRESS, actor, row.news)

    async def owe(
        self, session: AsyncSession, row: Any, topic: NewsTopic, actor: str, words: str = ""
    ) -> None:
        """The newest takes the place of what waits: an owner is told how it stands, not how it
        stood. Owners of tickets that were merged into this one are told of theirs, each number
        once."""
        if topic not in self._rules.topics or row.merged_into is not None:
            return
        owners: list[Any] = [row]
        if topic is not NewsTopic.RECEIVED:  # nothing was merged into it yet
            owners += await _merged_into(session, row.id)
        numbers: set[bytes | None] = set()
        for each in owners:
            number = each.callback_hash or each.caller_hash
            if number is None or number not in numbers:
                await self._owe_one(session, each, topic, actor, words)
            numbers.add(number)

    async def _owe_one(
        self, session: AsyncSession, row: Any, topic: NewsTopic, actor: str, words: str
    ) -> None:
        way = await self._way(session, row)
        if way is NewsBy.NONE:
            return
        if topic is NewsTopic.RECEIVED and way is NewsBy.CALL and row.source in _HEARD_IT:
            return
        now = now_of(session)
        for waiting in await _waiting(session, row.id):
            go(waiting, OwedState.OVERTAKEN)
        session.add(
            OwnerNewsRow(
                ticket_id=row.id,
                topic=topic.value,
                words=words,
                way=way.value,
                state=OwedState.WAITING.value,
                next_at=now + (SETTLES if topic is NewsTopic.RECEIVED else timedelta()),
                made_at=now,
                made_by=actor,
                told_by="",
            )
        )
        changed(session, "ticket", row.id)

    async def _way(self, session: AsyncSession, row: Any) -> NewsBy:
        """As the owner chose for this ticket, else for the last one of the same number, else as
        the site does."""
        chosen = NewsBy(row.news_by or NewsBy.SITE)
        if chosen is NewsBy.SITE:
            chosen = await _last_choice(session, row)
        return self._rules.by if chosen is NewsBy.SITE else chosen

    async def _chosen_anew(self, session: AsyncSession, row: TicketRow) -> None:
        way = await self._way(session, row)
        for waiting in await _waiting(session, row.id):
            if way is NewsBy.NONE:
                go(waiting, OwedState.NOT_CALLED)
            else:
                waiting.way = way.value
        changed(session, "ticket", row.id)

    @staticmethod
    async def _told(session: AsyncSession, row: TicketRow, actor: str) -> None:
        """The result was told, by whomever: the call that does it takes this very step."""
        now = now_of(session)
        for waiting in await _waiting(session, row.id):
            go(waiting, OwedState.OVERTAKEN)
        for calling in await _rows(session, row.id, OwedState.CALLING):
            if calling.topic == NewsTopic.RESULT:
                mark_told(calling, actor, now)


def mark_told(row: OwnerNewsRow, actor: str, now: datetime) -> None:
    go(row, OwedState.ANSWERED)
    row.told_at, row.told_by = now, actor


async def _waiting(session: AsyncSession, ticket_id: int) -> list[OwnerNewsRow]:
    """Without call backs: those are agreed on, whatever becomes of the ticket."""
    rows = await _rows(session, ticket_id, OwedState.WAITING)
    return [row for row in rows if row.topic != NewsTopic.CALL_BACK]


async def _rows(session: AsyncSession, ticket_id: int, state: OwedState) -> list[OwnerNewsRow]:
    query = (
        select(OwnerNewsRow)
        .where(OwnerNewsRow.ticket_id == ticket_id, OwnerNewsRow.state == state.value)
        .options(defer(OwnerNewsRow.words))  # one that cannot be opened stops no step
        .with_for_update()
    )
    return list(await session.scalars(query))


async def _merged_into(session: AsyncSession, ticket_id: int) -> list[Any]:
    """What was merged into it, and into that, in plain columns; it ends, for only a ticket that is
    worked on takes others in."""
    found: list[Any] = []
    ids = [ticket_id]
    while ids:
        rows = await session.execute(
            select(
                TicketRow.id,
                TicketRow.callback_hash,
                TicketRow.caller_hash,
                TicketRow.news_by,
                TicketRow.source,
            )
            .where(TicketRow.merged_into.in_(ids))
            .order_by(TicketRow.id)
        )
        fresh = rows.all()
        found += fresh
        ids = [row.id for row in fresh]
    return found


_CHOICES = tuple(each.value for each in NewsBy if each is not NewsBy.SITE)


async def _last_choice(session: AsyncSession, row: Any) -> NewsBy:
    own = [
        column == number
        for column, number in (
            (TicketRow.callback_hash, row.callback_hash),
            (TicketRow.caller_hash, row.caller_hash),
        )
        if number is not None
    ]
    if not own:
        return NewsBy.SITE
    chosen = await session.scalar(
        select(TicketRow.news_by)
        .where(or_(*own), TicketRow.news_by.in_(_CHOICES))  # another's row may hold nonsense
        .order_by(TicketRow.id.desc())
        .limit(1)
    )
    return NewsBy(chosen or NewsBy.SITE)


def _joined(*words: str) -> str:
    return "\n".join(filter(None, words))
