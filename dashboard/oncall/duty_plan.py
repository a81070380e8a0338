"""Who is on call: now, at any other moment, for each kind of call, and in the coming week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from anyio.to_thread import run_sync

from call_logs.roster import (
    ANY_CATEGORY,
    DUTY,
    Duty,
    Leave,
    Override,
    Person,
    PlannedLevel,
    Roster,
    Schedule,
    duties,
    moment,
    plan,
    rota,
)

__all__ = ["Asked", "Day", "NowServing", "OnCall", "Part", "Ringing", "on_call_at", "on_call_page"]

Interval = TypeVar("Interval", Leave, Override)

DAYS = 7
FURTHER = timedelta(days=21)  # so that a duty of this week has its true end
SOON = timedelta(days=60)  # leave and stand-ins further away are on the roster page only


@dataclass(frozen=True)
class NowServing:
    """Who serves in a schedule now, and until when at the earliest."""

    schedule: Schedule
    people: tuple[Person, ...]
    until: datetime | None


@dataclass(frozen=True)
class Ringing:
    """Whom a category would ring now, level by level; without levels: nobody."""

    category: str
    levels: tuple[PlannedLevel, ...]


@dataclass(frozen=True)
class Part:
    """What of a duty lies within one day."""

    schedule: str
    person: str
    start: datetime
    end: datetime
    whole_day: bool
    to_midnight: bool
    now: bool  # it is going on


@dataclass(frozen=True)
class Day:
    """A day from midnight to midnight, complete: a duty of several days is in each of them."""

    day: date
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Asked:
    """Who serves at a moment that somebody asked about, and whom each category would ring."""

    at: datetime
    serving: tuple[NowServing, ...]
    ringing: tuple[Ringing, ...]


@dataclass(frozen=True)
class OnCall:
    """What the page shows; all of it is true at `at`."""

    at: datetime
    roster: Roster
    now: tuple[NowServing, ...]
    ringing: tuple[Ringing, ...]
    week: tuple[Day, ...]
    leaves: tuple[Leave, ...]
    overrides: tuple[Override, ...]


async def on_call_page(roster: Roster, categories: Sequence[str], now: datetime) -> OnCall:
    """Reckoned on a thread: a week of many schedules takes its time."""
    return await run_sync(_look, roster, tuple(categories), now)


async def on_call_at(roster: Roster, categories: Sequence[str], at: datetime) -> Asked:
    """As `on_call_page`, for one moment."""
    return await run_sync(_asked, roster, tuple(categories), at)


def _asked(roster: Roster, categories: Sequence[str], at: datetime) -> Asked:
    serving = tuple(NowServing(schedule, people, None) for schedule, people in rota(roster, at))
    return Asked(at, serving, _ringing(roster, categories, at))


def _look(roster: Roster, categories: Sequence[str], at: datetime) -> OnCall:
    today = at.astimezone(roster.zone).date()
    midnight = moment(today, time(), roster.zone)
    found = duties(roster, midnight, midnight + FURTHER)
    return OnCall(
        at=at,
        roster=roster,
        now=tuple(
            _now(roster, schedule, found, at, midnight + FURTHER) for schedule in roster.schedules
        ),
        ringing=_ringing(roster, categories, at),
        week=tuple(
            _day(today + timedelta(days=offset), roster, found, at) for offset in range(DAYS)
        ),
        leaves=_coming(roster.leaves, at),
        overrides=_coming(roster.overrides, at),
    )


def _ringing(roster: Roster, categories: Sequence[str], at: datetime) -> tuple[Ringing, ...]:
    names = dict.fromkeys((*categories, *sorted(roster.policies), ANY_CATEGORY, DUTY))
    return tuple(Ringing(name, plan(roster.policy(name), roster, at).levels) for name in names)


def _now(
    roster: Roster, schedule: Schedule, found: Sequence[Duty], at: datetime, looked_to: datetime
) -> NowServing:
    """Who serves without an end that we have looked at has none to tell."""
    serving = [d for d in found if d.schedule == schedule.id and d.start <= at < d.end]
    return NowServing(
        schedule,
        tuple(roster.by_id[duty.person] for duty in serving),
        min((duty.end for duty in serving if duty.end < looked_to), default=None),
    )


def _day(day: date, roster: Roster, found: Sequence[Duty], at: datetime) -> Day:
    begins = moment(day, time(), roster.zone)
    ends = moment(day + timedelta(days=1), time(), roster.zone)
    parts = [
        Part(
            duty.schedule,
            duty.person,
            start := max(duty.start, begins),
            end := min(duty.end, ends),
            whole_day=(start, end) == (begins, ends),
            to_midnight=end == ends,
            now=start <= at < end,
        )
        for duty in found
        if duty.start < ends and duty.end > begins
    ]
    return Day(day, tuple(sorted(parts, key=lambda part: (part.start, part.end, part.schedule))))


def _coming(entries: Iterable[Interval], at: datetime) -> tuple[Interval, ...]:
    """What holds now or soon, in its order."""
    soon = [each for each in entries if each.end > at and each.start < at + SOON]
    return tuple(sorted(soon, key=lambda each: (each.start, each.end)))
