"""Questions of a category: asked after the message, two at most, and never in an emergency."""

from __future__ import annotations

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.tickets import TicketKind
from ivr.packs.pack import load_pack
from tests.ivr.caller import Caller

QUESTIONS = frozenset({"form_happened", "form_often", "form_reach", "form_noise", "form_hurt"})


async def told(caller: Caller, *sentences: str) -> None:
    """Up to the end of the message, which was told at the menu."""
    await caller.until("main_menu")
    caller.say(f"三号楼一单元{sentences[0]}")
    await caller.until("read_back_place")
    for sentence in sentences[1:]:
        caller.session.draft.say(sentence)
    caller.press("1")
    await caller.until("callback_caller")
    caller.press("1")


async def test_what_is_answered_is_the_tickets_field(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了")
        await caller.until("form_often")
        caller.say("有三天左右")
        await caller.until("form_reach")
        caller.say("三楼到五楼")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.often, ticket.reach) == ("有三天左右", "三楼到五楼")
    assert "三天左右" not in ticket.text


async def test_what_was_said_before_is_not_asked(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了", "整个楼层都没亮", "灯经常坏")
        await caller.until("ticket_number")
        assert not QUESTIONS & {*caller.heard_before}
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.often, ticket.reach) == ("灯经常坏", "整个楼层都没亮")


async def test_nobody_is_asked_more_than_two(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "停水了")
        await caller.until("form_happened")
        await caller.until("form_reach")
        await caller.until("ticket_number")
        assert len(QUESTIONS & {*caller.heard_before}) == 2


async def test_a_lift_s_caller_is_asked_for_the_sound_and_the_floors_too(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "电梯坏了不能用")
        await caller.until("form_hurt")
        caller.say("没有人受伤")
        await caller.until("form_noise")
        caller.say("咔咔响")
        await caller.until("form_reach")
        caller.say("三楼以上")
        await caller.until("form_happened")
        caller.say("大概十分钟前")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.hurt, ticket.happened) == ("没有人受伤", "大概十分钟前")
    assert (ticket.sound, ticket.reach) == ("咔咔响", "三楼以上")
    async with Caller(store) as caller:
        await told(caller, "电梯坏了不能用", "响得厉害，三楼以上的楼层都停不了")
        await caller.until("ticket_number")
        assert not {"form_noise", "form_reach"} & {*caller.heard_before}


async def test_a_key_goes_on_and_silence_does_too(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了")
        await caller.until("form_often")
        caller.press("#")
        await caller.until("form_reach")
        await caller.until("ticket_number")
    ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.often, ticket.reach) == ("", "")


async def test_an_answer_that_nobody_understood_is_marked_for_its_transcript(store: Store) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了")
        await caller.until("ticket_number")
    await store.calls.flush()
    marks = [
        str(event.data.get("about", ""))
        for event in await store.calls.events(caller.call.id)
        if event.kind is CallEventKind.MESSAGE
    ]
    assert marks.count("answer:often") == marks.count("answer:reach") == 1


async def test_an_emergency_is_asked_nothing(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("着火了快来人")
        await caller.until("dispatch_no_people")
        await caller.until("goodbye")
        assert not QUESTIONS & {*caller.heard_before}


@pytest.mark.parametrize("at", ["form_often", "form_reach"])
async def test_urgent_words_in_an_answer_are_heard(store: Store, at: str) -> None:
    async with Caller(store) as caller:
        await told(caller, "灯坏了")
        await caller.until(at)
        caller.say("着火了快来人")
        await caller.until("dispatch_no_people")
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.kind is TicketKind.EMERGENCY


@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
def test_every_pack_has_the_same_forms(language: str) -> None:
    first, forms = load_pack("zh-CN").forms, load_pack(language).forms
    assert (forms.most, forms.most_of) == (first.most, first.most_of)
    assert forms.questions.keys() == first.questions.keys()
    assert forms.categories == first.categories
