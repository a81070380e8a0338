"""The report on its page, and for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from tests.dashboard.browserless import Visitor
from tests.firm_world import FIRM, firms, task_for, worker

START = datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


async def fill(store: Store) -> None:
    for day in range(3):
        await store.tickets.open(
            NewTicket(
                TicketKind.COMPLAINT,
                ticket_class=TicketClass.IMPORTANT,
                building="<b>9</b>",
                opened_at=START + timedelta(days=day),
            )
        )


async def test_a_month_is_shown_with_what_came_in_it(store: Store, manager: Visitor) -> None:
    await fill(store)

    page = (await manager.get("/reports?month=2026-10")).text

    assert "Complaint" in page
    assert "&lt;b&gt;9&lt;/b&gt;" in page
    assert "month=2026-09" in page  # the one before
    assert "month=2026-11" in page
    assert "since=2026-10-01&amp;until=2026-10-31" in page  # the ledger of the same days
    assert (await manager.get("/reports?since=2026-10-02&until=2026-10-02")).status_code == 200


async def test_a_month_without_a_ticket_is_a_page_too(manager: Visitor) -> None:
    assert "No ticket in this time." in (await manager.get("/reports?month=2020-02")).text


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "since=2026-10-02&until=2026-10-01", "month=0001-01"]
)
async def test_what_is_no_time_says_what_to_choose(manager: Visitor, query: str) -> None:
    for path in ("/reports", "/api/v1/reports/statistics"):
        answer = await manager.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "first and a last day" in answer.text


async def test_too_many_days_are_refused(manager: Visitor) -> None:
    answer = await manager.get("/api/v1/reports/statistics?since=2000-01-01&until=2026-01-01")
    assert answer.status_code == 422


async def test_a_program_gets_the_same_numbers(store: Store, manager: Visitor) -> None:
    await fill(store)

    found = (await manager.get("/api/v1/reports/statistics?month=2026-10")).json()

    assert (found["first"], found["last"], found["step"]) == ("2026-10-01", "2026-10-31", "day")
    assert found["tickets"] == 3
    assert found["by_class"] == {"urgent": 0, "important": 3, "general": 0}
    assert found["by_building"] == {"<b>9</b>": 3}
    assert found["trend"][1] == {
        "day": "2026-10-02",
        "tickets": 1,
        "by_class": found["trend"][0]["by_class"],
    }
    assert found["times"]["acknowledge"]["share_kept"] == 0.0
    assert found["calls"]["keeps_norm"] is None


async def test_the_ledger_of_the_days_has_their_tickets_alone(
    store: Store, manager: Visitor
) -> None:
    await fill(store)

    answer = await manager.get(
        "/reports/ledger?status=all&since=2026-10-02&until=2026-10-03&format=csv"
    )

    assert len(answer.text.splitlines()) == 3


async def test_only_who_may_see_reports_finds_them(manager: Visitor, operator: Visitor) -> None:
    assert 'href="/reports"' in (await manager.get("/tickets")).text
    assert 'href="/reports"' not in (await operator.get("/tickets")).text


async def say_new_words(store: Store) -> None:
    for number in range(50):
        text = "厨房里有蟑螂<b>" if number < 5 else "楼道灯坏了"
        at = START + timedelta(days=number + 1 if number < 5 else -number)
        await store.tickets.open(NewTicket(TicketKind.COMPLAINT, text=text, opened_at=at))


async def test_a_new_word_leads_to_its_tickets(store: Store, manager: Visitor) -> None:
    await say_new_words(store)
    page = (await manager.get("/reports?month=2026-10")).text
    assert 'hx-get="/reports/words?month=2026-10"' in page

    part = (await manager.part("/reports/words?month=2026-10")).text

    address = next(each for each in part.split('"') if each.startswith("/tickets?"))
    shown = (await manager.get(address.replace("&amp;", "&"))).text
    assert shown.count('class="row-link"') == 5
    assert shown.count("厨房里有蟑螂&lt;b&gt;") == 5
    assert "2026-10-01" in shown or "Oct" in shown


async def test_programs_get_the_words_with_ids(store: Store, manager: Visitor) -> None:
    await say_new_words(store)

    found = (await manager.get("/api/v1/reports/words?month=2026-10")).json()

    word = next(each for each in found if "蟑螂" in each["word"])
    assert (word["count"], word["is_new"], word["before"]) == (5, True, 0)
    for each in word["tickets"]:
        assert "蟑螂" in (await store.tickets.get(each)).text


async def test_words_are_for_readers_of_reports_and_of_three_months(
    manager: Visitor, operator: Visitor
) -> None:
    assert (await operator.get("/reports/words")).status_code == 403
    assert (await operator.get("/api/v1/reports/words")).status_code == 403
    long = "since=2026-01-01&until=2026-12-31"
    assert (await manager.get(f"/api/v1/reports/words?{long}")).status_code == 422
    assert "/reports/words" not in (await manager.get(f"/reports?{long}")).text


async def test_what_comes_back_leads_to_its_tickets(store: Store, manager: Visitor) -> None:
    for day in range(3):
        await store.tickets.open(
            NewTicket(
                TicketKind.REPAIR,
                category="lift_fault",
                building="9",
                opened_at=START + timedelta(days=day),
            )
        )
    assert "/reports/places?month=2026-10" in (await manager.get("/reports?month=2026-10")).text

    part = (await manager.part("/reports/places?month=2026-10")).text

    address = next(each for each in part.split('"') if each.startswith("/tickets?"))
    shown = (await manager.get(address.replace("&amp;", "&"))).text
    assert shown.count('class="row-link"') == 3
    (found,) = (await manager.get("/api/v1/reports/recurring?month=2026-10")).json()
    assert (found["building"], found["times"], found["every"]) == ("9", 3, "P1D")


async def test_waits_are_shown_and_told_to_programs(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    await fill(store)

    part = await manager.part("/reports/waits?month=2026-10")
    found = (await manager.get("/api/v1/reports/waits?month=2026-10")).json()

    assert "Until somebody took it" in part.text
    assert found["all"]["tickets"] == 3
    assert found["all"]["steps"]["taken"] == {"count": 0, "median_s": None, "p90_s": None}
    for path in ("/reports/waits", "/reports/places", "/api/v1/reports/waits"):
        assert (await operator.get(path)).status_code == 403


async def test_outside_firms_stand_in_the_report_by_name(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    month = f"{store.clock.now().astimezone(START.tzinfo):%Y-%m}"
    assert "No outside firm has an account." in (await manager.part("/reports/firms")).text
    await firms(store)
    await worker(store, "a long password")
    ticket = await store.tickets.open(NewTicket(category="lighting"))
    await task_for(store, ticket.id)
    part = (await manager.part(f"/reports/firms?month={month}")).text
    assert '电梯维保</th><td class="n">1</td><td class="n">0</td>' in part
    (found,) = (await manager.get(f"/api/v1/reports/firms?month={month}")).json()
    assert (found["ref"], found["tasks"], found["share_in_time"]) == (FIRM, 1, None)
    assert (await operator.part("/reports/firms")).status_code == 403
