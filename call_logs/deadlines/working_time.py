"""Time that counts: hours of the working days, over nights, holidays and changes of the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from call_logs.roster import moment

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
# Looked ahead at most. Who has not come to an end by then has a roster on which hardly anybody
# ever works: what is left then runs by the clock, so that there is a deadline at all.
FURTHEST_DAYS = 1500


@dataclass(frozen=True)
class Hours:
    """From `start` to `end` of the wall clock. An `end` not after `start` is the next day's:
    22:00 to 06:00 belongs to the day on which it begins, 00:00 to 00:00 is a whole day."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


WHOLE_DAY = Hours(time(0), time(0))


class WorkingTime:
    """Counts time within `hours` of the days that `is_worked` names.

    Moments are aware, and UTC when they come from here. Time is what has really passed: a
    whole day on which the clock is put forward has 23 hours.
    """

    def __init__(
        self, zone: ZoneInfo, is_worked: Callable[[date], bool], hours: tuple[Hours, ...]
    ) -> None:
        """`hours` do not overlap, also not with those of the next day."""
        self._zone = zone
        self._is_worked = is_worked
        self._hours = tuple(sorted(hours, key=lambda each: each.start))

    def after(self, since: datetime, length: timedelta) -> datetime:
        """The first moment at which `length` (more than nothing) of it has passed."""
        passed = _NOTHING
        last = since
        for start, end in self._spans(since):
            if passed + (end - start) >= length:
                return (start + (length - passed)).astimezone(UTC)
            passed += end - start
            last = end
        return (last + (length - passed)).astimezone(UTC)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much of it lies between two moments."""
        passed = _NOTHING
        for opens, closes in self._spans(start):
            if opens >= end:
                break
            passed += min(closes, end) - opens
        return passed

    def _spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What counts from `since` on, in order; none is empty, none begins earlier."""
        # The evening before may go on past midnight.
        first = since.astimezone(self._zone).date() - _DAY
        for offset in range(FURTHEST_DAYS):
            day = first + offset * _DAY
            if not self._is_worked(day):
                continue
            for hours in self._hours:
                end_day = day if hours.end > hours.start else day + _DAY
                start = max(moment(day, hours.start, self._zone), since)
                end = moment(end_day, hours.end, self._zone)
                if start < end:
                    yield start, end
