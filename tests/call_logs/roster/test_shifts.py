"""Wall clocks, windows and rotations, with an independent reckoning beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_logs.roster.shifts import (
    OnHolidays,
    Override,
    Rotation,
    Schedule,
    SpecialDay,
    WeeklyShift,
    Window,
    moment,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
SHANGHAI = ZoneInfo("Asia/Shanghai")
APIA = ZoneInfo("Pacific/Apia")

zones = st.sampled_from([BERLIN, NEW_YORK, SHANGHAI])
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
moments = st.datetimes(
    min_value=datetime(2026, 1, 2), max_value=datetime(2026, 12, 30), timezones=st.just(UTC)
)
days = st.dates(min_value=date(2026, 1, 2), max_value=date(2026, 12, 30))
weekdays = st.frozensets(st.integers(0, 6), min_size=1)

# The nights of 2026 on which these clocks jump: forward, then back.
JUMPS = {
    BERLIN: (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    NEW_YORK: (datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC)),
    SHANGHAI: (),
}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        (SHANGHAI, date(2026, 3, 29), time(2, 30), utc(2026, 3, 28, 18, 30)),
        (BERLIN, date(2026, 3, 28), time(2, 30), utc(2026, 3, 28, 1, 30)),
        (BERLIN, date(2026, 3, 29), time(1, 59), utc(2026, 3, 29, 0, 59)),
        (BERLIN, date(2026, 3, 29), time(2, 0), utc(2026, 3, 29, 1)),  # skipped: the jump
        (BERLIN, date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1)),
        (BERLIN, date(2026, 3, 29), time(3, 0), utc(2026, 3, 29, 1)),
        (BERLIN, date(2026, 3, 29), time(3, 30), utc(2026, 3, 29, 1, 30)),
        (BERLIN, date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),  # twice: the first
        (BERLIN, date(2026, 10, 25), time(3, 0), utc(2026, 10, 25, 2)),
        (NEW_YORK, date(2026, 3, 8), time(2, 30), utc(2026, 3, 8, 7)),
        (NEW_YORK, date(2026, 11, 1), time(1, 30), utc(2026, 11, 1, 5, 30)),
        (APIA, date(2011, 12, 30), time(12), utc(2011, 12, 30, 10)),  # a whole day skipped
    ],
)
def test_a_wall_clock_time_is_one_moment_even_when_it_is_skipped_or_comes_twice(
    zone: ZoneInfo, day: date, clock: time, expected: datetime
) -> None:
    assert moment(day, clock, zone) == expected


@given(zones, st.tuples(days, clocks), st.tuples(days, clocks))
def test_a_later_wall_clock_time_is_never_an_earlier_moment(
    zone: ZoneInfo, one: tuple[date, time], other: tuple[date, time]
) -> None:
    first, second = sorted([one, other])
    assert moment(*first, zone) <= moment(*second, zone)


@given(zones, days, clocks)
def test_a_moment_shows_its_wall_clock_time_unless_the_clock_skipped_it(
    zone: ZoneInfo, day: date, clock: time
) -> None:
    at = moment(day, clock, zone)
    shown = at.astimezone(zone).replace(tzinfo=None)
    assert shown == datetime.combine(day, clock) or at in JUMPS[zone]


@settings(max_examples=300)
@given(zones, clocks, clocks, weekdays, moments)
def test_a_window_covers_what_the_wall_clock_says(
    zone: ZoneInfo, start: time, end: time, on: frozenset[int], at: datetime
) -> None:
    if any(abs(at - jump) < timedelta(hours=30) for jump in JUMPS[zone]):
        return  # these nights have tests of their own
    window = Window(days=on, start=start, end=end)
    wall = at.astimezone(zone)
    yesterday = (wall.weekday() - 1) % 7
    if start < end:
        expected = wall.weekday() in on and start <= wall.time() < end
    else:
        expected = (wall.weekday() in on and wall.time() >= start) or (
            yesterday in on and wall.time() < end
        )
    assert window.covers(at, zone, {}) == expected


@settings(max_examples=300)
@given(zones, clocks, clocks, moments, st.tuples(st.integers(0, 1), st.integers(-7200, 7200)))
def test_shifts_that_meet_on_paper_leave_no_hole_and_no_overlap_on_any_night(
    zone: ZoneInfo, start: time, end: time, at: datetime, near: tuple[int, int]
) -> None:
    if start == end:
        return
    instants = [at]
    if JUMPS[zone]:  # look hard at the nights that could go wrong
        instants.append(JUMPS[zone][near[0]] + timedelta(seconds=near[1]))
    day, night = Window(start=start, end=end), Window(start=end, end=start)
    for instant in instants:
        assert day.covers(instant, zone, {}) + night.covers(instant, zone, {}) == 1


def test_a_window_of_equal_times_is_a_whole_day_of_23_24_or_25_hours() -> None:
    window = Window()
    lengths = set()
    for offset in range(365):
        span = window.span(date(2026, 1, 1) + timedelta(days=offset), BERLIN, {})
        assert span is not None
        lengths.add((span[1] - span[0]) // timedelta(hours=1))
    assert lengths == {23, 24, 25}


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    friday_night = Window(days=frozenset({4}), start=time(20), end=time(8))
    assert friday_night.covers(utc(2026, 1, 3, 7, 59), ZoneInfo("UTC"), {})  # Saturday morning
    assert not friday_night.covers(utc(2026, 1, 3, 8), ZoneInfo("UTC"), {})
    assert not friday_night.covers(utc(2026, 1, 2, 7), ZoneInfo("UTC"), {})  # Friday morning


def test_a_window_holds_from_its_first_to_its_last_day() -> None:
    window = Window(first=date(2026, 5, 2), last=date(2026, 5, 3))
    covered = [
        day for day in range(1, 6) if window.covers(utc(2026, 5, day, 12), ZoneInfo("UTC"), {})
    ]
    assert covered == [2, 3]


NATIONAL_DAY = SpecialDay("国庆节", date(2026, 10, 1), date(2026, 10, 7))
MAKE_UP_DAY = SpecialDay("国庆节调休", date(2026, 10, 10), date(2026, 10, 10), works_as=4)
SPECIAL = {
    **{date(2026, 10, day): NATIONAL_DAY for day in range(1, 8)},
    date(2026, 10, 10): MAKE_UP_DAY,
}


@pytest.mark.parametrize(
    ("holidays", "day", "covered"),
    [
        (OnHolidays.AS_USUAL, 1, True),  # Thursday, a holiday
        (OnHolidays.NEVER, 1, False),
        (OnHolidays.ONLY, 1, True),
        (OnHolidays.AS_USUAL, 8, True),  # Thursday, none
        (OnHolidays.NEVER, 8, True),
        (OnHolidays.ONLY, 8, False),
        (OnHolidays.NEVER, 10, True),  # Saturday worked as a Friday
        (OnHolidays.ONLY, 10, False),
        (OnHolidays.NEVER, 17, False),  # a plain Saturday
    ],
)
def test_holidays_and_make_up_days_change_what_a_weekday_is(
    holidays: OnHolidays, day: int, covered: bool
) -> None:
    window = Window(frozenset(range(5)), time(9), time(18), holidays)
    at = datetime(2026, 10, day, 12, tzinfo=SHANGHAI)
    assert window.covers(at, SHANGHAI, SPECIAL) is covered


@settings(max_examples=300)
@given(
    zones,
    clocks,
    st.sampled_from([1, 2, 7, 14]),
    st.integers(1, 5),
    st.tuples(moments, moments).map(sorted),
)
def test_a_rotation_takes_turns_in_order_and_never_goes_back(
    zone: ZoneInfo, handover: time, every: int, count: int, two: list[datetime]
) -> None:
    people = tuple(f"p{index}" for index in range(count))
    since = date(2025, 12, 29)
    rotation = Rotation(people, since, handover, every)

    def turn(when: datetime) -> int:
        """Counted hand-over by hand-over, as a person with a calendar would."""
        passed = -1
        while moment(since + timedelta(days=(passed + 1) * every), handover, zone) <= when:
            passed += 1
        return passed

    for when in two:
        assert rotation.order(when, zone, {})[:1] == (people[turn(when) % count],)
        assert sorted(rotation.order(when, zone, {})) == sorted(people)
    assert turn(two[0]) <= turn(two[1])


@pytest.mark.parametrize("minute", [0, 29, 30, 59])
def test_a_handover_in_the_doubled_hour_happens_once(minute: int) -> None:
    rotation = Rotation(("a", "b"), date(2026, 10, 24), time(2, 30), 1)
    first_pass = utc(2026, 10, 25, 0, minute)
    second_pass = utc(2026, 10, 25, 1, minute)
    assert rotation.order(first_pass, BERLIN, {})[0] == ("b" if minute >= 30 else "a")
    assert rotation.order(second_pass, BERLIN, {})[0] == "b"


def test_a_rotation_has_nobody_before_its_first_handover() -> None:
    rotation = Rotation(("a", "b"), date(2026, 1, 5), time(9))
    assert rotation.order(datetime(2026, 1, 5, 8, 59, tzinfo=SHANGHAI), SHANGHAI, {}) == ()
    assert rotation.order(datetime(2026, 1, 5, 9, tzinfo=SHANGHAI), SHANGHAI, {}) == ("a", "b")


def rotation_schedule() -> Schedule:
    rotation = Rotation(("a", "b", "c"), date(2026, 1, 5), time(9), 7)
    return Schedule("night", "夜班", SHANGHAI, rotations=(rotation,))


FIRST_WEEK = datetime(2026, 1, 7, 12, tzinfo=SHANGHAI)


def override(*people: str, replaces: str = "") -> Override:
    return Override("1", "night", utc(2026, 1, 1), utc(2026, 2, 1), people, replaces)


@pytest.mark.parametrize(
    ("away", "overrides", "expected"),
    [
        (set(), (), ("a",)),
        ({"a"}, (), ("b",)),  # the next in the order stands in
        ({"a", "b"}, (), ("c",)),
        ({"a", "b", "c"}, (), ()),
        (set(), (override("x", "y"),), ("x", "y")),
        (set(), (override("x", replaces="a"),), ("x",)),
        (set(), (override("x", replaces="b"),), ("a",)),  # it is not b's turn
        ({"a"}, (override("x", replaces="a"),), ("x",)),  # a named stand-in comes first
        ({"a", "x"}, (override("x", replaces="a"),), ("b",)),
        (set(), (override(replaces="a"),), ("b",)),  # taken out
        ({"x"}, (override("x", "y"),), ("y",)),  # leave beats an override
    ],
)
def test_stand_ins_overrides_and_leave_together(
    away: set[str], overrides: tuple[Override, ...], expected: tuple[str, ...]
) -> None:
    serving = rotation_schedule().people_at(
        FIRST_WEEK, present=lambda id_: id_ not in away, special={}, overrides=overrides
    )
    assert serving == expected


def test_somebody_who_serves_twice_at_a_time_is_named_once() -> None:
    schedule = Schedule(
        "s", "s", SHANGHAI, weekly=(WeeklyShift(("a", "b")), WeeklyShift(("b", "c")))
    )
    serving = schedule.people_at(FIRST_WEEK, present=lambda _: True, special={})
    assert serving == ("a", "b", "c")


WEEKDAYS = frozenset(range(5))


def served(rotation: Rotation, day: date, special: dict[date, SpecialDay]) -> str | None:
    """Who serves at noon of a day."""
    schedule = Schedule("s", "s", SHANGHAI, rotations=(rotation,))
    noon = datetime.combine(day, time(12), SHANGHAI).astimezone(UTC)
    return next(iter(schedule.people_at(noon, present=lambda _: True, special=special)), None)


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from(list(OnHolidays)),
    st.integers(1, 6),
    st.integers(2, 5),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.dictionaries(
        st.dates(date(2026, 1, 1), date(2027, 6, 30)), st.none() | st.integers(0, 6), max_size=12
    ),
)
def test_turns_shorter_than_a_week_pass_from_shift_to_shift(
    days: frozenset[int],
    holidays: OnHolidays,
    every_days: int,
    count: int,
    since: date,
    named: dict[date, int | None],
) -> None:
    """Whatever days lie between two shifts, the turn goes on by one shift and no more."""
    people = tuple("abcde"[:count])
    window = Window(days, time(9), time(19), holidays)
    rotation = Rotation(people, since, time(9), every_days, window)
    special = {day: SpecialDay("x", day, day, works) for day, works in named.items()}
    found = [served(rotation, since + timedelta(days=n), special) for n in range(200)]
    shifts = [person for person in found if person is not None]
    assert shifts == [people[n // every_days % count] for n in range(len(shifts))]
    opens = [window.opens_on(since + timedelta(days=n), special) for n in range(200)]
    assert [person is not None for person in found] == opens


def test_in_daily_turns_of_working_days_friday_and_monday_are_two_people() -> None:
    rotation = Rotation(
        ("a", "b", "c"), date(2027, 3, 1), time(9), 1, Window(WEEKDAYS, time(9), time(19))
    )
    week = [served(rotation, date(2027, 3, day), {}) for day in range(1, 9)]
    assert week == ["a", "b", "c", "a", "b", None, None, "c"]


def test_a_week_is_a_week_of_the_calendar_whatever_days_are_worked() -> None:
    rotation = Rotation(
        ("a", "b"), date(2027, 3, 1), time(9), 7, Window(WEEKDAYS, time(9), time(19))
    )
    days = [served(rotation, date(2027, 3, day), {}) for day in (1, 5, 8, 12, 15)]
    assert days == ["a", "a", "b", "b", "a"]
