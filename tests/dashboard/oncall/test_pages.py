"""Who is on call, when nobody is, and leave and stand-ins entered from a phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.roster import EntryKind, Person, Roster, Rotation, Schedule
from dashboard.oncall.duty_plan import _look
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.people import person

ZONE = ZoneInfo("Asia/Shanghai")
ONE_MAN = """
[[person]]
id = "wang"
name = "王工"
contacts = ["13812345678"]

[[schedule]]
id = "always"

  [[schedule.weekly]]
  people = ["wang"]
"""


def day(offset: int) -> str:
    return (datetime.now(ZONE).date() + timedelta(days=offset)).isoformat()


async def test_without_a_roster_the_page_says_that_nobody_is_rung(manager: Visitor) -> None:
    page = (await manager.get("/oncall")).text

    assert "nobody is rung in an emergency" in page


async def test_the_page_says_who_serves_and_whom_each_kind_of_call_rings(
    store: Store, engineer: Visitor
) -> None:
    await night.company(store)

    page = (await engineer.get("/oncall")).text

    assert "工程值班" in page
    assert "Trapped in a lift" in page
    assert "Key 0: a person" in page
    assert "Nobody could be reached" not in page
    assert "138123" not in page, "an engineer sees no numbers here"
    assert "Enter leave" not in page, "nor enters leave"


async def test_leave_that_leaves_nobody_is_warned_of_everywhere_before_it_comes(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    await store.roster.import_toml(ONE_MAN, person("test"))
    assert "Nobody could be reached at" not in (await manager.get("/tickets")).text

    answer = await manager.send(
        "/oncall/leave", person="wang", first=day(3), until=day(4), note="holiday"
    )

    assert answer.headers["location"] == "/oncall?done=leave"
    page = (await manager.get("/oncall")).text
    assert "Nobody could be reached at these times" in page
    assert "holiday" in page
    assert "Nobody could be reached at" in (await manager.get("/tickets")).text
    assert "Needs attention" in (await manager.get("/system")).text
    assert "Nobody could be reached at" not in (await operator.get("/tickets")).text
    (leave,) = (await store.roster.current()).leaves
    assert leave.start == datetime.fromisoformat(day(3)).replace(tzinfo=ZONE)
    assert leave.end == datetime.fromisoformat(day(5)).replace(tzinfo=ZONE)

    await manager.send(f"/oncall/leave/{leave.id}/remove")
    assert "Nobody could be reached at" not in (await manager.get("/tickets")).text


async def test_somebody_stands_in_from_an_hour_to_an_hour(store: Store, manager: Visitor) -> None:
    await night.company(store)

    await manager.send(
        "/oncall/overrides",
        schedule="round",
        person="zhao",
        replaces="",
        first=f"{day(0)}T00:00",
        until=f"{day(1)}T00:00",
    )

    assert (await manager.get("/oncall")).text.count("赵经理") > 3
    (override,) = (await store.roster.current()).overrides
    assert override.people == ("zhao",)
    (change, *_) = await store.roster.history(kind=EntryKind.OVERRIDE)
    assert change.actor == "manager"


async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    store: Store, manager: Visitor
) -> None:
    await night.company(store)

    answer = await manager.send(
        "/oncall/leave", person="li", first=day(5), until=day(2), note="to my parents"
    )

    assert answer.status_code == 422
    assert "is not after" in answer.text
    assert "to my parents" in answer.text
    assert (await store.roster.current()).leaves == ()


async def test_only_heads_change_the_roster(
    store: Store, operator: Visitor, engineer: Visitor
) -> None:
    await night.company(store)
    for address in (
        "/oncall/leave",
        "/oncall/overrides",
        "/oncall/leave/x/remove",
        "/drills",
        "/roster/entry/person/wang",
        "/roster/entry/policy/flooding",
        "/roster/entry/person/wang/remove",
        "/roster/import",
    ):
        for visitor in (operator, engineer):
            answer = await visitor.send(
                address, person="li", first=day(1), policy="fire", version=1
            )
            assert answer.status_code == 403, address
    assert await store.requests.take() == ()


async def test_a_drill_is_asked_for_and_its_result_is_shown(
    store: Store, manager: Visitor, engineer: Visitor
) -> None:
    await night.company(store)

    assert (await manager.send("/drills", policy="flooding")).headers["location"]
    assert (await manager.send("/drills", policy="nonsense")).status_code == 422
    (request,) = await store.requests.take()
    assert (request.data["policy"], request.actor) == ("flooding", "manager")

    await night.drilled(store)
    page = (await engineer.get("/drills")).text
    assert "1 of 2 people answered and pressed 1" in page
    assert "7.2 s" in page
    assert "did not answer" in page
    assert "1 of 2 people" in (await engineer.get("/oncall")).text


async def test_a_drill_has_a_page_of_its_own_with_every_step(
    store: Store, engineer: Visitor
) -> None:
    await night.company(store)
    drill = await night.drilled(store)
    search = await night.unanswered(store)

    assert f'href="/drills/{drill.id}"' in (await engineer.get("/drills")).text
    page = (await engineer.get(f"/drills/{drill.id}")).text
    assert 'grade-drill">Drill' in page
    assert "Started by manager." in page
    assert "1 of 2 people answered and pressed 1" in page
    assert "The drill begins" in page
    assert "The drill is over" in page
    assert "I have it" not in page
    assert f'id="drill-{drill.id}"' in (await engineer.part(f"/drills/{drill.id}")).text
    for other in (search.id, "nonsense"):
        assert (await engineer.get(f"/drills/{other}")).status_code == 404


ROUND_THE_CLOCK = (
    ONE_MAN
    + """
[[person]]
id = "li"
name = "李工"
contacts = ["13912345678"]

[[schedule]]
id = "nights"
name = "夜班"

  [[schedule.weekly]]
  people = ["li"]
  start = "20:00"
  end = "08:00"
"""
)


async def test_each_day_of_the_week_is_complete(store: Store, manager: Visitor) -> None:
    """Round-the-clock duty is in each of the seven days, and a night in both of its."""
    await store.roster.import_toml(ROUND_THE_CLOCK, person("test"))
    page = (await manager.get("/oncall")).text
    week = page[page.index("The coming week") : page.index("Away and stand-ins")]
    days = week.split('<h3 class="day">')[1:]
    assert len(days) == 7
    assert "today" in days[0]
    for each in days:
        times = re.findall(r'duty-time">([^<]+)</span><span>([^<]*)</span><b>([^<]+)', each)
        assert times == [
            ("00:00 – 08:00", "夜班", "李工"),
            ("all day", "always", "王工"),
            ("20:00 – 24:00", "夜班", "李工"),
        ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("offset", range(0, 366, 61))
def test_the_parts_of_a_day_fill_it_whenever_somebody_always_serves(zone: str, offset: int) -> None:
    there = ZoneInfo(zone)
    people = tuple(Person(name, name) for name in "abc")
    turns = Rotation(("a", "b", "c"), date(2026, 1, 1), time(9), 1)
    roster = Roster(people, (Schedule("s", "s", there, rotations=(turns,)),), zone=there)
    plan = _look(roster, (), datetime(2026, 3, 20, 15, tzinfo=UTC) + timedelta(days=offset))
    assert [each.day for each in plan.week] == [
        plan.week[0].day + timedelta(days=n) for n in range(7)
    ]
    for each in plan.week:
        assert each.parts[0].start.astimezone(there).time() == time(0)
        assert each.parts[-1].to_midnight
        for one, following in pairwise(each.parts):
            assert one.end == following.start
    assert [part.now for each in plan.week for part in each.parts].count(True) == 1


async def test_who_is_on_call_at_three_on_sunday_can_be_asked(
    store: Store, manager: Visitor
) -> None:
    await store.roster.import_toml(ROUND_THE_CLOCK, person("test"))
    sunday = datetime.now(ZONE).date() + timedelta(days=(6 - datetime.now(ZONE).weekday()) % 7 + 7)
    page = (await manager.get(f"/oncall?at={sunday}T03:00")).text
    asked = page[page.index('id="asked"') : page.index('id="leave-form"')]
    assert "Sun" in asked
    assert "03:00" in asked
    assert asked.index("王工") < asked.index("李工")
    noon = (await manager.get(f"/oncall?at={sunday}T12:00")).text
    serving = noon[noon.index('id="asked"') : noon.index("Who would be rung then")]
    assert "李工" not in serving
    for nonsense in ("tomorrow", "9999-12-31T00:00", "0001-01-01T00:00"):
        page = (await manager.get(f"/oncall?at={nonsense}")).text
        assert "no day and time of the coming years" in page


async def test_a_program_asks_who_would_be_rung_at_a_moment(store: Store, manager: Visitor) -> None:
    await store.roster.import_toml(ROUND_THE_CLOCK, person("test"))
    answer = await manager.http.get("/api/v1/oncall/plan", params={"at": "2026-12-06T03:00+08:00"})
    told = answer.json()
    assert [(each["schedule"], len(each["people"])) for each in told["serving"]] == [
        ("always", 1),
        ("nights", 1),
    ]
    assert {each["category"] for each in told["ringing"]} >= {"*", "duty"}
    assert all(each["levels"][0] == ["wang", "li"] for each in told["ringing"] if each["levels"])
