"""Who is on call: now, for each kind of call, and in the coming week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import TypeVar

from anyio.to_thread import run_sync

from call_logs import (
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
    plan,
)

__all__ = ["Day", "NowServing", "OnCall", "Ringing", "on_call_page"]

Interval = TypeVar("Interval", Leave, Override)

DAYS = 7
FURTHER = timedelta(days=14)  # so that a duty that begins in this week has its true end
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
class Day:
    """The duties that begin on a day, or go on from the day before (`Duty.start` then lies
    before it)."""

    day: date
    duties: tuple[Duty, ...]


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


async def on_call_page(roster: Roster, categories: Sequence[str]) -> OnCall:
    """Reckoned on a thread: a week of many schedules takes its time."""
    return await run_sync(_look, roster, tuple(categories), datetime.now(UTC))


def _look(roster: Roster, categories: Sequence[str], at: datetime) -> OnCall:
    midnight = datetime.combine(at.astimezone(roster.zone).date(), time(), roster.zone)
    week_end = midnight + timedelta(days=DAYS)
    found = duties(roster, at - timedelta(days=1), week_end + FURTHER)
    names = dict.fromkeys((*categories, *sorted(roster.policies), ANY_CATEGORY, DUTY))
    return OnCall(
        at=at,
        roster=roster,
        now=tuple(_now(roster, schedule, found, at) for schedule in roster.schedules),
        ringing=tuple(
            Ringing(name, plan(roster.policy(name), roster, at).levels) for name in names
        ),
        week=_days(roster, [duty for duty in found if duty.end > at and duty.start < week_end]),
        leaves=_coming(roster.leaves, at),
        overrides=_coming(roster.overrides, at),
    )


def _now(roster: Roster, schedule: Schedule, found: Sequence[Duty], at: datetime) -> NowServing:
    serving = [d for d in found if d.schedule == schedule.id and d.start <= at < d.end]
    return NowServing(
        schedule,
        tuple(roster.by_id[duty.person] for duty in serving),
        min((duty.end for duty in serving), default=None),
    )


def _days(roster: Roster, found: Sequence[Duty]) -> tuple[Day, ...]:
    def day_of(duty: Duty) -> date:
        return duty.start.astimezone(roster.zone).date()

    return tuple(Day(day, tuple(each)) for day, each in groupby(found, key=day_of))


def _coming(entries: Iterable[Interval], at: datetime) -> tuple[Interval, ...]:
    """What holds now or soon, in its order."""
    soon = [each for each in entries if each.end > at and each.start < at + SOON]
    return tuple(sorted(soon, key=lambda each: (each.start, each.end)))
