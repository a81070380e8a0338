"""Working minutes of a site, counted one by one: its own lists of days, no library.

Minutes are whole UTC minutes since `Site.first`. What counts is decided minute by minute, so
nights, holidays and changes of the clock need no rule of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def days(first: str, last: str) -> set[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return {start + timedelta(days=n) for n in range((end - start).days + 1)}


# As the State Council announced them for 2026, copied from its notice.
CHINA_OFF = (
    days("2026-01-01", "2026-01-03")  # New Year
    | days("2026-02-15", "2026-02-23")  # Spring Festival
    | days("2026-04-04", "2026-04-06")  # Qingming
    | days("2026-05-01", "2026-05-05")  # Labour Day
    | days("2026-06-19", "2026-06-21")  # Dragon Boat
    | days("2026-09-25", "2026-09-27")  # Mid-Autumn
    | days("2026-10-01", "2026-10-07")  # National Day
)
CHINA_MADE_UP = {
    date.fromisoformat(each)
    for each in (
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    )
}
AMERICA_OFF = {
    date.fromisoformat(each)
    for each in (
        "2026-01-01",
        "2026-01-19",
        "2026-02-16",
        "2026-05-25",
        "2026-06-19",
        "2026-07-03",
        "2026-07-04",
        "2026-09-07",
        "2026-10-12",
        "2026-11-11",
        "2026-11-26",
        "2026-12-25",
    )
}


@dataclass(frozen=True)
class Site:
    """One site and the days on which it works. An end of `hours` before its start is the next
    day's."""

    zone: str
    region: str
    off: frozenset[date]
    worked: frozenset[date]  # although the week says no
    hours: tuple[tuple[time, time], ...]
    first: datetime
    until: datetime

    def works(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    @cached_property
    def _walls(self) -> list[datetime]:
        """The wall clock of every minute, without a zone."""
        walls: list[datetime] = []
        at = self.first
        while at < self.until:
            wall = self.local(at).replace(tzinfo=None)  # offsets change on whole hours
            walls += [wall + n * MINUTE for n in range(60)]
            at += HOUR
        return walls

    @cached_property
    def in_hours(self) -> list[int]:
        """How many minutes of working hours have passed by each minute."""
        return list(accumulate((self._is_working(wall) for wall in self._walls), initial=0))

    @cached_property
    def in_days(self) -> list[int]:
        """... of working days, midnight to midnight."""
        return list(accumulate((self._day_works(wall.date()) for wall in self._walls), initial=0))

    def _day_works(self, day: date) -> bool:
        known = self.__dict__.setdefault("_known_days", {})
        if day not in known:
            known[day] = self.works(day)
        return bool(known[day])

    def _is_working(self, wall: datetime) -> bool:
        clock, today = wall.time(), self._day_works(wall.date())
        for start, end in self.hours:
            if start < end:
                works = today and start <= clock < end
            else:
                late, early = clock >= start, clock < end
                works = (late and today) or (early and self._day_works(wall.date() - DAY))
            if works:
                return True
        return False

    def minute(self, at: datetime) -> int:
        number, rest = divmod(at - self.first, MINUTE)
        assert not rest, f"{at} is no whole minute"
        return number

    def after(self, since: datetime, length: timedelta, counted: list[int]) -> datetime:
        """When `length` of it has passed since then."""
        wanted = counted[self.minute(since)] + length // MINUTE
        return self.first + bisect_left(counted, wanted) * MINUTE

    def between(self, start: datetime, end: datetime, counted: list[int]) -> timedelta:
        return (counted[self.minute(end)] - counted[self.minute(start)]) * MINUTE


def shanghai(first: datetime, until: datetime) -> Site:
    return Site(
        "Asia/Shanghai",
        "CN",
        frozenset(CHINA_OFF | {date(2026, 9, 1)}),  # the company's own day
        frozenset(CHINA_MADE_UP),
        ((time(9), time(12)), (time(13), time(18))),
        first,
        until,
    )


def new_york(first: datetime, until: datetime) -> Site:
    """Works at night, also in the two nights in which the clock is changed."""
    return Site(
        "America/New_York",
        "US",
        frozenset(AMERICA_OFF | {date(2026, 9, 1)}),
        frozenset({date(2026, 3, 7), date(2026, 10, 31)}),
        ((time(8), time(16)), (time(22), time(6))),
        first,
        until,
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
