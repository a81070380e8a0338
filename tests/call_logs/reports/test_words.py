"""Growing words out of the store: who may see them, which tickets count, and no name of anybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from call_logs import Store
from call_logs.owners import Owner
from call_logs.reports import GrowingWord, pages
from call_logs.storage import InvalidValue, NotAllowed
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import Role
from tests.people import person

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
START = datetime(2026, 10, 1, tzinfo=ZONE)
MANAGER = person("wang", Role.MANAGER)


async def told(store: Store, at: datetime, text: str, **fields: str) -> int:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.COMPLAINT, text=text, opened_at=at, **fields)  # type: ignore[arg-type]
    )
    return ticket.id


async def weeks_before(store: Store) -> None:
    """Forty tickets, in which nothing is new."""
    for number in range(40):
        await told(store, START - timedelta(days=1 + number), "楼道的灯坏了")


async def words(store: Store) -> dict[str, GrowingWord]:
    return {each.word: each for each in await store.reports.words(MANAGER, FIRST, LAST)}


async def test_a_new_word_has_the_tickets_of_its_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS", 7)
    await weeks_before(store)
    ids = [
        await told(store, START + timedelta(days=day), f"厨房{where}蟑螂，请处理")
        for day, where in enumerate(("里有", "全是", "又有", "发现"))
    ]
    await told(store, START + timedelta(days=31), "蟑螂")  # in November

    found = (await words(store))["蟑螂"]

    assert found.tickets == tuple(reversed(ids))
    assert (found.is_new, found.before) == (True, 0)
    assert "楼道" not in await words(store)


async def test_the_eight_weeks_before_are_counted_to_the_day(store: Store) -> None:
    await weeks_before(store)
    for day in range(6):
        await told(store, START + timedelta(days=day), f"地下室{'有' * day}甲醛味道")
    oldest = START - timedelta(weeks=8)
    await told(store, oldest + timedelta(hours=1), "甲醛味道")
    await told(store, oldest - timedelta(hours=1), "甲醛味道")

    found = (await words(store))["甲醛味道"]

    assert found.before == 1
    assert found.weeks[0] > 0


async def test_no_name_of_anybody_is_a_word(store: Store) -> None:
    await store.directory.save(Owner(number="13900000001", name="诸葛明亮"), MANAGER)
    await weeks_before(store)
    for day in range(6):
        at = START + timedelta(days=day)
        await told(store, at, "诸葛明亮，装修吵", name="慕容雪")
        await told(store, at, "慕容雪，装修吵")

    found = await words(store)

    assert "装修吵" in found
    assert not [each for each in found if set(each) & set("诸葛明亮慕容雪")]


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.OPERATOR])
async def test_whoever_may_not_see_reports_sees_no_word(sqlite_store: Store, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await sqlite_store.reports.words(person("li", role), FIRST, LAST)


async def test_more_than_three_months_are_refused(sqlite_store: Store) -> None:
    with pytest.raises(InvalidValue):
        await sqlite_store.reports.words(MANAGER, FIRST - timedelta(days=92), LAST)
