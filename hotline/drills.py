"""The monthly drill: on the first working day, at ten in the morning of the site."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from call_logs import Store
from call_logs.deadlines import is_working_day
from call_logs.roster import SpecialDay
from call_logs.storage import Loop, Severity
from call_logs.users import Actor
from ivr.dispatch import Drills

AT = time(10, 0)
LOOK_EVERY_S = 30.0
LATEST = timedelta(hours=1)  # a machine that slept, or whose clock was set, wakes nobody at night
MONTHLY_DRILL = "monthly drill"
LONGEST_S = 6 * 3600.0  # of a whole drill


def monthly_drill(store: Store, drills: Drills, zone: ZoneInfo, region: str) -> Loop:
    """Rings everybody for practice once a month. A month in which the program did not run at
    the time is passed over: nobody is woken to make up for it."""
    due: datetime | None = None

    async def look() -> None:
        nonlocal due
        now, was_due = store.clock.now().astimezone(zone), due
        special = (await store.roster.current()).days
        # Before the drill: one that fails is not repeated.
        due = await asyncio.to_thread(next_drill, now, region, special)
        if was_due is None or not was_due <= now <= was_due + LATEST:
            return
        # Another node of this site may have begun.
        if not await store.dispatches.drills(store.clock.now() - timedelta(days=1)):
            await drills.run_all(Actor.in_name_of(MONTHLY_DRILL))

    return Loop(
        MONTHLY_DRILL,
        look,
        checks=store.checks,
        every_s=LOOK_EVERY_S,
        hangs_after_s=LONGEST_S,
        severity=Severity.DEGRADED,
    )


def next_drill(now: datetime, region: str, special: Mapping[date, SpecialDay]) -> datetime:
    """The first moment after `now` (aware) at which a drill is due, in its zone. `special`
    are the roster's holidays and make-up days."""

    def of_month(day: date) -> datetime:
        first = day.replace(day=1)
        while not is_working_day(first, region, special):
            first += timedelta(days=1)
        return datetime.combine(first, AT, now.tzinfo)

    due = of_month(now.date())
    if due > now:
        return due
    return of_month((now.date().replace(day=1) + timedelta(days=32)).replace(day=1))
