"""A hotline without a roster: nobody is rung, and every call for a person is a ticket."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import TicketClass, TicketKind
from tests.ivr.caller import Caller
from tests.ivr.exchange import until


async def test_an_emergency_becomes_an_urgent_ticket_with_place_and_details(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("greeting")
        caller.hit("fire", 0.97)
        await until(lambda: "call_119" in caller.heard)
        assert caller.heard[-3:] == ["dispatch_no_people", "advice_fire", "call_119"]
        await caller.until("ask_building")
        caller.press("7#")
        await caller.until("callback_caller")
        caller.press("1")
        await caller.until("dispatch_news")
        await caller.until("ticket_number")
        ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.kind, ticket.ticket_class) == (TicketKind.EMERGENCY, TicketClass.URGENT)
    assert (ticket.building, ticket.category) == ("7", "fire")
    assert await store.dispatches.for_ticket(ticket.id) == ()


async def test_who_hangs_up_at_the_question_has_an_urgent_ticket_all_the_same(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("greeting")
        caller.hit("fire", 0.6)
        await caller.until("confirm_fire")
        caller.call.hang_up()
        await until(lambda: caller.session.draft.ticket is not None)
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.URGENT


async def test_key_0_leads_to_a_message(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("greeting")
        caller.press("0")
        await caller.until("person_busy")
        await caller.until("voicemail_intro")
