"""When a ticket is due, by the company's rules and the calendar of its site."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.deadlines.changed_targets import changed_targets, last_change
from call_logs.deadlines.targets import Counted, DeadlineRules, Within
from call_logs.deadlines.working_days import is_working_day
from call_logs.deadlines.working_time import WHOLE_DAY, WorkingTime
from call_logs.roster import SpecialDay, special_days
from call_logs.tables.ticket_kinds import TicketClass


@dataclass(frozen=True)
class DueTimes:
    """Moments, in UTC."""

    acknowledge: datetime
    on_site: datetime
    feedback: datetime


class Deadlines:
    """Asked within the transaction that writes a ticket: the roster's own days are those of
    that moment."""

    def __init__(self, rules: DeadlineRules, zone: ZoneInfo, region: str) -> None:
        self.of_file = rules  # as the configuration has them
        self.rules = rules  # with what was changed on the page
        self._read: int | None = None  # the last change that is in `rules`
        self._zone = zone
        self._region = region

    async def prepare(self, now: datetime) -> None:
        """Learn the country's holidays beforehand, if they will be asked for: that takes
        longer than a ticket should."""
        if self.rules.counts_working_time:
            for year in (now.year, now.year + 1):
                await asyncio.to_thread(is_working_day, date(year, 1, 1), self._region, {})

    async def read(self, session: AsyncSession) -> None:
        """Take what people have changed since it was last asked; mostly one look at an index."""
        last = await last_change(session)
        if last != self._read:
            self.rules = self.of_file.with_changes(await changed_targets(session))
            self._read = last

    async def due(
        self, session: AsyncSession, ticket_class: TicketClass, category: str, since: datetime
    ) -> DueTimes:
        """When a ticket of this kind is due, counted from `since`."""
        if ticket_class is not TicketClass.URGENT:
            await self.read(session)  # the way of whoever is in danger asks nobody
        target = self.rules.target(ticket_class, category)
        if all(each.counted is Counted.ALWAYS for each in target):
            days: Mapping[date, SpecialDay] = {}
        else:
            days = await special_days(session, self._zone, self._region)
        return DueTimes(*(self._after(since, each, days) for each in target))

    async def moved(
        self,
        session: AsyncSession,
        ticket_class: TicketClass,
        category: str,
        due: DueTimes,
        *,
        start: datetime,
        end: datetime,
    ) -> DueTimes:
        """What `due` becomes when a ticket rests from `start` to `end`: as much time is left
        then as was. What was missed before stays missed."""
        target = self.rules.target(ticket_class, category)
        days = await special_days(session, self._zone, self._region)

        def move(at: datetime, within: Within) -> datetime:
            if at <= start:
                return at
            if within.counted is not Counted.ALWAYS:
                working = self.working_time(within.counted, days)
                if left := working.between(start, at):
                    return working.after(end, left)
            return at + (end - start)  # also where a person has put it outside working time

        moments = (due.acknowledge, due.on_site, due.feedback)
        return DueTimes(*(move(*each) for each in zip(moments, target, strict=True)))

    def _after(self, since: datetime, within: Within, days: Mapping[date, SpecialDay]) -> datetime:
        if within.counted is Counted.ALWAYS:
            return since + within.length
        return self.working_time(within.counted, days).after(since, within.length)

    def working_time(self, counted: Counted, days: Mapping[date, SpecialDay]) -> WorkingTime:
        """`days`: the roster's own."""
        hours = self.rules.working_hours if counted is Counted.WORKING_HOURS else (WHOLE_DAY,)
        is_worked = partial(is_working_day, region=self._region, special=days)
        return WorkingTime(self._zone, is_worked, hours)
