"""Who asks about a ticket: what they may hear, and how often a stranger may guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from asr.live import Heard
from call_logs import Store
from call_logs.storage import Keys
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind, TicketStatus, edit
from call_logs.tickets import enquiries as counting
from call_logs.users import HOTLINE
from ivr.packs.phrasebook import Text
from tests.ivr.caller import ZONE, Caller
from tests.ivr.conftest import opened_store
from tests.ivr.flow.test_message import speak
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
        await caller.until("enquiry_yours")
        await caller.until("status_received")
        await caller.until("enquiry_menu")
        caller.press("4")
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
        await caller.until("enquiry_no_match")  # they have begun to hear it
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


async def at_the_menu(caller: Caller) -> None:
    await caller.until("enquiry_ticket")
    await caller.until("enquiry_menu")


def vouched_for(store: Store, number: str = OWNER) -> Caller:
    caller = Caller(store, number=number, start="enquiry")
    caller.call.vouched()
    return caller


async def test_an_owner_hears_his_open_tickets_and_the_news_that_was_written_for_him(
    store: Store,
) -> None:
    await store.tickets.open(NewTicket(TicketKind.REPAIR, caller=OWNER, news="师傅明天上午来"))
    closed = await opened(store)
    for status in ("registered", "resolved", "feedback_given", "closed"):
        await store.tickets.move(
            closed.id, TicketStatus(status), HOTLINE, changes=edit(result="done")
        )
    async with vouched_for(store) as caller:
        await caller.until("enquiry_news")
        assert Text("师傅明天上午来") in caller.book.said
        await caller.until("enquiry_menu")
        caller.press("4")
        await caller.until("enquiry_ask")  # there is no other open one


async def test_a_finished_ticket_tells_its_result(store: Store) -> None:
    ticket = await opened(store)
    for status in ("registered", "resolved", "feedback_given"):
        await store.tickets.move(
            ticket.id, TicketStatus(status), HOTLINE, changes=edit(result="灯泡换好了")
        )
    async with vouched_for(store) as caller:
        await caller.until("enquiry_news")
        assert Text("灯泡换好了") in caller.book.said


async def test_nobody_hears_of_tickets_by_a_number_that_the_trunk_does_not_vouch_for(
    store: Store,
) -> None:
    await opened(store)
    async with Caller(store, number=OWNER, start="enquiry") as caller:
        await caller.until("enquiry_ask")
        assert "enquiry_yours" not in caller.heard_before


async def test_still_not_solved_opens_a_finished_ticket_again_once(store: Store) -> None:
    ticket = await opened(store)
    for status in ("registered", "resolved"):
        await store.tickets.move(ticket.id, TicketStatus(status), HOTLINE)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("2")
        await caller.until("survey_reopen")
    assert (await store.tickets.get(ticket.id)).status is TicketStatus.REOPENED


async def test_still_not_solved_stands_in_the_history_where_work_goes_on(store: Store) -> None:
    ticket = await opened(store)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("2")
        await caller.until("enquiry_hurry")
    after = await store.tickets.get(ticket.id)
    assert after.status is TicketStatus.RECEIVED
    notes = [each.note for each in await store.tickets.history(ticket.id)]
    assert notes.count("the owner says on the telephone: still not solved") == 1


async def test_a_wish_to_be_called_back_is_a_mark_of_the_ticket(store: Store) -> None:
    ticket = await opened(store)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("3")
        await caller.until("call_back_when")
        assert (await store.tickets.get(ticket.id)).call_back  # whatever is keyed now
        caller.press("#")
        await caller.until("will_call_back")
    assert await store.owner_news.of_ticket(ticket.id) == ()


async def test_an_owner_keys_when_to_be_called_back(store: Store) -> None:
    ticket = await opened(store)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("3")
        await caller.until("call_back_when")
        caller.press("9961")
        await caller.until("call_back_wrong_time")
        await caller.until("call_back_when")
        caller.press("1530")
        await caller.until("call_back_agreed")
    (news,) = await store.owner_news.of_ticket(ticket.id)
    assert news.agreed_at is not None
    assert news.agreed_at > store.clock.now()
    local = news.agreed_at.astimezone(ZONE)
    assert (local.hour, local.minute) == (15, 30)


async def test_what_an_owner_adds_is_the_tickets_and_another_matter_of_the_call_is_its_own(
    store: Store,
) -> None:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.REPAIR, text="楼道灯坏了", callback=OWNER, building="3")
    )
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("1")
        await caller.until("tone")
        caller.say("还有一个灯也坏了")
        await speak(caller)
        caller.press("#")
        await caller.until("message_confirm")
        caller.press("1")
        await caller.until("message_saved")
        await caller.until("enquiry_menu")
        caller.press("#")
        await caller.until("more_menu")
        caller.press("2")
        await caller.until("main_menu")
        caller.press("3")
        await caller.until("ask_building")
        caller.press("7#")
        await caller.until("ask_unit")
    after = await store.tickets.get(ticket.id)
    assert "楼道灯坏了" in after.text
    assert "还有一个灯也坏了" in after.text
    assert (after.kind, after.building) == (TicketKind.REPAIR, "3")
    fresh = await caller.ticket()
    assert fresh is not None
    assert (fresh.id != ticket.id, fresh.kind, fresh.building) == (
        True,
        TicketKind.COMPLAINT,
        "7",
    )
    assert "灯" not in fresh.text


async def test_a_cry_for_help_while_an_owner_adds_words_is_a_case_of_its_own(store: Store) -> None:
    ticket = await opened(store)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("1")
        await caller.until("tone")
        caller.say("着火了快来人")
        await caller.until("dispatch_no_people")
    fresh = await caller.ticket()
    assert fresh is not None
    assert (fresh.id != ticket.id, fresh.category) == (True, "fire")
    assert (await store.tickets.get(ticket.id)).ticket_class is not TicketClass.URGENT


async def test_a_cry_for_help_makes_no_emergency_of_the_ticket_that_words_were_added_to(
    store: Store,
) -> None:
    """People would be searched for both of them."""
    ticket = await opened(store)
    async with vouched_for(store) as caller:
        await at_the_menu(caller)
        caller.press("1")
        await caller.until("tone")
        await speak(caller)
        now_s = caller.session.conversation.media.position_s
        caller.session.on_heard(Heard("着火了快来人", True, now_s - 0.5, now_s))
        caller.session.on_hits(caller.session.language.lexicon.hits("着火了快来人"))
        await caller.until("dispatch_no_people")
    fresh = await caller.ticket()
    assert fresh is not None
    assert (fresh.id != ticket.id, fresh.category) == (True, "fire")
    assert "着火了快来人" in fresh.text
    old = await store.tickets.get(ticket.id)
    assert (old.kind, old.ticket_class, old.category) == (
        ticket.kind,
        ticket.ticket_class,
        ticket.category,
    )


async def test_who_keys_another_number_at_once_hears_of_that_ticket(store: Store) -> None:
    other = await store.tickets.open(NewTicket(TicketKind.REPAIR, callback=OWNER))
    await store.tickets.move(other.id, TicketStatus("registered"), HOTLINE)
    own = await opened(store)
    async with vouched_for(store) as caller:
        await caller.until("status_received")
        await caller.until("enquiry_menu")
        caller.press(f"{other.number}#")
        await caller.until("status_registered")
        await caller.until("enquiry_menu")
    assert not (await store.tickets.get(own.id)).call_back
