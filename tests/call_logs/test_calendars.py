"""Calendars out and in: what a phone's calendar shows, what an office's calendar says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from call_logs.calendars import read_holidays, read_leave, read_shifts, write_calendar
from call_logs.roster import Roster, duties, on_call
from call_logs.roster_errors import ImportFailed
from call_logs.roster_people import Person
from call_logs.shifts import Leave, Rotation, Schedule, SpecialDay

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WANG = Person("wang", "王工", notices=("mailto://x:y@example.com?to=wang@example.com",))
LI = Person("li", "李工")
NIGHT = Schedule("night", "夜班", SHANGHAI, rotations=(Rotation(("wang", "li"), date(2026, 1, 5)),))
ROSTER = Roster(
    people=(WANG, LI),
    schedules=(NIGHT,),
    leaves=(
        Leave("1", "wang", datetime(2026, 1, 7, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)),
    ),
)
START = datetime(2026, 1, 5, tzinfo=UTC)
MONTH = START + timedelta(days=30)


def ics(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//"]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}@test"]
        lines += ["BEGIN:VEVENT", *uid, "DTSTAMP:20260101T000000Z", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def test_a_feed_shows_who_really_serves_with_leave_taken_into_account() -> None:
    feed = Calendar.from_ical(write_calendar(ROSTER, START, MONTH, person="wang"))
    events = [(event.start, event.end) for event in feed.walk("VEVENT")]
    assert events == [
        (duty.start, duty.end) for duty in duties(ROSTER, START, MONTH, person="wang")
    ]
    assert len(events) == 4  # three turns, the first in two parts
    assert str(feed["X-WR-CALNAME"]) == "王工"
    assert {str(event["SUMMARY"]) for event in feed.walk("VEVENT")} == {"夜班: 王工"}


def test_a_feed_of_a_schedule_names_the_people_and_stays_the_same_when_nothing_changed() -> None:
    one = write_calendar(ROSTER, START, MONTH, schedule="night")
    feed = Calendar.from_ical(one)
    assert {str(event["SUMMARY"]) for event in feed.walk("VEVENT")} == {"王工", "李工"}
    uids = [str(event["UID"]) for event in feed.walk("VEVENT")]
    assert len(uids) == len(set(uids))
    assert write_calendar(ROSTER, START, MONTH, schedule="night") == one


def test_no_number_or_notice_address_is_in_a_feed() -> None:
    feed = write_calendar(ROSTER, START, MONTH)
    assert b"example.com" not in feed


def test_a_feed_that_is_read_in_again_gives_the_same_people_on_call() -> None:
    feed = write_calendar(ROSTER, START, MONTH, schedule="night")
    bare = Roster(people=(WANG, LI), schedules=(Schedule("night", "夜班", SHANGHAI),))
    schedule = read_shifts(feed, "night.ics", bare, "night", START)
    again = Roster(people=(WANG, LI), schedules=(schedule,))
    for hour in range(0, 30 * 24, 5):
        at = START + timedelta(hours=hour)
        assert on_call(again, at) == on_call(ROSTER, at)


def shifts(data: bytes, zone: ZoneInfo = BERLIN) -> list[tuple[str, datetime, datetime]]:
    roster = Roster(people=(WANG, LI), schedules=(Schedule("s", "s", zone),), zone=zone)
    schedule = read_shifts(data, "x.ics", roster, "s", datetime(2026, 1, 1, tzinfo=UTC))
    return [(shift.person, shift.start, shift.end) for shift in schedule.dated]


def test_a_weekly_event_keeps_its_wall_clock_time_when_the_clocks_change() -> None:
    found = shifts(
        ics(
            "SUMMARY:王工|DTSTART;TZID=Europe/Berlin:20260322T080000"
            "|DTEND;TZID=Europe/Berlin:20260322T180000|RRULE:FREQ=WEEKLY;COUNT=3"
        )
    )
    assert [start for _, start, _ in found] == [
        datetime(2026, 3, day, 8, tzinfo=BERLIN) for day in (22, 29)
    ] + [datetime(2026, 4, 5, 8, tzinfo=BERLIN)]
    assert {end - start for _, start, end in found} == {timedelta(hours=10)}


def test_excluded_moved_and_cancelled_occurrences_are_what_the_calendar_shows() -> None:
    found = shifts(
        ics(
            "UID:a|SUMMARY:wang|DTSTART:20260105T080000Z|DTEND:20260105T090000Z"
            "|RRULE:FREQ=DAILY;UNTIL=20260109T080000Z|EXDATE:20260106T080000Z"
            "|RDATE:20260120T080000Z",
            "UID:a|SUMMARY:li|RECURRENCE-ID:20260107T080000Z"
            "|DTSTART:20260107T100000Z|DTEND:20260107T110000Z",
            "UID:a|SUMMARY:wang|STATUS:CANCELLED|RECURRENCE-ID:20260108T080000Z"
            "|DTSTART:20260108T080000Z|DTEND:20260108T090000Z",
        )
    )
    assert [(person, start.day, start.hour) for person, start, _ in found] == [
        ("wang", 5, 8),
        ("li", 7, 10),
        ("wang", 9, 8),
        ("wang", 20, 8),
    ]


def test_an_event_that_repeats_for_ever_is_taken_over_the_horizon() -> None:
    found = shifts(
        ics("SUMMARY:wang|DTSTART:20200101T080000Z|DTEND:20200101T090000Z|RRULE:FREQ=DAILY")
    )
    assert len(found) == 400
    assert found[0][1] == datetime(2026, 1, 1, 8, tzinfo=UTC)


def test_an_event_of_every_second_is_refused_instead_of_filling_the_memory() -> None:
    with pytest.raises(ImportFailed, match="repeats more than"):
        shifts(
            ics("SUMMARY:wang|DTSTART:20260101T080000Z|DTEND:20260101T080001Z|RRULE:FREQ=SECONDLY")
        )


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/New_York")]),
    st.integers(0, 23),
    st.integers(1, 9),
)
def test_a_daily_event_begins_at_its_wall_clock_time_on_every_day_of_a_year(
    zone: ZoneInfo, hour: int, hours: int
) -> None:
    event = (
        f"SUMMARY:wang|DTSTART;TZID={zone.key}:20260102T{hour:02}0000"
        f"|DURATION:PT{hours}H|RRULE:FREQ=DAILY;COUNT=365"
    )
    found = shifts(ics(event), zone)
    starts = [start.astimezone(zone) for _, start, _ in found]
    assert [start.date() for start in starts] == [
        date(2026, 1, 2) + timedelta(days=day) for day in range(365)
    ]
    assert sum(start.time() != time(hour) for start in starts) <= 1  # the skipped hour, if it is


@pytest.mark.parametrize(
    "event",
    [
        "SUMMARY:wang",
        "SUMMARY:王工",
        "SUMMARY:夜班 王工 值班",
        "SUMMARY:夜班|ATTENDEE;CN=王工:mailto:nobody@example.com",
        "SUMMARY:夜班|ATTENDEE:mailto:wang@example.com",
    ],
)
def test_a_person_is_known_by_id_name_attendee_or_address(event: str) -> None:
    found = shifts(ics(f"{event}|DTSTART:20260105T080000Z|DTEND:20260105T090000Z"))
    assert [person for person, _, _ in found] == ["wang"]


def test_every_event_that_names_nobody_or_several_is_reported_at_once() -> None:
    when = "DTSTART:20260105T080000Z|DTEND:20260105T090000Z"
    data = ics(f"SUMMARY:ghost|{when}", f"SUMMARY:wang|{when}", f"SUMMARY:王工和李工|{when}")
    with pytest.raises(ImportFailed) as refused:
        shifts(data)
    assert [problem.where for problem in refused.value.problems] == ["event 1", "event 3"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        ics("SUMMARY:wang|DTSTART:tomorrow"),
        ics("SUMMARY:wang|DTEND:20260105T080000Z"),
        ics("SUMMARY:wang|DTSTART:20260105T080000Z|DTEND:20260104T080000Z"),
        ics("SUMMARY:wang|DTSTART:20260105T080000Z|RRULE:FREQ=SOMETIMES"),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(ImportFailed):
        shifts(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for written in (data, ics("SUMMARY:wang|" + data.decode("latin-1").replace("|", ""))):
        try:
            shifts(written)
        except ImportFailed:
            continue


def test_leave_of_whole_days_ends_with_its_last_day_and_is_the_same_when_read_again() -> None:
    data = ics("SUMMARY:王工|DTSTART;VALUE=DATE:20260201|DTEND;VALUE=DATE:20260204")
    roster = Roster(people=(WANG, LI), zone=SHANGHAI)
    (leave,) = read_leave(data, "leave.ics", roster, START)
    assert leave.person == "wang"
    assert leave.start == datetime(2026, 2, 1, tzinfo=SHANGHAI)
    assert leave.end == datetime(2026, 2, 4, tzinfo=SHANGHAI)
    assert read_leave(data, "leave.ics", roster, START) == (leave,)


def test_a_holiday_calendar_gives_holidays_and_make_up_days() -> None:
    data = ics(
        "SUMMARY:国庆节|DTSTART;VALUE=DATE:20261001|DTEND;VALUE=DATE:20261008"
        "|X-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
        "SUMMARY:国庆节（班）|DTSTART;VALUE=DATE:20261010|DTEND;VALUE=DATE:20261011",
        "SUMMARY:x|DTSTART;VALUE=DATE:20260920|X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
    )
    assert read_holidays(data, "cn.ics", SHANGHAI, START) == (
        SpecialDay("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
        SpecialDay("国庆节（班）", date(2026, 10, 10), date(2026, 10, 10), works_as=0),
        SpecialDay("x", date(2026, 9, 20), date(2026, 9, 20), works_as=0),
    )


def test_a_holiday_that_is_not_whole_days_is_refused() -> None:
    data = ics("SUMMARY:x|DTSTART:20261001T080000Z|DTEND:20261001T090000Z")
    with pytest.raises(ImportFailed, match="whole-day"):
        read_holidays(data, "cn.ics", SHANGHAI, START)
