"""Who is on call: over a year, with clock changes, holidays, overrides and leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_logs.roster.contacts import parse_contact
from call_logs.roster.people import Person
from call_logs.roster.policies import (
    ANY_CATEGORY,
    DUTY,
    Level,
    Policy,
    Ringing,
    Selector,
    SelectorKind,
)
from call_logs.roster.roster import Roster, boundaries, duties, on_call
from call_logs.roster.shifts import (
    DatedShift,
    Leave,
    OnHolidays,
    Override,
    Rotation,
    Schedule,
    SpecialDay,
    WeeklyShift,
    Window,
)

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Asia/Shanghai")]
YEAR_START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c", "d")

moments = st.datetimes(
    min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.just(UTC)
)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
some_people = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple)
windows = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=clocks,
    end=clocks,
    holidays=st.sampled_from(OnHolidays),
)
intervals = st.tuples(moments, st.integers(1, 400)).map(
    lambda pair: (pair[0], pair[0] + timedelta(hours=pair[1]))
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    rotation = st.builds(
        Rotation,
        some_people,
        since=st.dates(date(2025, 12, 1), date(2026, 2, 1)),
        handover=clocks,
        every_days=st.sampled_from([1, 7]),
        window=windows,
    )
    return Schedule(
        "s",
        "s",
        draw(st.sampled_from(ZONES)),
        weekly=tuple(draw(st.lists(st.builds(WeeklyShift, some_people, windows), max_size=3))),
        rotations=tuple(draw(st.lists(rotation, max_size=2))),
    )


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    leaves = draw(st.lists(st.tuples(st.sampled_from(NAMES), intervals), max_size=3))
    overrides = draw(
        st.lists(st.tuples(some_people, intervals, st.sampled_from(["", *NAMES])), max_size=2)
    )
    holiday = draw(st.dates(date(2026, 1, 1), date(2026, 12, 20)))
    return Roster(
        people=tuple(Person(name, name) for name in NAMES),
        schedules=(draw(schedules()),),
        overrides=tuple(
            Override(str(index), "s", *interval, people, replaces)
            for index, (people, interval, replaces) in enumerate(overrides)
        ),
        leaves=tuple(
            Leave(str(index), person, *interval) for index, (person, interval) in enumerate(leaves)
        ),
        special_days=(SpecialDay("节", holiday, holiday + timedelta(days=6)),),
    )


@settings(max_examples=60)
@given(rosters(), moments, st.data())
def test_between_two_boundaries_nobody_comes_or_goes(
    roster: Roster, start: datetime, data: st.DataObject
) -> None:
    for at, until in pairwise(boundaries(roster, start, start + timedelta(days=9))):
        last = until - at - timedelta.resolution
        inside = data.draw(st.timedeltas(timedelta(0), last))
        assert on_call(roster, at) == on_call(roster, at + inside)


@settings(max_examples=200)
@given(rosters(), moments)
def test_nobody_on_leave_is_ever_on_call(roster: Roster, at: datetime) -> None:
    away = {leave.person for leave in roster.leaves if leave.start <= at < leave.end}
    assert not away & {person.id for person in on_call(roster, at)}


@settings(max_examples=30)
@given(rosters(), moments)
def test_the_duties_of_a_calendar_say_the_same_as_on_call(roster: Roster, start: datetime) -> None:
    end = start + timedelta(days=9)
    planned = duties(roster, start, end)
    for at in boundaries(roster, start, end)[:-1]:
        serving = {duty.person for duty in planned if duty.start <= at < duty.end}
        assert serving == {person.id for person in on_call(roster, at)}


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_shifts_that_change_in_the_jumping_hour_cover_every_moment_of_a_year_once(
    zone: ZoneInfo,
) -> None:
    early = time(2, 30)  # skipped on one night of the year, shown twice on another
    usual = OnHolidays.NEVER
    turns = Window(start=early, end=early, holidays=OnHolidays.ONLY)
    roster = Roster(
        people=tuple(Person(name, name) for name in NAMES),
        schedules=(
            Schedule(
                "s",
                "s",
                zone,
                weekly=(
                    WeeklyShift(("a",), Window(start=early, end=time(14), holidays=usual)),
                    WeeklyShift(("b",), Window(start=time(14), end=early, holidays=usual)),
                ),
                rotations=(Rotation(("c", "d"), date(2025, 12, 1), early, 1, turns),),
            ),
        ),
        special_days=(
            SpecialDay("春节", date(2026, 2, 17), date(2026, 2, 23)),
            SpecialDay("jump", date(2026, 3, 29), date(2026, 3, 29)),
            SpecialDay("jump", date(2026, 11, 1), date(2026, 11, 1)),
        ),
    )
    served = [ids(on_call(roster, at)) for at in boundaries(roster, YEAR_START, YEAR_END)[:-1]]
    assert {len(people) for people in served} == {1}
    assert {name for people in served for name in people} == set(NAMES)
    assert len(served) > 2 * 350


def person(id_: str, *roles: str, categories: frozenset[str] = frozenset()) -> Person:
    contact = parse_contact(f"sip:{id_}@127.0.0.1")
    return Person(id_, id_, (contact,), frozenset(roles), categories=categories)


NOON = datetime(2026, 6, 3, 4, tzinfo=UTC)  # 12:00 in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


def always(
    id_: str,
    *people: str,
    role: str = "",
    categories: frozenset[str] = frozenset(),
) -> Schedule:
    return Schedule(id_, id_, SHANGHAI, role, categories, weekly=(WeeklyShift(people),))


def ids(people: tuple[Person, ...]) -> list[str]:
    return [each.id for each in people]


def test_role_and_category_narrow_who_is_on_call() -> None:
    roster = Roster(
        people=(
            person("wang", "engineer"),
            person("lift", "engineer", categories=frozenset({"lift_entrapment"})),
            person("li", "manager", "operator"),
        ),
        schedules=(always("day", "wang", "lift", "li"),),
    )
    assert ids(on_call(roster, NOON)) == ["wang", "lift", "li"]
    assert ids(on_call(roster, NOON, role="engineer")) == ["wang", "lift"]
    assert ids(on_call(roster, NOON, category="fire")) == ["wang", "li"]
    assert ids(on_call(roster, NOON, role="engineer", category="lift_entrapment")) == [
        "wang",
        "lift",
    ]
    assert on_call(roster, NOON, role="gardener") == ()


def test_a_schedule_of_a_role_makes_its_people_serve_in_that_role_only() -> None:
    roster = Roster(
        people=(person("li", "manager", "operator"), person("new")),
        schedules=(always("bosses", "li", role="manager"), always("desk", "new", role="operator")),
    )
    assert ids(on_call(roster, NOON, role="operator")) == ["new"]
    assert ids(on_call(roster, NOON, role="manager")) == ["li"]


def test_a_schedule_of_some_categories_is_asked_for_those_only() -> None:
    roster = Roster(
        people=(person("firm"),), schedules=(always("l", "firm", categories=frozenset({"x"})),)
    )
    assert ids(on_call(roster, NOON, category="x")) == ["firm"]
    assert on_call(roster, NOON, category="y") == ()
    assert ids(on_call(roster, NOON)) == ["firm"]


def test_people_who_left_or_are_unknown_are_not_on_call() -> None:
    gone = Person("gone", "gone", active=False)
    roster = Roster(
        people=(gone, person("wang")), schedules=(always("s", "gone", "ghost", "wang"),)
    )
    assert ids(on_call(roster, NOON)) == ["wang"]


def test_an_override_holds_for_its_schedule_and_its_time_only() -> None:
    roster = Roster(
        people=(person("wang"), person("li"), person("zhao")),
        schedules=(always("one", "wang"), always("two", "li")),
        overrides=(Override("1", "one", NOON, NOON + timedelta(hours=1), ("zhao",)),),
    )
    assert ids(on_call(roster, NOON)) == ["zhao", "li"]
    assert ids(on_call(roster, NOON + timedelta(hours=1))) == ["wang", "li"]
    assert ids(on_call(roster, NOON - timedelta(seconds=1))) == ["wang", "li"]


def test_a_dated_shift_adds_to_the_regular_ones() -> None:
    schedule = Schedule(
        "s",
        "s",
        SHANGHAI,
        weekly=(WeeklyShift(("wang",)),),
        dated=(DatedShift("li", NOON, NOON + timedelta(hours=2)),),
    )
    roster = Roster(people=(person("wang"), person("li")), schedules=(schedule,))
    assert ids(on_call(roster, NOON)) == ["wang", "li"]
    assert ids(on_call(roster, NOON + timedelta(hours=2))) == ["wang"]


def test_of_two_special_days_on_one_date_the_later_entry_holds() -> None:
    roster = Roster(
        special_days=(
            SpecialDay("国庆", date(2026, 10, 1), date(2026, 10, 7)),
            SpecialDay("调休", date(2026, 10, 7), date(2026, 10, 7), works_as=2),
        )
    )
    assert roster.days[date(2026, 10, 6)].name == "国庆"
    assert roster.days[date(2026, 10, 7)].name == "调休"


def test_the_policy_of_a_category_is_the_own_one_before_the_built_in_ones() -> None:
    def own(category: str) -> Policy:
        return Policy(category, (Level((Selector(SelectorKind.PERSON, category),)),))

    roster = Roster(policies={"noise": own("noise"), ANY_CATEGORY: own(ANY_CATEGORY)})
    assert roster.policy("noise") == own("noise")
    for danger in ("lift_entrapment", "fire", "gas_leak", "injury"):
        assert roster.policy(danger) == replace(own(ANY_CATEGORY), category=danger)
    assert roster.policy(DUTY) == roster.built_in[DUTY]  # key 0 is no category
    fallback = roster.policy("parking")
    assert fallback.levels == own(ANY_CATEGORY).levels
    assert fallback.serves == "parking"


def test_the_built_in_policy_rings_all_at_once_where_the_category_asks_for_it() -> None:
    roster = Roster(ring_at_once=("fire", "chemical_spill"))
    rung = {name: roster.policy(name).levels[0].ringing for name in ("chemical_spill", "parking")}
    assert rung == {"chemical_spill": Ringing.ALL_AT_ONCE, "parking": Ringing.ONE_BY_ONE}
    assert [*roster.built_in] == ["fire", "chemical_spill", ANY_CATEGORY, DUTY]
