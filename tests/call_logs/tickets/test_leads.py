"""A search finds the same, whatever it is led by; and is led by what is rarest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from call_logs import Store
from call_logs.tickets import NewTicket, TicketFilter, TicketKind, TicketOrder, TicketStatus, edit
from call_logs.tickets.leads import By, Lead, find_lead
from call_logs.users import Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
MANAGER = person("manager", Role.MANAGER)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock)


async def opened(store: Store, clock: TurnedClock) -> None:
    """One an hour; every third is closed, every second a complaint, every fourth has no leak."""
    for number in range(12):
        clock.set(NOON + timedelta(hours=number))
        ticket = await store.tickets.open(
            NewTicket(
                kind=TicketKind.COMPLAINT if number % 2 else TicketKind.REPAIR,
                category="water_leak" if number % 5 else "noise",
                text="厨房很吵" if number % 4 == 0 else "厨房漏水",
                building=str(number % 2),
                actor=MANAGER,
            )
        )
        if number % 3 == 0:
            for status in (
                TicketStatus.REGISTERED,
                TicketStatus.RESOLVED,
                TicketStatus.FEEDBACK_GIVEN,
                TicketStatus.CLOSED,
            ):
                said = edit(cause="老化", result="好了")
                await store.tickets.move(ticket.id, status, MANAGER, note="完成", changes=said)


ASKED = TicketFilter(
    text="漏水",
    open=True,
    kind=TicketKind.COMPLAINT,
    category="water_leak",
    since=NOON + timedelta(hours=1),
    until=NOON + timedelta(hours=12),
)


@pytest.mark.parametrize("order", TicketOrder)
async def test_whatever_leads_the_same_is_found(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch, order: TicketOrder
) -> None:
    await opened(store, clock)
    found: dict[bool | None, list[list[tuple[list[int], int]]]] = {}
    for by in (By.WORD, By.TIME, By.OPEN, By.KIND, By.CATEGORY):

        async def led(*_: object, by: By = by) -> Lead:
            return Lead(by)

        monkeypatch.setattr("call_logs.tickets.listing.find_lead", led)
        for is_open in (True, False, None):
            pages: list[tuple[list[int], int]] = []
            before = None
            while not pages or before is not None:
                wanted = TicketFilter(
                    **{
                        **{name: getattr(ASKED, name) for name in ("text", "kind", "category")},
                        "since": ASKED.since,
                        "until": ASKED.until,
                        "open": is_open,
                        "order": order,
                        "before": before,
                        "limit": 2,
                    }
                )
                page = await store.tickets.list(wanted)
                pages.append(([each.id for each in page.items], page.total))
                before = page.next_cursor
            found.setdefault(is_open, []).append(pages)
    for is_open, every in found.items():
        assert all(each == every[0] for each in every), is_open
    assert sorted(id_ for ids, _ in found[None][0] for id_ in ids) == [2, 4, 8, 10, 12]
    assert sorted(id_ for ids, _ in found[False][0] for id_ in ids) == [4, 10]


async def test_the_rarest_leads(store: Store, clock: TurnedClock) -> None:
    await opened(store, clock)
    day = TicketFilter(text="漏水", since=clock.now() - timedelta(hours=1))
    async with store.database.reading() as session:
        assert (await find_lead(session, TicketFilter(text="漏水", open=True), 9)).by is By.OPEN
        assert (await find_lead(session, TicketFilter(text="漏水", open=True), 7)).by is By.WORD
        noise = TicketFilter(text="漏水", open=True, category="noise")
        assert (await find_lead(session, noise, 9)).by is By.CATEGORY
        # The ids of the last hours are close together: words are walked through among them.
        assert await find_lead(session, day, 9) == Lead(By.WORD, (11, 12))


async def test_an_old_ticket_whose_time_was_corrected_costs_no_walk_through_all(
    store: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(store, clock)
    monkeypatch.setattr("call_logs.tickets.leads.LOOSE", 1)
    day = TicketFilter(text="漏水", since=clock.now() - timedelta(hours=1))
    async with store.database.session() as session:
        row = "UPDATE tickets SET opened_at = (SELECT max(opened_at) FROM tickets) WHERE id = 2"
        await (await session.connection()).exec_driver_sql(row)
    async with store.database.reading() as session:
        assert await find_lead(session, day, 9) == Lead(By.TIME, (2, 12))
    assert [each.id for each in (await store.tickets.list(day)).items] == [12, 11, 2]
