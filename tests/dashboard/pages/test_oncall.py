"""Who is on call, when nobody is, and leave and stand-ins entered from a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from call_logs import EntryKind, Store
from tests.dashboard import night
from tests.dashboard.browserless import Visitor

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
    await store.roster.import_toml(ONE_MAN, "test")
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
