"""What a policy may say, and whom it rings at a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_logs.roster.contacts import parse_contact
from call_logs.roster.errors import RosterError
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
from call_logs.roster.ring_plan import (
    CoverageGap,
    RingPlan,
    SkipReason,
    coverage_gaps,
    duty_plan,
    plan,
)
from call_logs.roster.roster import Roster
from call_logs.roster.shifts import Leave, OnHolidays, Schedule, SpecialDay, WeeklyShift, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 6, 3, 4, tzinfo=UTC)  # Wednesday, 12:00 in Shanghai


def person(id_: str, *roles: str, contacts: tuple[str, ...] = (), **more: object) -> Person:
    written = contacts or (f"sip:{id_}@127.0.0.1",)
    return Person(id_, id_, tuple(map(parse_contact, written)), frozenset(roles), **more)  # type: ignore[arg-type]


def shift(*people: str, window: Window | None = None) -> Schedule:
    return Schedule("s", "s", SHANGHAI, weekly=(WeeklyShift(people, window or Window()),))


def level(*who: str, ringing: Ringing = Ringing.ONE_BY_ONE) -> Level:
    return Level(tuple(map(Selector.parse, who)), ringing)


def rung(planned: RingPlan) -> list[list[str]]:
    return [[target.person.id for target in each.targets] for each in planned.levels]


@pytest.mark.parametrize(
    "text",
    ["on-call", "on-call:operator", "schedule:lifts", "role:manager", "person:王工", "everybody"],
)
def test_a_selector_reads_back_what_it_writes(text: str) -> None:
    assert str(Selector.parse(text)) == text


@pytest.mark.parametrize("text", ["", "nobody", "role", "role:", "on-call:", "everybody:x", "wang"])
def test_a_selector_that_names_nobody_is_refused_with_the_forms_that_exist(text: str) -> None:
    with pytest.raises(RosterError, match="role:ROLE"):
        Selector.parse(text)


@pytest.mark.parametrize("field", [{"ring_s": 4}, {"ring_s": 121}, {"repeats": 0}, {"repeats": 11}])
def test_a_level_that_rings_for_ever_or_not_at_all_is_refused(field: dict[str, int]) -> None:
    with pytest.raises(RosterError, match="are possible"):
        Level((Selector(SelectorKind.ON_CALL),), **field)  # type: ignore[arg-type]


def test_a_policy_without_levels_or_people_is_refused() -> None:
    with pytest.raises(RosterError):
        Policy("fire", ())
    with pytest.raises(RosterError):
        Level(())


@pytest.mark.parametrize("category", ["flooding", "power_cut", "anything"])
def test_other_categories_ring_one_by_one_by_default(category: str) -> None:
    assert Roster().policy(category).levels[0].ringing is Ringing.ONE_BY_ONE


def test_levels_come_in_order_and_nobody_is_rung_by_two_of_them() -> None:
    roster = Roster(
        people=(person("wang"), person("li", "manager"), person("zhao", "manager"), person("x")),
        schedules=(shift("wang", "li"),),
    )
    planned = plan(roster.policy("fire"), roster, NOON)
    assert rung(planned) == [["wang", "li"], ["zhao"], ["x"]]
    assert [each.index for each in planned.levels] == [0, 1, 2]
    skipped = {(each.level, each.person, each.reason) for each in planned.skipped}
    assert (1, "li", SkipReason.EARLIER) in skipped
    assert (2, "wang", SkipReason.EARLIER) in skipped
    assert SkipReason.TRIED not in {reason for _, _, reason in skipped}


def test_a_level_with_nobody_on_call_is_passed_over_without_waiting() -> None:
    roster = Roster(people=(person("boss", "manager"),))
    planned = plan(roster.policy("fire"), roster, NOON)
    assert rung(planned) == [["boss"]]
    assert planned.levels[0].index == 1
    assert planned.skipped[0].reason is SkipReason.NOBODY


@pytest.mark.parametrize("busy", ["wang", "sip:wang@127.0.0.1"])
def test_who_is_in_a_call_is_skipped_by_id_or_by_address(busy: str) -> None:
    roster = Roster(people=(person("wang"), person("li")), schedules=(shift("wang", "li"),))
    planned = plan(roster.policy("fire"), roster, NOON, busy={busy})
    assert rung(planned) == [["li"]]
    assert {(each.person, each.reason) for each in planned.skipped} >= {("wang", SkipReason.BUSY)}


def test_who_was_tried_is_skipped() -> None:
    roster = Roster(people=(person("wang"), person("li")), schedules=(shift("wang", "li"),))
    planned = plan(roster.policy("fire"), roster, NOON, exclude=["wang"])
    assert rung(planned) == [["li"]]


def test_a_duty_telephone_that_two_people_share_is_rung_once() -> None:
    roster = Roster(
        people=(
            person("wang", contacts=("ext:8001", "13812345678")),
            person("li", contacts=("ext:8001",)),
            person("zhao", contacts=("ext:8001", "ext:8002")),
        ),
        schedules=(shift("wang", "li", "zhao"),),
    )
    planned = plan(roster.policy("fire"), roster, NOON)
    assert rung(planned) == [["wang", "zhao"]]
    addresses = [c.target for t in planned.levels[0].targets for c in t.contacts]
    assert addresses == ["8001", "+8613812345678", "8002"]
    assert any(
        each.person == "li" and each.reason is SkipReason.NO_CONTACT for each in planned.skipped
    )


def test_who_has_no_contact_is_passed_over_and_the_others_are_rung() -> None:
    mute = Person("mute", "mute")
    roster = Roster(people=(mute, person("li")), schedules=(shift("mute", "li"),))
    assert rung(plan(roster.policy("fire"), roster, NOON)) == [["li"]]


def test_only_those_who_serve_a_category_are_rung_until_the_widest_circle() -> None:
    lift = person("lift", categories=frozenset({"lift_entrapment"}))
    roster = Roster(people=(lift, person("wang")), schedules=(shift("lift", "wang"),))
    assert rung(plan(roster.policy("flooding"), roster, NOON)) == [["wang"], ["lift"]]
    assert rung(plan(roster.policy("lift_entrapment"), roster, NOON)) == [["lift", "wang"]]


def test_a_policy_can_name_a_schedule_a_role_and_a_person() -> None:
    special = person("special", categories=frozenset({"noise"}))
    roster = Roster(
        people=(person("wang"), person("boss", "manager"), special),
        schedules=(shift("wang"),),
        policies={"fire": Policy("fire", (level("person:special", "schedule:s", "role:manager"),))},
    )
    assert rung(plan(roster.policy("fire"), roster, NOON)) == [["special", "wang", "boss"]]


@pytest.mark.parametrize("who", ["person:wang", "role:engineer", "everybody", "on-call"])
def test_leave_keeps_a_person_out_however_he_is_named(who: str) -> None:
    roster = Roster(
        people=(person("wang", "engineer"),),
        schedules=(shift("wang"),),
        leaves=(Leave("1", "wang", NOON, NOON + timedelta(hours=1)),),
        policies={"fire": Policy("fire", (level(who),))},
    )
    assert plan(roster.policy("fire"), roster, NOON).reaches_nobody
    assert not plan(roster.policy("fire"), roster, NOON + timedelta(hours=1)).reaches_nobody


def test_key_0_rings_operators_by_shift_then_who_is_on_call_then_nobody() -> None:
    people = (person("desk", "operator"), person("wang", "engineer"))
    assert rung(duty_plan(Roster(people=people, schedules=(shift("wang", "desk"),)), NOON)) == [
        ["desk"],
        ["wang"],
    ]
    assert rung(duty_plan(Roster(people=people, schedules=(shift("wang"),)), NOON)) == [["wang"]]
    assert duty_plan(Roster(people=people), NOON).reaches_nobody


def test_the_company_can_have_a_duty_policy_of_its_own() -> None:
    roster = Roster(
        people=(person("boss", "manager"),), policies={DUTY: Policy(DUTY, (level("role:manager"),))}
    )
    assert rung(duty_plan(roster, NOON)) == [["boss"]]


names = st.sampled_from(["a", "b", "c", "d"])
addresses = st.sampled_from(["ext:1", "ext:2", "ext:3", "sip:x@10.0.0.1"])
selectors = st.sampled_from(
    ["on-call", "role:manager", "everybody", "person:a", "schedule:s", "on-call:operator"]
)


@settings(max_examples=200)
@given(
    st.lists(st.tuples(names, st.lists(addresses, max_size=3)), unique_by=lambda pair: pair[0]),
    st.lists(st.lists(selectors, min_size=1, max_size=3), min_size=1, max_size=4),
    st.sets(names),
    st.sets(st.one_of(names, addresses.map(lambda text: parse_contact(text).target))),
)
def test_a_plan_never_rings_twice_nor_tried_nor_busy_nor_unknown_addresses(
    people: list[tuple[str, list[str]]],
    levels: list[list[str]],
    exclude: set[str],
    busy: set[str],
) -> None:
    roster = Roster(
        people=tuple(
            Person(id_, id_, tuple(map(parse_contact, written)), frozenset({"manager"}))
            for id_, written in people
        ),
        schedules=(shift("a", "b", "c"),),
        policies={"x": Policy("x", tuple(level(*each) for each in levels))},
    )
    planned = plan(roster.policy("x"), roster, NOON, exclude=exclude, busy=busy)
    targets = [target for each in planned.levels for target in each.targets]
    ids = [target.person.id for target in targets]
    dialled = [contact.target for target in targets for contact in set(target.contacts)]
    assert len(ids) == len(set(ids))
    assert len(dialled) == len(set(dialled))
    assert not set(ids) & (exclude | busy)
    assert not set(dialled) & busy
    assert all(each.targets for each in planned.levels)
    on_roster = {contact.target for each in roster.people for contact in each.contacts}
    assert set(dialled) <= on_roster


def test_coverage_names_the_exact_hours_at_which_nobody_could_be_reached() -> None:
    office = Window(frozenset(range(5)), time(9), time(18), OnHolidays.NEVER)
    roster = Roster(
        people=(person("wang"),),
        schedules=(shift("wang", window=office),),
        special_days=(SpecialDay("端午节", date(2026, 6, 5), date(2026, 6, 5)),),
        policies={"x": Policy("x", (level("on-call"),))},
    )
    start = datetime(2026, 6, 3, 10, tzinfo=SHANGHAI)
    gaps = [
        gap
        for gap in coverage_gaps(roster, (), start, start + timedelta(days=6))
        if gap.category == "x"
    ]
    assert gaps == [
        CoverageGap("x", *(datetime(2026, 6, *part, tzinfo=SHANGHAI) for part in pair))
        for pair in [((3, 18), (4, 9)), ((4, 18), (8, 9)), ((8, 18), (9, 9))]
    ]
    for hour in range(6 * 24):  # and a plan made at any hour says the same
        at = start + timedelta(hours=hour)
        in_a_gap = any(gap.start <= at < gap.end for gap in gaps)
        assert plan(roster.policy("x"), roster, at).reaches_nobody == in_a_gap


def test_coverage_looks_at_every_category_by_its_own_people() -> None:
    lift = person("lift", categories=frozenset({"lift_entrapment"}))
    roster = Roster(
        people=(lift,),
        schedules=(shift("lift"),),
        policies={ANY_CATEGORY: Policy(ANY_CATEGORY, (level("on-call"),))},
    )
    uncovered = {gap.category for gap in coverage_gaps(roster, ["flooding", "fire"], NOON)}
    assert "flooding" in uncovered
    assert ANY_CATEGORY not in uncovered
    assert "lift_entrapment" not in uncovered
    assert "fire" in uncovered  # the company's own for any category, which ends with nobody else


def test_an_empty_roster_is_one_gap_of_thirty_days_in_every_policy() -> None:
    gaps = coverage_gaps(Roster(), (), NOON)
    assert {gap.category for gap in gaps} == {ANY_CATEGORY, DUTY}
    assert {gap.end - gap.start for gap in gaps} == {timedelta(days=30)}
