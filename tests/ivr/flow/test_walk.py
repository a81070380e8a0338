"""The way through the menu: no dead end, nothing lost, help from any point."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from asr.live import Heard
from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.tickets import NewTicket, TicketClass, TicketKind
from tests.ivr.caller import Caller


async def test_silence_leads_to_voicemail_and_then_to_a_good_bye(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.end()
        assert await caller.nodes() == ["main", "voicemail", "goodbye"]
        assert await caller.ticket() is None


async def test_a_whole_repair_by_keys_ends_with_the_spoken_ticket_number(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("12#")
        await caller.until("ask_unit")
        caller.press("3*1502#")
        await caller.until("callback_caller")
        caller.press("2")
        await caller.until("callback_enter")
        caller.press("13912345678#")
        await caller.until("message_instruction")
        await caller.until("ticket_number")
        await caller.end()
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.kind is TicketKind.REPAIR
    assert (ticket.building, ticket.unit, ticket.room) == ("12", "3", "1502")
    assert ticket.callback.endswith("13912345678")


async def test_a_problem_in_own_words_is_not_asked_again(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼一单元楼道灯坏了")
        await caller.until("read_back_place")
        caller.say("对")
        await caller.until("callback_caller")
        caller.press("1")
        await caller.until("ticket_number")
        ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.category, ticket.building, ticket.unit) == ("lighting", "3", "1")
    assert ticket.text == "三号楼一单元楼道灯坏了"
    assert ticket.callback.endswith("13800138000")


@pytest.mark.parametrize(
    ("keyed", "told"),
    [
        ("110", "callback_service"),
        ("010110", "callback_service"),
        ("95588", "callback_service"),
        ("0019005551234", "callback_other"),
        ("0085261234567", "callback_other"),
        ("13812345", "callback_wrong"),
        ("8001", "callback_wrong"),
    ],
)
async def test_who_keys_a_number_that_is_not_dialled_hears_why_and_is_asked_again(
    store: Store, keyed: str, told: str
) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("3#")
        await caller.until("ask_unit")
        caller.press("2*1502#")
        await caller.until("callback_caller")
        caller.press("2")
        await caller.until("callback_enter")
        caller.press(f"{keyed}#")
        await caller.until(told)
        await caller.until("callback_enter")
        caller.press("13912345678#")
        await caller.until("message_instruction")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.callback.endswith("13912345678")


async def test_a_short_complaint_chooses_the_node_and_is_kept(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("灯坏了")
        await caller.until("ask_building")
        ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.kind, ticket.text) == (TicketKind.REPAIR, "灯坏了")


async def test_a_place_that_was_understood_wrongly_is_asked_for_again(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼一单元楼道灯坏了")
        await caller.until("read_back_place")
        caller.say("不是")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("ask_unit")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.building == "8"


@pytest.mark.parametrize("spoken", ["转人工", "我要找人工"])
async def test_asking_for_a_person_works_in_the_middle_of_a_question(
    store: Store, spoken: str
) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.say(spoken)
        await caller.until("person_busy")
        await caller.until("voicemail_intro")
        assert (await caller.nodes())[:3] == ["main", "repair", "person"]


async def test_star_goes_back_and_the_kind_of_the_ticket_follows(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("*")
        await caller.until("main_menu")
        caller.press("3")
        await caller.until("ask_building")
        assert await caller.ticket() is None  # a key alone is no ticket
        caller.press("8#")
        await caller.until("ask_unit")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.kind is TicketKind.COMPLAINT


async def test_a_wrong_key_is_told_and_asked_again(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("8")
        await caller.until("wrong_key")
        caller.press("2")
        await caller.until("ask_building")


async def test_words_that_mean_nothing_are_told_and_asked_again(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("今天天气不错")
        await caller.until("not_understood")
        await caller.until("main_menu")


async def test_another_language_is_chosen_by_key(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("9")
        await caller.until("language_en")
        caller.press("3")
        await caller.until("main_menu")
        assert caller.languages == ["en"]


async def test_a_language_that_is_not_offered_cannot_be_chosen(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("9")
        await caller.until("language_en")
        caller.press("4")
        await caller.until("wrong_key")
        assert caller.languages == []


async def test_a_node_that_the_callers_language_lacks_is_its_start(store: Store) -> None:
    async with Caller(store) as caller:
        language = caller.session.language
        nodes = {id_: node for id_, node in language.pack.menu.nodes.items() if id_ != "complaint"}
        pack = replace(language.pack, menu=replace(language.pack.menu, nodes=nodes))
        caller.session.language = replace(language, pack=pack)
        await caller.until("main_menu")
        caller.press("3")
        await caller.until("main_menu")
        assert await caller.nodes() == ["main", "main"]


async def test_a_sure_urgent_phrase_breaks_into_any_question(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.hit("lift_entrapment", 0.95)
        await caller.until("dispatch_no_people")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.URGENT
    assert ticket.category == "lift_entrapment"


@pytest.mark.parametrize(
    ("category", "answer", "urgent"),
    [
        ("fire", "1", True),
        ("fire", "2", False),
        ("fire", "", True),  # silence after life danger is a yes
        ("flooding", "", False),
        ("flooding", "1", True),
    ],
)
async def test_an_unsure_phrase_is_asked_about_once(
    store: Store, category: str, answer: str, urgent: bool
) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.hit(category, 0.6)
        await caller.until(f"confirm_{category}")
        if answer:
            caller.press(answer)
        await caller.until("dispatch_no_people" if urgent else "main_menu")
        ticket = await caller.ticket()
    assert (ticket is not None and ticket.ticket_class is TicketClass.URGENT) is urgent


@pytest.mark.parametrize(
    ("category", "answer", "meant"),
    [("flooding", "2", False), ("flooding", "", None), ("fire", "2", False), ("fire", "", True)],
)
async def test_only_a_no_is_written_down_as_a_no(
    store: Store, category: str, answer: str, meant: bool | None
) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.hit(category, 0.6)
        await caller.until(f"confirm_{category}")
        if answer:
            caller.press(answer)
        await caller.until("dispatch_no_people" if meant else "main_menu")
        await store.calls.flush()
        events = await store.calls.events(caller.call.id)
    asked = [e.data for e in events if e.kind is CallEventKind.ASKED and "meant" in e.data]
    assert asked == [{"category": category, "meant": meant}]


async def test_a_hang_up_at_an_unsure_question_is_no_no(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.hit("flooding", 0.6)
        await caller.until("confirm_flooding")
        caller.call.hang_up()
        await caller.ended()
        await store.calls.flush()
        events = await store.calls.events(caller.call.id)
    asked = [e.data for e in events if e.kind is CallEventKind.ASKED and "meant" in e.data]
    assert asked == [{"category": "flooding", "meant": None}]


async def test_a_no_takes_the_urgency_back_that_the_words_had_given(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        words = "厨房好像有点烧焦味，像是着火了"
        caller.session.keep_statement(Heard(words, True, 0.0, 1.0))
        await caller.session.draft.save()
        assert caller.session.draft.ticket_class is TicketClass.URGENT
        caller.hit("fire", 0.6)
        await caller.until("confirm_fire")
        caller.press("2")
        await caller.until("ask_building")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is not TicketClass.URGENT
    assert ticket.text == words


async def test_a_doubtful_phrase_below_the_question_is_only_noted(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.hit("fire", 0.45)
        caller.press("2")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("ask_unit")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.GENERAL


async def test_the_state_of_a_ticket_is_told_to_its_own_caller(store: Store) -> None:
    await store.tickets.open(NewTicket(TicketKind.REPAIR, callback="13800138000"))
    caller = Caller(store)
    caller.call.vouched()
    async with caller:
        caller.press("4")
        await caller.until("enquiry_ticket")
        await caller.until("status_received")


async def test_a_mistyped_ticket_number_is_told_from_an_unknown_one(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("4")
        await caller.until("enquiry_ask")
        caller.press("123456#")
        await caller.until("enquiry_wrong")


async def test_whatever_breaks_the_caller_can_still_leave_a_message(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> bool:
        raise RuntimeError("a fault in the program")

    monkeypatch.setattr("ivr.flow.walk.enquire", broken)
    async with Caller(store) as caller:
        caller.press("4")
        await caller.until("system_trouble")
        await caller.until("goodbye")


async def test_a_quiet_caller_in_need_is_not_soon_taken_for_gone(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        assert caller.call.patience_s == 0
        caller.hit("fire", 0.6)
        await caller.until("confirm_fire")
        assert caller.call.patience_s >= 60


async def test_the_key_for_a_person_works_up_to_the_last_word(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("goodbye")
        caller.press("0")
        await caller.until("person_connecting")


@pytest.mark.parametrize("pressed_at", ["message_nothing_heard", "goodbye"])
async def test_the_key_for_help_behind_the_last_question_is_asked_about(
    store: Store, pressed_at: str
) -> None:
    async with Caller(store) as caller:
        await caller.until("voicemail_intro")
        for _ in range(2 if pressed_at == "message_nothing_heard" else 1):
            await caller.until(pressed_at)
        caller.press("1")
        await caller.until("confirm_other")
        caller.press("1")
        await caller.until("emergency_ask")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.kind, ticket.ticket_class) == (TicketKind.EMERGENCY, TicketClass.URGENT)


async def test_a_key_pressed_twice_rings_nobody(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("goodbye")
        caller.press("1")
        await caller.until("confirm_other")
        caller.press("2")
        await caller.end()
    assert await caller.ticket() is None
