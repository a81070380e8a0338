"""Calendars out and in: what a phone's calendar shows, what an office's calendar says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from call_logs.roster.errors import ImportFailed
from call_logs.roster.files.calendars import read_holidays, read_leave, read_shifts, write_calendar
from call_logs.roster.people import Person
from call_logs.roster.roster import Roster, duties, on_call
from call_logs.roster.shifts import Leave, Rotation, Schedule, SpecialDay

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
    events = [(event.start, event.end) for event in feed.events]
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
    with pytest.raises(ImportFailed, match="repeats within a day"):
        shifts(
            ics("SUMMARY:wang|DTSTART:20260101T080000Z|DTEND:20260101T080001Z|RRULE:FREQ=SECONDLY")
        )


@settings(max_examples=50)
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
    assert [problem.where for problem in refused.value.problems] == [
        "line 4 (event 1)",
        "line 18 (event 3)",
    ]


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


@settings(max_examples=100)
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


def in_berlin(*events: str) -> list[tuple[str, str, str]]:
    """Person, start and end on the wall clock of Berlin, of a year's events from 2027 on."""
    roster = Roster(people=(WANG, LI), schedules=(Schedule("cal", "cal", BERLIN),))
    start = datetime(2027, 1, 1, tzinfo=UTC)
    found = read_shifts(ics(*events), "x.ics", roster, "cal", start).dated
    return [
        (
            shift.person,
            f"{shift.start.astimezone(BERLIN):%m-%d %H:%M}",
            f"{shift.end.astimezone(BERLIN):%m-%d %H:%M}",
        )
        for shift in found
    ]


def berlin(start: str, end: str) -> str:
    return f"SUMMARY:wang|DTSTART;TZID=Europe/Berlin:{start}|DTEND;TZID=Europe/Berlin:{end}"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        ("20271030T200000", "20271031T080000", ("10-30 20:00", "10-31 08:00")),  # 13 hours
        ("20270327T200000", "20270328T080000", ("03-27 20:00", "03-28 08:00")),  # 11 hours
        ("20271025T090000", "20271101T090000", ("10-25 09:00", "11-01 09:00")),
    ],
)
def test_an_end_on_the_wall_clock_stays_there_when_the_clocks_change(
    start: str, end: str, shown: tuple[str, str]
) -> None:
    assert in_berlin(berlin(start, end)) == [("wang", *shown)]


def test_a_duration_in_hours_is_that_many_hours() -> None:
    event = "SUMMARY:wang|DTSTART;TZID=Europe/Berlin:20271030T200000|DURATION:PT12H"
    assert in_berlin(event) == [("wang", "10-30 20:00", "10-31 07:00")]


DAILY = berlin("20270301T080000", "20270301T160000") + "|RRULE:FREQ=DAILY;COUNT=4|UID:d@test"


def test_dates_leave_out_whole_days_of_a_timed_event() -> None:
    days = [start for _, start, _ in in_berlin(DAILY + "|EXDATE;VALUE=DATE:20270302,20270304")]
    assert days == ["03-01 08:00", "03-03 08:00"]


def test_a_change_of_one_day_may_name_it_by_its_date() -> None:
    changed = berlin("20270302T100000", "20270302T120000").replace("wang", "li")
    changed += "|UID:d@test|RECURRENCE-ID;VALUE=DATE:20270302"
    found = in_berlin(DAILY, changed)
    assert [(person, start) for person, start, _ in found] == [
        ("wang", "03-01 08:00"),
        ("li", "03-02 10:00"),
        ("wang", "03-03 08:00"),
        ("wang", "03-04 08:00"),
    ]


def test_a_change_of_this_and_all_later_days_holds_for_them() -> None:
    changed = berlin("20270303T200000", "20270303T230000").replace("wang", "li")
    changed += "|UID:d@test|RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270303T080000"
    assert in_berlin(DAILY, changed) == [
        ("wang", "03-01 08:00", "03-01 16:00"),
        ("wang", "03-02 08:00", "03-02 16:00"),
        ("li", "03-03 20:00", "03-03 23:00"),
        ("li", "03-04 20:00", "03-04 23:00"),
    ]


def test_a_cancelled_day_is_no_duty() -> None:
    cancelled = berlin("20270302T080000", "20270302T160000")
    cancelled += "|UID:d@test|STATUS:CANCELLED|RECURRENCE-ID;TZID=Europe/Berlin:20270302T080000"
    assert [start for _, start, _ in in_berlin(DAILY, cancelled)] == [
        "03-01 08:00",
        "03-03 08:00",
        "03-04 08:00",
    ]


NIGHT_OF = "DTSTART:20270301T080000Z|DTEND:20270301T200000Z"
WANG_SAYS_NO = "ATTENDEE;PARTSTAT=DECLINED;CN=王工:mailto:wang@example.com"


@pytest.mark.parametrize(
    "event",
    [
        f"SUMMARY:duty|{WANG_SAYS_NO}|{NIGHT_OF}",
        f"SUMMARY:wang|{WANG_SAYS_NO}|{NIGHT_OF}",
        f"SUMMARY:wang|ATTENDEE;PARTSTAT=DECLINED:mailto:wang@example.com|{NIGHT_OF}",
        f"SUMMARY:night of 王工|{WANG_SAYS_NO}|{NIGHT_OF}",
    ],
)
def test_who_has_declined_a_shift_is_not_taken_for_on_call_without_a_word(event: str) -> None:
    with pytest.raises(ImportFailed, match=r"line 4 \(event 1\): was declined by"):
        in_berlin(event)


def test_a_shift_that_one_declined_and_another_took_is_the_others() -> None:
    event = f"SUMMARY:duty|{WANG_SAYS_NO}|ATTENDEE;PARTSTAT=ACCEPTED;CN=li:mailto:l@x|{NIGHT_OF}"
    assert [person for person, _, _ in in_berlin(event)] == ["li"]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((f"SUMMARY:wang|{NIGHT_OF}|EXDATE:yesterday",), "EXDATE"),
        ((f"SUMMARY:wang|{NIGHT_OF}|RRULE:FREQ=NEVER",), "RRULE"),
        ((f"SUMMARY:wang|{NIGHT_OF}|EXRULE:FREQ=DAILY",), "EXRULE"),
        ((f"SUMMARY:wang|{NIGHT_OF}|RRULE:FREQ=HOURLY",), "within a day"),
        (
            (f"SUMMARY:wang|{NIGHT_OF}|RRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,1,2,3,4,5,6,7,8",),
            "24 times a day",
        ),
        (("SUMMARY:wang|DTSTART:00010101T080000Z|DURATION:PT1H|RRULE:FREQ=DAILY",), "since 1"),
        ((f"SUMMARY:wang|{NIGHT_OF}|UID:a", f"SUMMARY:li|{NIGHT_OF}|UID:a"), "the UID of"),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_line_instead_of_left_out(
    events: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ImportFailed) as refused:
        in_berlin(*events)
    assert any(told in problem.message for problem in refused.value.problems)
    assert all(problem.where.startswith("line ") for problem in refused.value.problems)


@settings(max_examples=60)
@given(st.sampled_from([BERLIN, SHANGHAI, ZoneInfo("America/New_York")]), st.integers(0, 23))
def test_shifts_that_meet_on_paper_meet_on_every_night_of_a_year(zone: ZoneInfo, hour: int) -> None:
    roster = Roster(people=(WANG, LI), schedules=(Schedule("cal", "cal", zone),))
    later = (hour + 12) % 24
    events = [
        f"SUMMARY:{who}|DTSTART;TZID={zone.key}:202701{day:02}T{begin:02}0000"
        f"|DTEND;TZID={zone.key}:202701{day + (end <= begin):02}T{end:02}0000|RRULE:FREQ=DAILY"
        for who, day, begin, end in (
            ("wang", 1, hour, later),
            ("li", 1 + (later < hour), later, hour),
        )
    ]
    start = datetime(2027, 1, 1, tzinfo=UTC)
    found = read_shifts(ics(*events), "x.ics", roster, "cal", start).dated
    assert len(found) > 700
    for one, next_one in pairwise(found):
        assert one.end == next_one.start
