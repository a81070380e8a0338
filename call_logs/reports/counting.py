"""Counting what statistics tell. The database counts: a year of a large site has a hundred thousand
tickets, of which no row comes here but for its place.

A place is encrypted with a nonce of its own in each row, so that no database can group by it; a
hash of it would show which homes belong together. It is opened in the background, page by page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.calls.call import INCOMING
from call_logs.reports.pages import pages
from call_logs.reports.punctuality import Deadline, Outcome, outcome_sql
from call_logs.reports.reopenings import reopenings
from call_logs.reports.spans import Span, spans
from call_logs.reports.statistics import ANSWER_S, CallCounts, Point, Statistics, Step, Times
from call_logs.storage.database import Database, now_of
from call_logs.storage.sealed_rows import SealedRows
from call_logs.storage.sql_time import QUARTER_S, quarter_of, seconds_between
from call_logs.tables.calls import CallRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

Groups = Sequence[tuple[Any, int]]  # what is alike in them, and how many tickets

_MOMENTS = {
    "acknowledge": TicketRow.acknowledged_at,
    "on_site": TicketRow.on_site_at,
    "feedback": TicketRow.feedback_at,
    "resolve": TicketRow.resolved_at,
}
_COUNTED = ("kind", "ticket_class", "source", "category")
_GROUPED = (*_COUNTED, "satisfaction", "open", *Deadline)


class Counting:
    """The tickets that were opened, and the calls that began, on whole days."""

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        days: tuple[date, date],
        start: datetime,
        end: datetime,
    ) -> None:
        self._database = database
        self._zone = zone
        self._first, self._last = days
        self._opened = (TicketRow.opened_at >= start, TicketRow.opened_at < end)
        self._came = (
            CallRow.started_at >= start,
            CallRow.started_at < end,
            CallRow.direction == INCOMING,
        )

    async def statistics(self) -> Statistics:
        async with self._database.reading() as session:
            groups = await self._groups(session)
            hours, days = await self._moments(session)
            took = {name: await self._took(session, moment) for name, moment in _MOMENTS.items()}
            calls = await self._calls(session)
        counted = {name: _sum(groups, name) for name in _GROUPED}
        step = Step.of((self._last - self._first).days + 1)
        return Statistics(
            first=self._first,
            last=self._last,
            step=step,
            tickets=sum(count for _, count in groups),
            open=counted["open"][1],
            by_class={str(each): counted["ticket_class"][each.value] for each in TicketClass},
            by_kind=_most(counted["kind"]),
            by_source=_most(counted["source"]),
            by_category=_most(counted["category"]),
            by_building=_most(await self._buildings()),
            by_hour=tuple(hours[hour] for hour in range(24)),
            trend=tuple(self._trend(step, days)),
            times={name: _times(name, span, groups) for name, span in took.items()},
            reopened=await self._reopened(),
            scores={score: counted["satisfaction"][score] for score in range(1, 6)},
            calls=calls,
        )

    async def _groups(self, session: AsyncSession) -> Groups:
        """Tickets that are alike in all that is counted, and how many of them there are."""
        now = now_of(session)
        is_open = and_(TicketRow.closed_at.is_(None), TicketRow.merged_into.is_(None))
        told = (
            select(
                *(func.coalesce(getattr(TicketRow, name), "").label(name) for name in _COUNTED),
                TicketRow.satisfaction,
                case((is_open, 1), else_=0).label("open"),
                *(outcome_sql(each, now).label(each.value) for each in Deadline),
            )
            .where(*self._opened)
            .subquery()
        )
        rows = await session.execute(
            select(*told.c, func.count().label("tickets")).group_by(*told.c)
        )
        return [(row, row.tickets) for row in rows]

    async def _moments(
        self, session: AsyncSession
    ) -> tuple[Counter[int], Counter[tuple[date, str]]]:
        """Tickets by the hour of the site's clock, and by its day and their class."""
        quarter = quarter_of(TicketRow.opened_at).label("quarter")
        found = select(quarter, TicketRow.ticket_class.label("class")).where(*self._opened)
        told = found.subquery()
        columns = (told.c.quarter, told.c["class"])
        rows = await session.execute(select(*columns, func.count()).group_by(*columns))
        hours, days = Counter[int](), Counter[tuple[date, str]]()
        for number, ticket_class, count in rows:
            at = datetime.fromtimestamp(number * QUARTER_S, UTC).astimezone(self._zone)
            hours[at.hour] += count
            days[at.date(), ticket_class] += count
        return hours, days

    async def _took(self, session: AsyncSession, moment: SQLColumnExpression[Any]) -> Span:
        found = await spans(session, TicketRow.opened_at, moment, self._opened)
        return found.get("", Span())

    async def _calls(self, session: AsyncSession) -> CallCounts:
        answered = CallRow.answered_at.is_not(None)
        waited_s = seconds_between(CallRow.started_at, CallRow.answered_at)
        left = and_(~answered, CallRow.ended_at.is_not(None))
        row = (
            await session.execute(
                select(
                    func.count(),
                    _count_if(func.round(waited_s * 1000) <= ANSWER_S * 1000),
                    _count_if(left),
                    _count_if(CallRow.missed),
                ).where(*self._came)
            )
        ).one()
        found = await spans(session, CallRow.started_at, CallRow.answered_at, self._came)
        span = found.get("", Span())
        return CallCounts(row[0], span.count, row[1], row[2], row[3], span.median_s, span.p90_s)

    async def _buildings(self) -> Counter[str]:
        sealed = SealedRows(self._database, TicketRow, ("id", "building", "opened_at"))
        found = Counter[str]()
        async for rows in pages(self._database, sealed, self._opened):
            found.update(await sealed.open(rows, lambda row: row.building))
        return found

    async def _reopened(self) -> int:
        """How many of the tickets were opened again: their histories tell. Whoever was, or has
        waited, is due from another time than its opening."""
        again = select(TicketRow.id).where(*self._opened, TicketRow.due_from.is_not(None))
        async with self._database.reading() as session:
            ids = list(await session.scalars(again))
        return len({ticket for ticket, _ in await reopenings(self._database, ids)})

    def _trend(self, step: Step, days: Counter[tuple[date, str]]) -> Iterable[Point]:
        steps: Counter[tuple[date, str]] = Counter()
        for (day, ticket_class), count in days.items():
            steps[step.first_day(day), ticket_class] += count
        day = step.first_day(self._first)
        while day <= self._last:
            by_class = {each: steps[day, each.value] for each in TicketClass}
            yield Point(day, sum(by_class.values()), by_class)
            day = step.following(day)


def _sum(groups: Groups, name: str) -> Counter[Any]:
    found = Counter[Any]()
    for row, count in groups:
        found[getattr(row, name)] += count
    return found


def _most(counted: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def _times(name: str, span: Span, groups: Groups) -> Times:
    kept = missed = None
    if name in set(Deadline):
        outcomes = _sum(groups, name)
        kept, missed = outcomes[Outcome.KEPT.value], outcomes[Outcome.MISSED.value]
    return Times(span.count, span.median_s, span.p90_s, kept, missed)


def _count_if(condition: SQLColumnExpression[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
