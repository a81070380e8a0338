"""When somebody works: windows, weekly shifts, rotations, overrides, leave, special days.

Everything here is a value and speaks of people by their id only; `call_logs.roster.roster`
puts it together. Wall-clock times belong to the schedule's time zone, moments are
aware UTC datetimes, intervals contain their start and not their end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

__all__ = [
    "EVERY_DAY",
    "DatedShift",
    "Leave",
    "OnHolidays",
    "Override",
    "Rotation",
    "Schedule",
    "SpecialDay",
    "WeeklyShift",
    "Window",
    "moment",
]

EVERY_DAY = frozenset(range(7))  # Monday is 0, as in `date.weekday`
_DAY = timedelta(days=1)
WEEK_DAYS = 7

SpecialDays = Mapping[date, "SpecialDay"]


@lru_cache(maxsize=16384)
def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the wall clock of `zone` first shows `clock` on `day`.

    A time that occurs twice is its first occurrence (RFC 5545 section 3.3.5). A time
    that is skipped is the moment of the jump: unlike the RFC's reading, which puts
    02:30 after 03:15 on such a night, this keeps the order of wall-clock times, so two
    shifts that meet on paper meet on that night too.
    """
    naive = datetime.combine(day, clock)
    early = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    usual = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early >= usual:  # unambiguous, or twice: `fold=0` is the first
        return usual
    # Skipped: `usual` reckons with the offset before the jump and lies after it, `early`
    # the other way round. Halve down to the second at which the offset changes.
    before = early.astimezone(zone).utcoffset()
    while usual - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(usual - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            usual = middle
    return usual


@dataclass(frozen=True)
class SpecialDay:
    """A named day that is not what its weekday says: a holiday, or a day worked as another
    (the Chinese make-up days: a Saturday worked as a Monday has `works_as=0`)."""

    name: str
    first: date
    last: date
    works_as: int | None = None  # None: a holiday


class OnHolidays(StrEnum):
    """What a window does on a holiday."""

    AS_USUAL = "as_usual"
    NEVER = "never"
    ONLY = "only"  # a window that exists on holidays alone


@dataclass(frozen=True)
class Window:
    """Hours that come back on given weekdays. An `end` not after `start` is the next
    day's: 20:00 to 08:00 belongs to the day it starts on, 00:00 to 00:00 is a whole day."""

    days: frozenset[int] = EVERY_DAY
    start: time = time(0)
    end: time = time(0)
    holidays: OnHolidays = OnHolidays.AS_USUAL
    first: date | None = None
    last: date | None = None

    def span(
        self, day: date, zone: ZoneInfo, special: SpecialDays
    ) -> tuple[datetime, datetime] | None:
        """Start and end of the window that starts on `day`, None when there is none."""
        if not self.opens_on(day, special):
            return None
        end_day = day if self.end > self.start else day + _DAY
        return moment(day, self.start, zone), moment(end_day, self.end, zone)

    def opens_on(self, day: date, special: SpecialDays) -> bool:
        """Whether a shift begins on that day."""
        if (self.first and day < self.first) or (self.last and day > self.last):
            return False
        named = special.get(day)
        is_holiday = named is not None and named.works_as is None
        if is_holiday and self.holidays is OnHolidays.NEVER:
            return False
        if not is_holiday and self.holidays is OnHolidays.ONLY:
            return False
        weekday = day.weekday() if named is None or named.works_as is None else named.works_as
        return weekday in self.days

    def days_between(self, first: date, last: date, special: SpecialDays) -> int:
        """On how many days from `first` to `last` a shift begins; quick for any span."""
        first = max(first, self.first or first)
        last = min(last, self.last or last)
        if last < first:
            return 0
        usual = frozenset() if self.holidays is OnHolidays.ONLY else self.days
        weeks, rest = divmod((last - first).days + 1, 7)
        count = weeks * len(usual)
        count += sum((first.weekday() + offset) % 7 in usual for offset in range(rest))
        for day in special:
            if first <= day <= last:
                count += self.opens_on(day, special) - (day.weekday() in usual)
        return count

    def covers(self, at: datetime, zone: ZoneInfo, special: SpecialDays) -> bool:
        """Whether `at` lies in the window of that day or in one that began the day before."""
        today = at.astimezone(zone).date()
        return any(
            span is not None and span[0] <= at < span[1]
            for span in (self.span(today, zone, special), self.span(today - _DAY, zone, special))
        )

    def boundaries(
        self, start: datetime, end: datetime, zone: ZoneInfo, special: SpecialDays
    ) -> Iterator[datetime]:
        """Every moment in or near [start, end) at which the window opens or closes."""
        day = start.astimezone(zone).date() - _DAY
        last = end.astimezone(zone).date()
        while day <= last:
            if span := self.span(day, zone, special):
                yield from span
            day += _DAY


@dataclass(frozen=True)
class WeeklyShift:
    """The same people in the same hours of every week."""

    people: tuple[str, ...]
    window: Window = field(default_factory=Window)


@dataclass(frozen=True)
class Rotation:
    """People who take turns: the first from the hand-over on `since`, the next
    `every_days` later, and so on. The turn is served in the hours of `window` only.

    Turns shorter than a week are counted in days with a shift: in daily turns from Monday
    to Friday, who had Friday does not have Monday too. Turns of a week and longer are weeks
    of the calendar. Whoever is away when their turn comes is stood in for by the next in the
    order who is not.
    """

    people: tuple[str, ...]
    since: date
    handover: time = time(9)
    every_days: int = 7
    window: Window = field(default_factory=Window)

    def order(self, at: datetime, zone: ZoneInfo, special: SpecialDays) -> tuple[str, ...]:
        """The people, the one whose turn it is first; nobody before the first hand-over."""
        if not self.people:
            return ()
        day = at.astimezone(zone).date()
        if moment(day, self.handover, zone) > at:
            day -= _DAY
        if self.every_days < WEEK_DAYS:
            passed = self.window.days_between(self.since, day, special) - 1
        else:
            passed = (day - self.since).days
        if passed < 0:
            return ()
        index = passed // self.every_days % len(self.people)
        return self.people[index:] + self.people[:index]

    def boundaries(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every hand-over in or near [start, end)."""
        step = 1 if self.every_days < WEEK_DAYS else self.every_days
        turn = max(0, (start.astimezone(zone).date() - self.since).days // step)
        while (begins := moment(self.since + turn * step * _DAY, self.handover, zone)) < end:
            yield begins
            turn += 1


@dataclass(frozen=True)
class DatedShift:
    """One shift at one time, mostly from an imported calendar, whose event `uid` names."""

    person: str
    start: datetime
    end: datetime
    uid: str = ""


@dataclass(frozen=True)
class Override:
    """For a time, a schedule is served by `people` instead.

    With `replaces` they stand in for that person alone, wherever they would have served
    (nobody given: they are taken out); without it they serve instead of everybody.
    """

    id: str
    schedule: str
    start: datetime
    end: datetime
    people: tuple[str, ...]
    replaces: str = ""


@dataclass(frozen=True)
class Leave:
    """A person is away and is not rung, whatever a shift or an override says."""

    id: str
    person: str
    start: datetime
    end: datetime
    note: str = field(default="", repr=False)
    uid: str = ""


@dataclass(frozen=True)
class Schedule:
    """An on-call schedule: who serves when, in which role and for which categories."""

    id: str
    name: str
    zone: ZoneInfo
    role: str = ""  # empty: whatever roles the people have
    categories: frozenset[str] = frozenset()  # empty: all
    weekly: tuple[WeeklyShift, ...] = ()
    rotations: tuple[Rotation, ...] = ()
    dated: tuple[DatedShift, ...] = ()

    @property
    def people(self) -> frozenset[str]:
        """Ids of everybody named in it."""
        shifts: tuple[WeeklyShift | Rotation, ...] = (*self.weekly, *self.rotations)
        return frozenset(
            [person for shift in shifts for person in shift.people]
            + [shift.person for shift in self.dated]
        )

    def people_at(
        self,
        at: datetime,
        *,
        present: Callable[[str], bool],
        special: SpecialDays,
        overrides: tuple[Override, ...] = (),
    ) -> tuple[str, ...]:
        """Ids of who serves at `at`, in order and once each. `present` says who is not
        away; `overrides` are those of this schedule that hold at `at`."""
        stand_ins = {o.replaces: o.people for o in overrides if o.replaces}
        whole = [override for override in overrides if not override.replaces]
        serving = (
            [person for override in whole for person in override.people]
            if whole
            else self._regular(at, present, special, stand_ins)
        )
        replaced = (stand_in for person in serving for stand_in in stand_ins.get(person, (person,)))
        return tuple(dict.fromkeys(filter(present, replaced)))

    def _regular(
        self,
        at: datetime,
        present: Callable[[str], bool],
        special: SpecialDays,
        stand_ins: Mapping[str, tuple[str, ...]],
    ) -> Iterator[str]:
        for shift in self.weekly:
            if shift.window.covers(at, self.zone, special):
                yield from shift.people
        for rotation in self.rotations:
            if rotation.window.covers(at, self.zone, special):
                # A named stand-in comes before the next in the order.
                for person in rotation.order(at, self.zone, special):
                    if any(map(present, stand_ins.get(person, (person,)))):
                        yield person
                        break
        yield from (shift.person for shift in self.dated if shift.start <= at < shift.end)

    def boundaries(
        self, start: datetime, end: datetime, special: SpecialDays
    ) -> Iterator[datetime]:
        """Every moment in or near [start, end) at which the regular service may change."""
        for shift in self.weekly:
            yield from shift.window.boundaries(start, end, self.zone, special)
        for rotation in self.rotations:
            yield from rotation.boundaries(start, end, self.zone)
            yield from rotation.window.boundaries(start, end, self.zone, special)
        for dated in self.dated:
            yield from (dated.start, dated.end)
