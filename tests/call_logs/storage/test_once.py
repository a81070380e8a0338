"""What is asked for again under one key is done once, on every database."""

from __future__ import annotations

import asyncio

import pytest

from call_logs import Store
from call_logs.calls import RequestAction
from call_logs.casework import RecordKind, read_record
from call_logs.owners import NewFault
from call_logs.storage import IllegalMove, key_of
from call_logs.tickets import NewTicket, TicketStatus, edit
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


async def test_what_is_written_anew_under_an_old_key_is_not_lost(store: Store) -> None:
    """Whoever goes back in the browser and writes on has the form with its old key."""
    ticket = await store.tickets.open(NewTicket())
    for text in ("seen", "seen", "and smelt"):
        await store.tickets.note(ticket.id, OPERATOR, text, key="k")
    notes = [each.note for each in await store.tickets.history(ticket.id) if each.note]
    assert notes == ["seen", "and smelt"]
    await store.tickets.move(ticket.id, TicketStatus.REGISTERED, OPERATOR, key="m")
    with pytest.raises(IllegalMove):  # told, and asked for another step
        await store.tickets.move(ticket.id, TicketStatus.REGISTERED, OPERATOR, "on", key="m")
    record = read_record(RecordKind.TASK, {"what": "a bulb", "who": "li"}, whole=True)
    other = read_record(RecordKind.TASK, {"what": "a switch", "who": "li"}, whole=True)
    made = [await store.records.add(ticket.id, each, OPERATOR, key="r") for each in (record, other)]
    assert [each["what"] for each in made] == ["a bulb", "a switch"]


async def test_the_key_of_content_is_that_of_its_values() -> None:
    one = key_of("k", [NewFault("water_cut", words="till six"), edit(text="x"), {"b": 1, "a": 2}])
    same = key_of("k", [NewFault("water_cut", words="till six"), edit(text="x"), {"a": 2, "b": 1}])
    assert one == same
    others = {
        key_of("k", [NewFault("water_cut", words="till ten"), edit(text="x"), {"b": 1, "a": 2}]),
        key_of("k", [NewFault("water_cut", words="till six"), edit(text="y"), {"b": 1, "a": 2}]),
        key_of("l", [NewFault("water_cut", words="till six"), edit(text="x"), {"b": 1, "a": 2}]),
    }
    assert len(others | {one}) == 4
    assert key_of("", "x") == ""  # every time it is another


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
