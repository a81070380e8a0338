"""What a time has brought: how many, of what, where and when; how fast, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from call_logs.tables.ticket_kinds import TicketClass

# GB/T 33358-2016: a public hotline answers within 15 s, and connects 95 % of calls.
ANSWER_S = 15.0
ANSWERED_SHARE = 0.95

DAYS_BY_DAY = 62  # a longer time is told by weeks
DAYS_BY_WEEK = 366  # and a still longer one by months


class Step(StrEnum):
    """What one point of the trend is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @classmethod
    def of(cls, days: int) -> Step:
        if days <= DAYS_BY_DAY:
            return cls.DAY
        return cls.WEEK if days <= DAYS_BY_WEEK else cls.MONTH

    def first_day(self, day: date) -> date:
        """Of the day, week (from Monday) or month in which `day` is."""
        match self:
            case Step.WEEK:
                return day - timedelta(days=day.weekday())
            case Step.MONTH:
                return day.replace(day=1)
        return day

    def following(self, day: date) -> date:
        match self:
            case Step.WEEK:
                return day + timedelta(days=7)
            case Step.MONTH:
                return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return day + timedelta(days=1)


@dataclass(frozen=True)
class Point:
    """One step of the trend, from `day` on."""

    day: date
    tickets: int
    by_class: Mapping[TicketClass, int]


@dataclass(frozen=True)
class Times:
    """How long something took after the ticket came, and whether its deadline was kept."""

    count: int  # of how many it is known
    median_s: float | None
    p90_s: float | None
    kept: int | None = None  # None: it has no deadline
    missed: int | None = None

    @property
    def share_kept(self) -> float | None:
        """Of those whose deadline is decided."""
        return _share(self.kept, (self.kept or 0) + (self.missed or 0))


@dataclass(frozen=True)
class CallCounts:
    """Calls that came in."""

    incoming: int
    answered: int
    answered_in_time: int  # within `ANSWER_S`
    abandoned: int  # the caller left before the answer
    missed: int  # nobody learnt what the caller wanted
    median_s: float | None  # to the answer
    p90_s: float | None

    @property
    def share_in_time(self) -> float | None:
        return _share(self.answered_in_time, self.incoming)

    @property
    def share_answered(self) -> float | None:
        return _share(self.answered, self.incoming)

    @property
    def keeps_norm(self) -> bool | None:
        """Whether enough calls were answered; None without a call."""
        share = self.share_answered
        return None if share is None else share >= ANSWERED_SHARE


@dataclass(frozen=True)
class Statistics:
    """Of the tickets that were opened, and the calls that began, from `first` to `last`."""

    first: date
    last: date
    step: Step
    tickets: int
    open: int  # of them, not closed yet
    by_class: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_source: Mapping[str, int]
    by_category: Mapping[str, int]  # the most frequent first, as all that follow
    by_building: Mapping[str, int]
    by_hour: tuple[int, ...]  # of the day, by the site's clock
    trend: tuple[Point, ...]
    times: Mapping[str, Times]  # acknowledge, on_site, feedback, resolve
    reopened: int  # tickets that were opened again, once or more
    scores: Mapping[int, int]  # satisfaction -> tickets
    calls: CallCounts

    @property
    def satisfaction(self) -> float | None:
        """On average."""
        total = sum(score * count for score, count in self.scores.items())
        return _share(total, sum(self.scores.values()))


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole
