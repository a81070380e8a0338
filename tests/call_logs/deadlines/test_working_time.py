"""Time that counts: nights, weekends, holidays, and nights on which the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_logs.deadlines import WHOLE_DAY, Hours, WorkingTime, is_working_day
from call_logs.roster import SpecialDay

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")  # had no 30th of December in 2011
OFFICE = (Hours(time(9), time(18)),)
NIGHT = (Hours(time(22), time(6)),)


def counting(
    hours: tuple[Hours, ...], zone: ZoneInfo = SHANGHAI, region: str = "CN"
) -> WorkingTime:
    return WorkingTime(zone, partial(is_working_day, region=region, special={}), hours)


def due(since: str, length: timedelta, working: WorkingTime, zone: ZoneInfo = SHANGHAI) -> str:
    at = working.after(datetime.fromisoformat(since).replace(tzinfo=zone), length)
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("since", "hours", "due_at"),
    [
        ("2026-11-23T10:00", 4, "2026-11-23T14:00"),
        ("2026-11-23T16:00", 4, "2026-11-24T11:00"),  # over the night
        ("2026-11-27T16:00", 4, "2026-11-30T11:00"),  # ... the weekend
        ("2026-11-23T09:00", 9, "2026-11-23T18:00"),  # the evening, not the next morning
        ("2026-11-23T03:00", 1, "2026-11-23T10:00"),
        ("2026-11-28T12:00", 1, "2026-11-30T10:00"),  # came in on a Saturday
        ("2026-09-30T17:30", 1, "2026-10-08T09:30"),  # over the National Day week
        ("2026-02-13T17:00", 2, "2026-02-14T10:00"),  # a Saturday that is worked
    ],
)
def test_working_hours_are_those_of_working_days(since: str, hours: int, due_at: str) -> None:
    assert due(since, timedelta(hours=hours), counting(OFFICE)) == due_at


@pytest.mark.parametrize(
    ("since", "days", "due_at"),
    [
        ("2026-11-27T15:00", 1, "2026-11-30T15:00"),
        ("2026-11-28T15:00", 1, "2026-12-01T00:00"),  # Monday is the day
        ("2026-09-30T15:00", 3, "2026-10-10T15:00"),  # ... a Saturday that is worked
    ],
)
def test_working_days_go_from_midnight_to_midnight(since: str, days: int, due_at: str) -> None:
    assert due(since, timedelta(days=days), counting((WHOLE_DAY,))) == due_at


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    night = counting(NIGHT)
    assert due("2026-11-27T23:00", timedelta(hours=3), night) == "2026-11-28T02:00"
    assert due("2026-11-28T05:00", timedelta(hours=2), night) == "2026-11-30T23:00"
    assert due("2026-11-30T03:00", timedelta(hours=1), night) == "2026-11-30T23:00"


def test_a_break_at_noon_does_not_count() -> None:
    hours = (Hours(time(13, 30), time(17, 30)), Hours(time(8, 30), time(12)))
    assert due("2026-11-23T11:00", timedelta(hours=2), counting(hours)) == "2026-11-23T14:30"


def test_the_night_of_a_changed_clock_has_the_hours_that_it_has() -> None:
    """2026-03-29 02:00 became 03:00 in Berlin, 2026-10-25 03:00 became 02:00."""
    always = WorkingTime(BERLIN, lambda day: True, NIGHT)
    assert due("2026-03-28T22:00", timedelta(hours=7), always, BERLIN) == "2026-03-29T06:00"
    assert due("2026-10-24T22:00", timedelta(hours=9), always, BERLIN) == "2026-10-25T06:00"
    # Hours that begin in the hour that is not there begin at the jump.
    skipped = WorkingTime(BERLIN, lambda day: True, (Hours(time(2, 30), time(4)),))
    assert due("2026-03-29T00:00", timedelta(hours=1), skipped, BERLIN) == "2026-03-29T04:00"


def test_a_roster_on_which_nobody_ever_works_still_gives_a_deadline() -> None:
    never = WorkingTime(SHANGHAI, lambda day: False, OFFICE)
    assert due("2026-11-23T10:00", timedelta(hours=4), never) == "2026-11-23T14:00"
    assert never.between(NOW, NOW + timedelta(days=9)) == timedelta(0)


def test_the_roster_s_own_holiday_goes_before_the_country_s() -> None:
    day = date(2026, 11, 24)
    own = {day: SpecialDay("own", day, day)}
    working = WorkingTime(SHANGHAI, partial(is_working_day, region="CN", special=own), OFFICE)
    assert due("2026-11-23T17:00", timedelta(hours=2), working) == "2026-11-25T10:00"


NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOURS = st.sampled_from(
    [
        OFFICE,
        NIGHT,
        (WHOLE_DAY,),
        (Hours(time(8), time(12)), Hours(time(14), time(2))),
        (Hours(time(2), time(3)),),  # is not there, or twice, when the clock is changed
    ]
)
ZONES = st.sampled_from([(SHANGHAI, "CN"), (BERLIN, "DE"), (APIA, "WS"), (ZoneInfo("UTC"), "US")])
MOMENTS = st.datetimes(datetime(2011, 12, 1), datetime(2012, 4, 1)) | st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 12, 31)
)
LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(days=4))


@settings(deadline=None, max_examples=60)
@given(HOURS, ZONES, MOMENTS, LENGTHS, LENGTHS)
def test_as_much_has_passed_as_was_asked_for(
    hours: tuple[Hours, ...],
    place: tuple[ZoneInfo, str],
    since: datetime,
    length: timedelta,
    more: timedelta,
) -> None:
    working = counting(hours, *place)
    since = since.replace(tzinfo=UTC)
    at = working.after(since, length)
    assert at >= since + length
    assert working.between(since, at) == length
    assert at.tzinfo is UTC
    # It is the first such moment, and the later the more is asked for.
    assert working.between(since, at - timedelta(microseconds=1)) < length
    later = working.after(since, length + more)
    assert later >= at + more
    # In two steps one comes to the same place.
    assert working.after(at, more) == later


@settings(deadline=None, max_examples=60)
@given(HOURS, ZONES, MOMENTS, LENGTHS)
def test_who_is_later_is_due_no_earlier(
    hours: tuple[Hours, ...], place: tuple[ZoneInfo, str], since: datetime, later: timedelta
) -> None:
    working = counting(hours, *place)
    since = since.replace(tzinfo=UTC)
    length = timedelta(hours=5)
    assert working.after(since, length) <= working.after(since + later, length)


@settings(deadline=None, max_examples=60)
@given(HOURS, ZONES, MOMENTS, LENGTHS, LENGTHS)
def test_what_lies_between_adds_up(
    hours: tuple[Hours, ...],
    place: tuple[ZoneInfo, str],
    since: datetime,
    first: timedelta,
    second: timedelta,
) -> None:
    working = counting(hours, *place)
    since = since.replace(tzinfo=UTC)
    middle, end = since + first, since + first + second
    whole = working.between(since, middle) + working.between(middle, end)
    assert working.between(since, end) == whole <= first + second
