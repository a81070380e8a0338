"""The monthly drill: on the first working day, at ten in the morning of the site."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from call_logs import Store
from ivr import Drills

logger = logging.getLogger(__name__)

AT = time(10, 0)
LONGEST_SLEEP_S = 3600.0  # a clock that was set is noticed within the hour
SATURDAY = 5


async def drill_monthly(store: Store, drills: Drills, zone: ZoneInfo) -> None:
    """Ring everybody for practice once a month, until cancelled. A month in which the
    program did not run at the time is passed over: nobody is woken to make up for it."""
    while True:
        now = datetime.now(zone)
        due = next_drill(now)
        left_s = (due - now).total_seconds()
        await asyncio.sleep(min(left_s, LONGEST_SLEEP_S))
        if left_s > LONGEST_SLEEP_S:
            continue
        try:
            # Another node of this site may have begun.
            if not await store.dispatches.drills(datetime.now(UTC) - timedelta(days=1)):
                await drills.run_all("monthly drill")
        except Exception:
            logger.exception("the monthly drill failed")


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
