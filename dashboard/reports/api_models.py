"""Statistics as programs see them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dashboard.web.api_models import Out


class PointOut(Out):
    day: date
    tickets: int
    by_class: dict[str, int]


class TimesOut(Out):
    count: int
    median_s: float | None
    p90_s: float | None
    kept: int | None
    missed: int | None
    share_kept: float | None


class CallCountsOut(Out):
    incoming: int
    answered: int
    answered_in_time: int
    abandoned: int
    missed: int
    median_s: float | None
    p90_s: float | None
    share_in_time: float | None
    share_answered: float | None
    keeps_norm: bool | None


class StatisticsOut(Out):
    first: date
    last: date
    step: str
    tickets: int
    open: int
    by_class: dict[str, int]
    by_kind: dict[str, int]
    by_source: dict[str, int]
    by_category: dict[str, int]
    by_building: dict[str, int]
    by_hour: tuple[int, ...]
    trend: tuple[PointOut, ...]
    times: dict[str, TimesOut]
    reopened: int
    scores: dict[int, int]
    satisfaction: float | None
    calls: CallCountsOut


class WordOut(Out):
    """`tickets`: ids of those that say it, newest first; `before`: how many of the eight weeks
    before did; `weeks`: of each 1,000 tickets, the oldest week first and this time last."""

    word: str
    count: int
    is_new: bool
    before: int
    weeks: tuple[float, ...]
    tickets: tuple[int, ...]


class RecurringOut(Out):
    """`every`: half of the times it came back within that (ISO 8601)."""

    category: str
    building: str
    area: str
    equipment: str
    equipment_id: int | None
    times: int
    tickets: tuple[int, ...]
    last_at: datetime
    every: timedelta
    cause: str
    cause_kind: str


class SpanOut(Out):
    count: int
    median_s: float | None
    p90_s: float | None


class WaitsOut(Out):
    """`ref`: a reference of the directory; "" for all."""

    ref: str
    tickets: int
    missed: int
    scores: int
    satisfaction: float | None
    steps: dict[str, SpanOut]


class FirmWorkOut(Out):
    """`ref`: a reference of the directory. `in_time`, `late`: of tasks with a date; `tickets`: on
    which it has done something, `reopened`: of them, after that."""

    ref: str
    tasks: int
    done: int
    in_time: int
    late: int
    share_in_time: float | None
    tickets: int
    reopened: int
    scores: int
    satisfaction: float | None


class AllWaitsOut(Out):
    all: WaitsOut
    departments: tuple[WaitsOut, ...]
    people: tuple[WaitsOut, ...]
