"""The lessons of a month are those of the tickets that were closed in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from call_logs.storage import InvalidValue, NotAllowed
from call_logs.tickets import NewTicket, Ticket, TicketStatus, edit
from call_logs.users import Role
from tests.call_logs.conftest import OpenStore
from tests.people import WRITTEN, person
from tests.turned_clock import TurnedClock

MANAGER = person("manager")
WAY = (
    TicketStatus.REGISTERED,
    TicketStatus.RESOLVED,
    TicketStatus.FEEDBACK_GIVEN,
    TicketStatus.CLOSED,
)


async def test_lessons_are_those_of_what_was_closed_on_these_days(open_store: OpenStore) -> None:
    clock = TurnedClock(datetime(2026, 10, 31, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    store = await open_store(clock=clock)

    async def closed(lessons: str) -> Ticket:
        ticket = await store.tickets.open(NewTicket())
        await store.tickets.update(ticket.id, MANAGER, edit(lessons=lessons))
        for status in WAY:
            ticket = await store.tickets.move(ticket.id, status, MANAGER, changes=WRITTEN)
        return ticket

    october = await closed("check the lamps in autumn")
    await closed("")
    clock.set(clock.now() + timedelta(minutes=2))
    november = await closed("two bulbs in store")
    await store.tickets.update(
        (await store.tickets.open(NewTicket())).id, MANAGER, edit(lessons="not closed")
    )
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    assert await store.reports.lessons(MANAGER, first, last) == (october,)
    both = await store.reports.lessons(MANAGER, first, date(2026, 11, 30))
    assert both == (october, november)
    with pytest.raises(InvalidValue):
        await store.reports.lessons(MANAGER, last, first)
    with pytest.raises(NotAllowed):
        await store.reports.lessons(person("engineer", Role.ENGINEER), first, last)
