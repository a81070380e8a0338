"""When somebody is reminded of a ticket: moments, made of its deadlines by the company's rules.

    opened ------------ before ---- deadline ---- managers
                          |            |             |
                       who has it   and the head   the managers

An urgent ticket that nobody holds has moments of its own, at which a manager's telephone rings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from call_logs.deadlines import Hours, WorkingTime
from call_logs.tickets.due import Deadline, Stamped, unmet
from call_logs.tickets.telling import Level

__all__ = ["STALE", "Dated", "Due", "ReminderRules", "due_moments"]

# What is older is told by the digests alone: a program that was off for a week, or an upgrade,
# must not tell everybody of everything.
STALE = timedelta(days=3)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class ReminderRules:
    """`before` and `managers` are shares of a target: of the time from opening to deadline."""

    before: float = 0.25  # left when who has it is reminded; 0: nobody is
    managers: float = 0.5  # passed since the deadline when the managers are told
    ring_after: timedelta = timedelta(minutes=10)  # nobody holds an urgent one; 0: never
    hours: tuple[Hours, ...] = (Hours(time(8), time(21)),)  # of what is not urgent
    digest: time | None = time(8)

    def opening(self, now: datetime, zone: ZoneInfo) -> datetime:
        """`now` within the hours, else when they begin next."""
        times = WorkingTime(zone, lambda day: True, self.hours)
        if times.between(now, now + _INSTANT):
            return now
        return times.after(now, _INSTANT) - _INSTANT


class Dated(Stamped, Protocol):
    """A ticket with its deadlines, as a row or as a value."""

    @property
    def opened_at(self) -> datetime: ...
    @property
    def due_from(self) -> datetime | None: ...
    @property
    def acknowledge_due_at(self) -> datetime: ...
    @property
    def on_site_due_at(self) -> datetime: ...
    @property
    def feedback_due_at(self) -> datetime: ...


@dataclass(frozen=True)
class Due:
    """At `at` somebody is told that `deadlines`, all due at `moment`, come near or were missed."""

    level: Level
    deadlines: tuple[Deadline, ...]
    moment: datetime
    at: datetime


def due_moments(ticket: Dated, rules: ReminderRules) -> Iterator[Due]:
    """Every moment of the deadlines that are not met; those that fall together are one."""
    since = ticket.due_from or ticket.opened_at
    still = unmet(ticket)
    together: dict[datetime, list[Deadline]] = {}
    for deadline in (each for each in Deadline if each in still):
        together.setdefault(getattr(ticket, deadline.column), []).append(deadline)
    for moment, found in together.items():
        target = max(moment - since, timedelta(0))
        deadlines = tuple(found)
        if rules.before and target:
            yield Due(Level.BEFORE, deadlines, moment, moment - rules.before * target)
        yield Due(Level.MISSED, deadlines, moment, moment)
        yield Due(Level.MANAGERS, deadlines, moment, moment + rules.managers * target)
