"""When the monthly drill is due, and what a report shows."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from call_logs.deadlines import is_known
from call_logs.roster import SpecialDay
from hotline.drills import next_drill

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("now", "region", "due"),
    [
        ("2026-09-01T09:59", "CN", "2026-09-01T10:00"),
        ("2026-09-01T10:00", "CN", "2026-10-08T10:00"),  # after the National Day week
        ("2026-08-01T08:00", "CN", "2026-08-03T10:00"),  # the first is a Saturday
        ("2026-10-31T12:00", "CN", "2026-11-02T10:00"),  # ... a Sunday
        ("2025-12-15T12:00", "CN", "2026-01-04T10:00"),  # a Sunday that is worked
        ("2026-12-15T12:00", "CN", "2027-01-04T10:00"),  # a year not announced: the law's day
        ("2026-01-31T12:00", "CN", "2026-02-02T10:00"),  # no 31st of February is looked for
        ("2027-04-15T12:00", "DE", "2027-05-03T10:00"),  # Labour Day is a Saturday
        ("2026-12-15T12:00", "DE", "2027-01-04T10:00"),
        ("2027-02-15T12:00", "KR", "2027-03-02T10:00"),  # Independence Movement Day
        ("2026-12-15T12:00", "AC", "2027-01-01T10:00"),  # nothing is known of it: weekdays
    ],
)
def test_it_is_due_on_the_first_working_day_at_ten(now: str, region: str, due: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    assert next_drill(at, region, {}) == datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)


def test_what_the_roster_says_of_a_day_goes_before_the_country() -> None:
    at = datetime(2026, 9, 15, tzinfo=SHANGHAI)
    worked = SpecialDay("调休", date(2026, 10, 3), date(2026, 10, 3), works_as=4)
    assert next_drill(at, "CN", {worked.first: worked}).date() == worked.first
    free = {day: SpecialDay("x", day, day) for day in (date(2026, 10, 8), date(2026, 10, 9))}
    assert next_drill(at, "CN", free).date() == date(2026, 10, 10)  # Saturday, worked


def test_a_year_whose_holidays_are_not_announced_yet_is_known_to_be_so() -> None:
    assert is_known(2026, "CN")
    assert not is_known(2030, "CN")
    assert is_known(2030, "DE")
    assert not is_known(2030, "AC")
