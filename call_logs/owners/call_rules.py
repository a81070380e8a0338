"""When an owner may be called, and when again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["CallRules"]

STEP = timedelta(minutes=15)
SPREAD = timedelta(hours=3)  # who is not there now is likelier there after so long
HOUR = timedelta(hours=1)
DAYS = 8  # within which every hour of a day has come


@dataclass(frozen=True)
class CallRules:
    """What the configuration says of calls for a survey, or with news. `rest`: how long a number
    that was rung, for whatever, is left alone."""

    hours: tuple[tuple[time, time], ...] = ((time(10), time(12)), (time(14), time(20)))
    after: timedelta = timedelta(hours=2)  # what the call is about
    tries: int = 3
    spread: timedelta = SPREAD
    rest: timedelta = HOUR

    def first(self, told_at: datetime, zone: ZoneInfo) -> datetime:
        """When the first call may be made."""
        return self._next(told_at + self.after, zone, frozenset())

    def again(self, tried: Collection[datetime], zone: ZoneInfo) -> datetime:
        """When the next one may: in an hour of the day that was not tried, while there is one.
        Never sooner than an hour after the last, unless `spread` is less than one."""
        hours = frozenset(each.astimezone(zone).hour for each in tried)
        if self.spread < HOUR:
            hours = frozenset()
        return self._next(max(tried) + self.spread, zone, hours)

    def rested(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When a number that was rung lately may be again."""
        return self._next(now + self.rest, zone, frozenset())

    def allows(self, moment: datetime, zone: ZoneInfo) -> bool:
        local = moment.astimezone(zone).time()
        return any(
            start <= local < end if start < end else local >= start or local < end
            for start, end in self.hours
        )

    def _next(self, earliest: datetime, zone: ZoneInfo, tried: Collection[int]) -> datetime:
        allowed = [each for each in _steps(earliest) if self.allows(each, zone)]
        fresh = (each for each in allowed if each.astimezone(zone).hour not in tried)
        return next(fresh, next(iter(allowed), earliest + timedelta(days=1)))


def _steps(earliest: datetime) -> Iterator[datetime]:
    end = earliest + timedelta(days=DAYS)
    while earliest < end:
        yield earliest
        earliest += STEP
