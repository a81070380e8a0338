"""Who asks about a ticket: what he may hear, and how often a stranger may guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from call_logs import Store
from call_logs.storage import Keys
from call_logs.tickets import NewTicket, Ticket, TicketKind, TicketStatus
from call_logs.tickets import enquiries as counting
from tests.ivr.caller import Caller
from tests.ivr.conftest import opened_store
from tests.people import person
from tests.turned_clock import TurnedClock

OWNER = "13800138000"
STRANGER = "13799990000"


async def opened(store: Store) -> Ticket:
    return await store.tickets.open(NewTicket(TicketKind.REPAIR, callback=OWNER))


async def guess(caller: Caller, ticket: Ticket, digits: str) -> None:
    await caller.until("enquiry_ask")
    caller.press(f"{ticket.number}#")
    await caller.until("enquiry_last_four")
    caller.press(digits)


async def test_an_owner_by_a_trunk_that_vouches_for_him_keys_nothing_more(store: Store) -> None:
    ticket = await opened(store)
    caller = Caller(store, number=OWNER, start="enquiry")
    caller.call.vouched()
    async with caller:
        await caller.until("enquiry_ask")
        caller.press(f"{ticket.number}#")
        await caller.until("status_received")
        assert "enquiry_last_four" not in caller.heard


async def test_a_number_that_anybody_can_write_into_a_call_opens_nothing(store: Store) -> None:
    ticket = await opened(store)
    async with Caller(store, number=OWNER, start="enquiry") as caller:
        await guess(caller, ticket, "8000")
        await caller.until("status_received")


async def test_three_wrong_tries_end_the_asking_for_the_whole_call(store: Store) -> None:
    ticket = await opened(store)
    async with Caller(store, number=STRANGER) as caller:
        for digits in ("0001", "0002", "0003"):
            if "enquiry_ask" not in caller.heard:
                await caller.until("main_menu")
                caller.press("4")
            await guess(caller, ticket, digits)
            await caller.until("enquiry_no_match")
        await caller.until("enquiry_refused")
        await caller.until("main_menu")
        caller.press("4")
        await caller.until("enquiry_refused")
        assert "enquiry_ask" not in caller.heard


async def test_ten_wrong_tries_a_day_end_it_for_a_ticket_whoever_calls_and_after_a_restart(
    tmp_path: Path,
) -> None:
    keys = Keys.generate()
    async with opened_store(tmp_path, keys) as store:
        ticket = await opened(store)
        for _ in range(counting.MOST_WRONG_A_DAY):
            assert await store.enquiries.take_try(ticket.id)
    async with opened_store(tmp_path, keys) as store:
        async with Caller(store, number=STRANGER, start="enquiry") as caller:
            await guess(caller, ticket, OWNER[-4:])  # right by now, and too late
            await caller.until("enquiry_refused")
        other = await opened(store)
        async with Caller(store, number=STRANGER, start="enquiry") as caller:
            await guess(caller, other, OWNER[-4:])
            await caller.until("status_received")


async def test_a_day_later_a_ticket_can_be_asked_about_again(tmp_path: Path) -> None:
    clock = TurnedClock(datetime.now(UTC))
    async with opened_store(tmp_path, clock=clock) as store:
        ticket = await opened(store)
        for _ in range(counting.MOST_WRONG_A_DAY):
            assert await store.enquiries.take_try(ticket.id)
        assert not await store.enquiries.take_try(ticket.id)
        clock.set(clock.now() + timedelta(days=1, seconds=-1))
        assert not await store.enquiries.take_try(ticket.id)
        clock.set(clock.now() + timedelta(seconds=2))
        assert await store.enquiries.take_try(ticket.id)


async def test_who_hangs_up_at_the_refusal_has_tried_too(store: Store) -> None:
    ticket = await opened(store)
    async with Caller(store, number=STRANGER, start="enquiry") as caller:
        await guess(caller, ticket, "0001")
        await caller.until("enquiry_no_match")  # he has begun to hear it
        caller.call.hang_up()
        await caller.ended()
    left = 0
    while await store.enquiries.take_try(ticket.id):
        left += 1
    assert left == counting.MOST_WRONG_A_DAY - 1


async def test_right_digits_are_never_used_up(store: Store) -> None:
    ticket = await opened(store)
    for _ in range(counting.MOST_WRONG_A_DAY + 2):
        assert await store.enquiries.take_try(ticket.id)
        await store.enquiries.was_right(ticket.id)


async def test_the_number_of_a_merged_ticket_tells_how_the_other_one_stands(store: Store) -> None:
    ticket = await opened(store)
    other = await store.tickets.open(NewTicket(TicketKind.REPAIR))
    operator = person("operator")
    await store.links.merge(ticket.id, other.id, operator)
    await store.tickets.move(other.id, TicketStatus.REGISTERED, operator)
    async with Caller(store, number=STRANGER, start="enquiry") as caller:
        await guess(caller, ticket, "8000")
        await caller.until("status_registered")
