"""What a time has brought: how many, of what, where and when; how fast, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

from call_logs.reports.punctuality import Deadline, Outcome, outcome
from call_logs.tables.calls import CallRow
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow

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


# What of a row is read; the place alone has to be decrypted.
TICKET_COLUMNS = (
    "id",
    "kind",
    "ticket_class",
    "source",
    "category",
    "building",
    "satisfaction",
    "opened_at",
    "acknowledged_at",
    "on_site_at",
    "resolved_at",
    "feedback_at",
    "closed_at",
    "merged_into",
    *(f"{deadline}_due_at" for deadline in Deadline),
)
_MOMENTS = {
    "acknowledge": "acknowledged_at",
    "on_site": "on_site_at",
    "feedback": "feedback_at",
    "resolve": "resolved_at",
}
RESOLVE = "resolve"


@dataclass
class Tally:
    """Counts rows as they come."""

    first: date
    last: date
    zone: ZoneInfo
    now: datetime
    tickets: int = 0
    open: int = 0
    reopened: int = 0
    counters: dict[str, Counter[str]] = field(default_factory=dict)
    hours: Counter[int] = field(default_factory=Counter)
    days: Counter[tuple[date, str]] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)
    took_s: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _MOMENTS})
    outcomes: Counter[tuple[Deadline, Outcome]] = field(default_factory=Counter)
    waits_s: list[float] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def add_ticket(self, row: TicketRow) -> None:
        self.tickets += 1
        merged = row.merged_into is not None  # told once more; its work is the other ticket's
        self.open += row.closed_at is None and not merged
        for name in ("kind", "ticket_class", "source", "category", "building"):
            self.counters.setdefault(name, Counter())[getattr(row, name) or ""] += 1
        at = row.opened_at.astimezone(self.zone)
        self.hours[at.hour] += 1
        self.days[at.date(), row.ticket_class] += 1
        if row.satisfaction is not None:
            self.scores[row.satisfaction] += 1
        for name, moment in _MOMENTS.items():
            done = getattr(row, moment)
            if done is not None:
                self.took_s[name].append((done - row.opened_at).total_seconds())
        for deadline in () if merged else Deadline:
            self.outcomes[deadline, outcome(row, deadline, self.now)] += 1

    def add_call(self, row: CallRow) -> None:
        self.calls["incoming"] += 1
        self.calls["missed"] += row.missed
        if row.answered_at is None:
            self.calls["abandoned"] += row.ended_at is not None
            return
        wait_s = (row.answered_at - row.started_at).total_seconds()
        self.waits_s.append(wait_s)
        self.calls["answered_in_time"] += wait_s <= ANSWER_S

    def result(self) -> Statistics:
        step = Step.of((self.last - self.first).days + 1)
        return Statistics(
            first=self.first,
            last=self.last,
            step=step,
            tickets=self.tickets,
            open=self.open,
            by_class=self._all_of("ticket_class", TicketClass),
            by_kind=self._most("kind"),
            by_source=self._most("source"),
            by_category=self._most("category"),
            by_building=self._most("building"),
            by_hour=tuple(self.hours[hour] for hour in range(24)),
            trend=tuple(self._trend(step)),
            times={name: self._times(name) for name in _MOMENTS},
            reopened=self.reopened,
            scores={score: self.scores[score] for score in range(1, 6)},
            calls=CallCounts(
                incoming=self.calls["incoming"],
                answered=len(self.waits_s),
                answered_in_time=self.calls["answered_in_time"],
                abandoned=self.calls["abandoned"],
                missed=self.calls["missed"],
                median_s=rank(self.waits_s, 0.5),
                p90_s=rank(self.waits_s, 0.9),
            ),
        )

    def _most(self, name: str) -> dict[str, int]:
        counted = self.counters.get(name, Counter())
        return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))

    def _all_of(self, name: str, known: Iterable[str]) -> dict[str, int]:
        counted = self.counters.get(name, Counter())
        return {str(value): counted[value] for value in known}

    def _times(self, name: str) -> Times:
        took_s = self.took_s[name]
        kept = missed = None
        if name != RESOLVE:
            kept = self.outcomes[Deadline(name), Outcome.KEPT]
            missed = self.outcomes[Deadline(name), Outcome.MISSED]
        return Times(len(took_s), rank(took_s, 0.5), rank(took_s, 0.9), kept, missed)

    def _trend(self, step: Step) -> Iterable[Point]:
        steps: Counter[tuple[date, str]] = Counter()
        for (day, ticket_class), count in self.days.items():
            steps[step.first_day(day), ticket_class] += count
        day = step.first_day(self.first)
        while day <= self.last:
            by_class = {each: steps[day, each.value] for each in TicketClass}
            yield Point(day, sum(by_class.values()), by_class)
            day = step.following(day)


def rank(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of all do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole
