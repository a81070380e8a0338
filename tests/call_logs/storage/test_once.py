"""What is asked for again under one key is done once, on every database."""

from __future__ import annotations

import asyncio

import pytest

from call_logs import Store
from call_logs.calls import RequestAction
from call_logs.storage import IllegalMove
from call_logs.tickets import NewTicket, TicketStatus
from tests.people import person

OPERATOR, OTHER = person("operator"), person("other")


async def test_the_first_time_it_is_done_and_not_again(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket())
    await asyncio.gather(
        *(store.tickets.note(ticket.id, OPERATOR, "seen", key="k") for _ in range(4))
    )
    await store.tickets.note(ticket.id, OTHER, "seen too", key="k")
    await store.tickets.note(ticket.id, OPERATOR, "without a key")
    notes = [each.note for each in await store.tickets.history(ticket.id) if each.note]
    assert notes == ["seen", "seen too", "without a key"]
    for _ in range(2):
        moved = await store.tickets.move(ticket.id, TicketStatus.REGISTERED, OPERATOR, key="m")
        assert moved.status is TicketStatus.REGISTERED


async def test_what_failed_is_done_when_it_is_asked_for_again(store: Store) -> None:
    ticket = await store.tickets.open(NewTicket())
    with pytest.raises(IllegalMove):
        await store.tickets.move(ticket.id, TicketStatus.CLOSED, OPERATOR, key="k")
    moved = await store.tickets.move(ticket.id, TicketStatus.REGISTERED, OPERATOR, key="k")
    assert moved.status is TicketStatus.REGISTERED


async def test_one_key_stands_for_each_thing_that_is_done_under_it(store: Store) -> None:
    """A page sends its form's key with a note and with a step; a program numbers from 1."""
    one, two = [await store.tickets.open(NewTicket()) for _ in range(2)]
    for each in (one, two):
        await store.tickets.note(each.id, OPERATOR, "seen", key="1")
        moved = await store.tickets.move(each.id, TicketStatus.REGISTERED, OPERATOR, key="1")
        assert moved.status is TicketStatus.REGISTERED
        notes = [line.note for line in await store.tickets.history(each.id) if line.note]
        assert notes == ["seen"]
    for action in (RequestAction.RING, RequestAction.NEXT_LEVEL):
        for each in (one, two):
            asked = [
                await store.requests.add(
                    action, "", {"person": "li"}, actor=OPERATOR, ticket_id=each.id, key="1"
                )
                for _ in range(2)
            ]
            assert asked[0] > 0
            assert asked[1] == 0
