"""Tickets are due by the rules of the configuration, and by the days of the site."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from call_logs import Rules, Store
from call_logs.deadlines import (
    DEFAULT_RULES,
    Counted,
    DeadlineRules,
    Hours,
    ResponseTarget,
    Within,
)
from call_logs.tickets import NewTicket, Ticket, TicketClass, edit
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

FRIDAY = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
MINUTES = Within(timedelta(minutes=10))
DAY = Within(timedelta(days=1), Counted.WORKING_DAYS)
HOURS = Within(timedelta(hours=4), Counted.WORKING_HOURS)
RULES = DeadlineRules(
    by_class={
        **DEFAULT_RULES.by_class,
        TicketClass.GENERAL: ResponseTarget(HOURS, DAY, Within(timedelta(days=3))),
    },
    by_category={(TicketClass.URGENT, "fire"): ResponseTarget(MINUTES, MINUTES, MINUTES)},
    working_hours=(Hours(time(8), time(17)),),
)


def due(ticket: Ticket) -> tuple[datetime, datetime, datetime]:
    return ticket.acknowledge_due_at, ticket.on_site_due_at, ticket.feedback_due_at


@pytest.fixture
async def ruled(open_store: OpenStore) -> Store:
    return await open_store(rules=Rules(deadlines=RULES), clock=TurnedClock(FRIDAY))


async def test_each_target_is_counted_as_it_says(ruled: Store) -> None:
    ticket = await ruled.tickets.open(NewTicket())
    assert due(ticket) == (
        datetime(2026, 11, 30, 2, tzinfo=UTC),  # two hours on Friday, two on Monday
        datetime(2026, 11, 30, 7, tzinfo=UTC),
        FRIDAY + timedelta(days=3),
    )


async def test_a_holiday_of_the_roster_moves_new_tickets_alone(ruled: Store) -> None:
    before = await ruled.tickets.open(NewTicket())
    holiday = '[[holiday]]\nname = "company day"\nfrom = 2026-11-30\n'
    await ruled.roster.import_toml(holiday, person("test"))
    after = await ruled.tickets.open(NewTicket())
    assert after.acknowledge_due_at == before.acknowledge_due_at + timedelta(days=1)
    assert due(await ruled.tickets.get(before.id)) == due(before)


async def test_a_category_may_have_targets_of_its_own(ruled: Store) -> None:
    fire = await ruled.tickets.open(NewTicket(ticket_class=TicketClass.URGENT, category="fire"))
    assert set(due(fire)) == {FRIDAY + timedelta(minutes=10)}
    smoke = await ruled.tickets.update(fire.id, HOTLINE, edit(category="smoke"))
    assert smoke.acknowledge_due_at == FRIDAY + timedelta(minutes=5)
    back = await ruled.tickets.update(fire.id, HOTLINE, edit(category="fire"))
    assert due(back) == due(fire)
    milder = await ruled.tickets.update(fire.id, HOTLINE, edit(ticket_class=TicketClass.GENERAL))
    assert milder.feedback_due_at == FRIDAY + timedelta(days=3)


async def test_other_rules_change_new_tickets_and_those_of_another_class(
    open_store: OpenStore,
) -> None:
    clock = TurnedClock(FRIDAY)
    old = await open_store(clock=clock)
    ticket = await old.tickets.open(NewTicket())
    await old.close()
    store = await open_store(rules=Rules(deadlines=RULES), clock=clock)
    assert due(await store.tickets.get(ticket.id)) == due(ticket)
    named = await store.tickets.update(ticket.id, HOTLINE, edit(category="noise", room="1501"))
    assert due(named) == due(ticket)
    await store.tickets.update(ticket.id, HOTLINE, edit(ticket_class=TicketClass.URGENT))
    now = await store.tickets.update(ticket.id, HOTLINE, edit(ticket_class=TicketClass.GENERAL))
    assert due(now) == due(await store.tickets.open(NewTicket()))
