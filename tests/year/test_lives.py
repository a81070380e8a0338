"""Tickets of some weeks, and what must become of each by an oracle of its own. A whole year of
20,000: `python -m benchmarks year`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.year.calendar import DAY, Site, days, new_york, shanghai, utc
from tests.year.driver import Year
from tests.year.worlds import leaves


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("make", "start", "weeks", "seed"),
    [
        (shanghai, "2026-02-06", 3, 1),  # the Spring Festival and its make-up days
        (new_york, "2026-03-03", 1, 2),  # the night that has an hour less
        (new_york, "2026-10-29", 1, 3),  # and the one that has an hour more
    ],
)
async def test_what_is_due_is_told_once_and_nothing_else_is(
    tmp_path: Path,
    migrated: Path,
    make: Callable[[datetime, datetime], Site],
    start: str,
    weeks: int,
    seed: int,
) -> None:
    first, length = utc(start), 7 * weeks
    year = Year(
        tmp_path,
        migrated,
        make(first - 30 * DAY, first + (length + 90) * DAY),
        leaves(seed, first, length),
        seed=seed,
        count=20 + 20 * weeks,
        start=first,
        days=length,
    )
    result = await year.run()
    assert result.differences[:5] == []
    assert result.counts["restarts"] > 0
    assert result.counts["told"] > 100
    assert result.counts["rings"] > 0


def test_the_oracle_counts_minutes_as_they_are() -> None:
    """By hand: a week-end, a holiday, a lunch, and an hour that was not there."""
    china = shanghai(utc("2026-02-01"), utc("2026-03-15"))
    eleven = utc("2026-02-13T03:00")  # a Friday; the Saturday is worked, then it is New Year
    assert china.after(eleven, timedelta(hours=2), china.in_hours) == utc("2026-02-13T06:00")
    assert china.after(eleven, timedelta(hours=15), china.in_hours) == utc("2026-02-24T02:00")
    assert china.after(eleven, timedelta(days=2), china.in_days) == utc("2026-02-24T03:00")
    america = new_york(utc("2026-03-01"), utc("2026-03-15"))
    ten_at_night = utc("2026-03-08T03:00")  # of the worked Saturday; at two it is three
    assert america.between(ten_at_night, utc("2026-03-08T10:00"), america.in_hours) == timedelta(
        hours=7
    )
    assert len(days("2026-02-27", "2026-03-02")) == 4
