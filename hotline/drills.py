"""The monthly drill: on the first working day, at ten in the morning of the site."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from call_logs import Loop, Severity, Store
from ivr import Drills

AT = time(10, 0)
LOOK_EVERY_S = 30.0
LATEST = timedelta(hours=1)  # a machine that slept, or whose clock was set, wakes nobody at night
LONGEST_S = 6 * 3600.0  # of a whole drill
SATURDAY = 5


def monthly_drill(store: Store, drills: Drills, zone: ZoneInfo) -> Loop:
    """Rings everybody for practice once a month. A month in which the program did not run at
    the time is passed over: nobody is woken to make up for it."""
    due = next_drill(datetime.now(zone))

    async def look() -> None:
        nonlocal due
        now, was_due = datetime.now(zone), due
        due = next_drill(now)  # before the drill: one that fails is not repeated
        if not was_due <= now <= was_due + LATEST:
            return
        # Another node of this site may have begun.
        if not await store.dispatches.drills(datetime.now(UTC) - timedelta(days=1)):
            await drills.run_all("monthly drill")

    return Loop(
        "monthly drill",
        look,
        checks=store.checks,
        every_s=LOOK_EVERY_S,
        hangs_after_s=LONGEST_S,
        severity=Severity.DEGRADED,
    )


def next_drill(now: datetime) -> datetime:
    """The first moment after `now` (aware) at which a drill is due, in its zone."""
    due = _of_month(now.date(), now)
    if due > now:
        return due
    return _of_month((now.date().replace(day=1) + timedelta(days=32)).replace(day=1), now)


def _of_month(day: date, now: datetime) -> datetime:
    first = day.replace(day=1)
    while first.weekday() >= SATURDAY:
        first += timedelta(days=1)
    return datetime.combine(first, AT, now.tzinfo)
