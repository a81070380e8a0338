"""What is done first: severity, then the next deadline; the list says why, and goes on page by
page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from call_logs import Store
from call_logs.tickets import (
    Affected,
    NewTicket,
    PriorityReason,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketOrder,
    WaitsFor,
    edit,
)
from call_logs.tickets.priority import LAST, precedence, reasons
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

OPERATOR = person("operator")
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
MARKED = st.builds(
    SimpleNamespace,
    ticket_class=st.sampled_from(TicketClass),
    people=st.none() | st.integers(1, 9),
    major=st.booleans(),
    group=st.booleans(),
    affected=st.sampled_from(Affected),
)


@given(one=MARKED, two=MARKED)
def test_no_marks_outweigh_a_class_and_no_lesser_mark_danger(
    one: SimpleNamespace, two: SimpleNamespace
) -> None:
    order = list(TicketClass)
    if order.index(one.ticket_class) < order.index(two.ticket_class):
        assert precedence(one) < precedence(two)
    assert 0 <= precedence(one) <= LAST
    assert (precedence(one) == LAST) == (reasons(one) == ())


def test_the_reasons_are_told_in_order() -> None:
    ticket = SimpleNamespace(
        ticket_class="urgent", people=3, major=False, group=True, affected=Affected.BUILDING
    )
    reason = PriorityReason
    assert reasons(ticket) == (reason.URGENT, reason.DANGER, reason.BUILDING, reason.GROUP)


def test_of_two_alike_the_one_that_reaches_further_comes_first() -> None:
    def place(affected: Affected, *, group: bool = False) -> int:
        return precedence(
            SimpleNamespace(
                ticket_class="general", people=None, major=False, group=group, affected=affected
            )
        )

    order = [place(each) for each in (Affected.SITE, Affected.BUILDING, Affected.SEVERAL)]
    assert order == sorted(order)
    assert len({*order, place(Affected.ONE)}) == 4
    assert place(Affected.ONE) == place(Affected.UNKNOWN) == LAST
    assert place(Affected.SEVERAL, group=True) == place(Affected.UNKNOWN, group=True)


async def ids(store: Store, order: TicketOrder, **wanted: object) -> list[int]:
    """All pages, two at a time."""
    found: list[int] = []
    before: int | None = None
    while True:
        filter = TicketFilter(order=order, before=before, limit=2, **wanted)  # type: ignore[arg-type]
        page = await store.tickets.list(filter)
        found += [each.id for each in page.items]
        before = page.next_cursor
        if before is None:
            return found


@pytest.fixture
async def timed(open_store: OpenStore) -> tuple[Store, TurnedClock]:
    clock = TurnedClock(NOON)
    return await open_store(clock=clock), clock


async def test_the_list_stands_by_priority_and_then_by_deadline(
    timed: tuple[Store, TurnedClock],
) -> None:
    store, clock = timed
    kinds: tuple[dict[str, object], ...] = (
        {"text": "灯"},
        {"ticket_class": TicketClass.IMPORTANT, "text": "灯 停水"},
        {"ticket_class": TicketClass.URGENT},
        {"ticket_class": TicketClass.URGENT, "people": 2},
        {"text": "灯"},
        {"major": True},
        {"ticket_class": TicketClass.IMPORTANT, "text": "灯"},
    )
    made: list[Ticket] = []
    for kind in kinds:
        made.append(await store.tickets.open(NewTicket(**kind)))  # type: ignore[arg-type]
        await clock.turn(timedelta(minutes=1))
    lamp, water, fire, trapped, lamp_too, major, waits = (each.id for each in made)
    await store.deadlines.pause(waits, WaitsFor.PART, OPERATOR, "ordered")
    by_priority = [trapped, fire, water, major, lamp, lamp_too, waits]
    assert await ids(store, TicketOrder.PRIORITY) == by_priority
    by_deadline = [fire, trapped, water, lamp, lamp_too, major, waits]
    assert await ids(store, TicketOrder.DEADLINE, open=True) == by_deadline
    assert await ids(store, TicketOrder.PRIORITY, text="灯") == [water, lamp, lamp_too, waits]
    assert await ids(store, TicketOrder.NEWEST) == sorted(by_priority, reverse=True)


async def test_it_follows_what_is_corrected_and_joined(store: Store) -> None:
    one = await store.tickets.open(NewTicket())
    two = await store.tickets.open(NewTicket())
    assert (one.precedence, one.priority_reasons) == (LAST, ())
    raised = await store.tickets.update(
        two.id, OPERATOR, edit(ticket_class=TicketClass.IMPORTANT, people=1)
    )
    assert raised.precedence < one.precedence
    group = await store.groups.join([one.id, two.id], OPERATOR)
    joined = await store.tickets.get(one.id)
    assert joined.priority_reasons == (PriorityReason.GROUP,)
    await store.groups.take_apart(group.id, OPERATOR, "no")
    assert (await store.tickets.get(one.id)).precedence == LAST


async def test_a_page_whose_last_ticket_is_unknown_is_empty(store: Store) -> None:
    await store.tickets.open(NewTicket())
    wanted = TicketFilter(order=TicketOrder.PRIORITY, before=999)
    assert (await store.tickets.list(wanted)).items == ()


@given(
    classes=st.lists(
        st.tuples(st.sampled_from(TicketClass), st.booleans(), st.booleans()), max_size=9
    )
)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_pages_show_every_ticket_once_in_order(
    sqlite_store: Store, classes: list[tuple[TicketClass, bool, bool]]
) -> None:
    store = sqlite_store
    since = store.clock.now()
    for ticket_class, major, waits in classes:
        ticket = await store.tickets.open(NewTicket(ticket_class=ticket_class, major=major))
        if waits and ticket_class is not TicketClass.URGENT:
            await store.deadlines.pause(ticket.id, WaitsFor.PART, OPERATOR, "part")
    for order in TicketOrder:
        found = await ids(store, order, since=since)
        assert len(found) == len(set(found)) == len(classes)
    shown = [
        await store.tickets.get(each)
        for each in await ids(store, TicketOrder.PRIORITY, since=since)
    ]
    due = [each for each in shown if each.next_due_at]
    assert shown[: len(due)] == due
    assert all(one.precedence <= two.precedence for one, two in pairwise(due))


async def test_a_list_by_priority_walks_its_index(sqlite_store: Store) -> None:
    async with sqlite_store.database.reading() as session:
        plan = await session.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT id FROM tickets WHERE next_due_at IS NOT NULL"
                " ORDER BY precedence, next_due_at, id LIMIT 51"
            )
        )
        steps = " ".join(str(row) for row in plan.all())
    assert "ix_tickets_precedence" in steps
    assert "TEMP B-TREE" not in steps
