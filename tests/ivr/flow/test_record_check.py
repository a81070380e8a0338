"""Who calls is asked, and the whole record is read back before the call ends."""

from __future__ import annotations

from call_logs import Store
from call_logs.calls import CallEventKind
from tests.ivr.caller import Caller
from tests.ivr.flow.test_message import speak


async def told(caller: Caller, sentence: str = "灯坏了，整个楼层经常坏") -> None:
    """Up to the questions, whose answers the sentence holds."""
    await caller.until("main_menu")
    caller.say(f"三号楼一单元{sentence}")
    await caller.until("read_back_place")
    caller.press("1")
    await caller.until("callback_caller")
    caller.press("1")


async def test_the_name_is_asked_and_the_record_is_read_back(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller)
        await caller.until("ask_name")
        caller.say("我姓王")
        await caller.until("record_check")
        await caller.until("record_place")
        await caller.until("record_callback")
        await caller.until("record_right")
        caller.press("1")
        await caller.until("ticket_number")
        assert "record_changed" not in caller.heard_before
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.name, ticket.building, ticket.callback) == ("我姓王", "3", "13800138000")
    events = await store.calls.events(caller.call.id)
    about = [each.data.get("about") for each in events if each.kind is CallEventKind.MESSAGE]
    assert "answer:name" in about  # its stretch: the transcript fills what nobody understood


async def test_a_key_ends_it_early_and_wrong_parts_are_corrected_one_by_one(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller)
        await caller.until("ask_name")
        caller.press("#")
        await caller.until("record_check")
        caller.press("2")  # while it is read: the rest is not
        await caller.until("ask_building")
        assert "record_place" not in caller.heard_before
        caller.press("5#")
        await caller.until("ask_unit")
        caller.press("2*301#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("record_changed")
        await caller.until("record_right")
        caller.press("3")
        await caller.until("callback_enter")
        caller.press("13900139000#")
        await caller.until("callback_read_back")
        caller.press("1")
        await caller.until("record_changed")
        caller.press("7")
        await caller.until("wrong_key")
        caller.say("对")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.building, ticket.unit, ticket.room) == ("5", "2", "301")
    assert (ticket.callback, ticket.name) == ("13900139000", "")


async def test_a_place_that_nobody_corrects_stays(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller)
        await caller.until("record_check")
        caller.press("2")
        await caller.until("ask_building")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.building, ticket.unit) == ("3", "1")


async def test_nobody_is_asked_whom_we_know_or_who_wants_to_be_unknown(store: Store) -> None:
    async with Caller(store) as caller:
        caller.session.draft.name = "王女士"
        await told(caller)
        await caller.until("record_check")
        assert "ask_name" not in caller.heard_before
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.name == "王女士"
    async with Caller(store) as caller:
        caller.session.draft.name = "王女士"
        await told(caller, "灯坏了，经常坏，整个楼层，我不想留名")
        await caller.until("ticket_number")
        assert "ask_name" not in caller.heard_before
        assert "record_fix_name" not in caller.heard_before
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.anonymous, ticket.name) == (True, "")


async def test_in_an_emergency_nothing_of_it_is_asked(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller)
        await caller.until("ask_name")
        caller.say("着火了快来人")
        await caller.until("dispatch_no_people")
        await caller.until("goodbye")
        assert "record_check" not in caller.heard_before


async def test_an_answer_is_played_as_it_was_said(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了，整个楼层")
        await caller.until("form_often")
        await speak(caller)
        caller.say("有三天左右")
        await caller.until("record_answers")
        await caller.until("record_fix_answers")
        caller.press("5")
        await caller.until("form_often")
        caller.say("有五天左右")
        await caller.until("record_changed")
        caller.press("1")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.often == "有五天左右"
