"""A caller is let finish: pauses part sentences, not stories, and nothing they say is lost."""

from __future__ import annotations

import asyncio

import pytest

from asr.live import Heard
from asr.spoken import ends_in_number, find_number
from call_logs import Store
from call_logs.tickets import TicketKind
from ivr.call.substance import substance
from ivr.call.turn import LONGEST_TURN_S, Pauses, Turn
from ivr.packs.pack import load_pack
from tests.ivr.caller import QUICK, Caller

STORY = ("你好我是三号楼的业主我想问一下", "楼下的垃圾三天没有人清理了", "味道很大")


async def test_a_story_of_several_sentences_is_one_statement(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say(STORY[0])
        await asyncio.sleep(QUICK.pause_s + 0.1)  # 我想问一下: more will come
        caller.say(STORY[1])
        await asyncio.sleep(0.02)
        caller.say(STORY[2])
        await caller.until("ask_unit")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.text == "，".join(STORY)
    assert ticket.building == "3"
    assert ticket.category == caller.session.language.lexicon.classify(STORY[1]).category


async def test_what_is_said_at_a_question_without_answering_it_is_kept_and_confirms_nothing(
    store: Store,
) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼一单元的垃圾三天没有人清理了")
        await caller.until("read_back_place")
        caller.say("物业天天说马上来扫")
        await caller.until("not_understood")
        await caller.until("read_back_place")
        caller.say("不对")
        await caller.until("ask_building")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.text.splitlines() == ["三号楼一单元的垃圾三天没有人清理了", "物业天天说马上来扫"]
    assert caller.session.draft.place.building == ""


async def test_words_before_an_answer_are_kept_and_the_answer_counts(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼一单元的垃圾三天没有人清理了")
        await caller.until("read_back_place")
        caller.say("物业天天说马上来扫")
        await asyncio.sleep(0.02)
        caller.say("对的")
        await caller.until("callback_caller")
        assert "not_understood" not in caller.heard
        ticket = await caller.ticket()
    assert ticket is not None
    assert "物业天天说马上来扫" in ticket.text
    assert ticket.building == "3"


async def test_what_is_said_while_the_hotline_speaks_is_kept(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("repair_intro")
        caller.say("厨房的水管一直在滴水")
        await caller.until("ask_building")
        await asyncio.sleep(0.05)
        assert "厨房的水管一直在滴水" in caller.session.draft.statements


@pytest.mark.parametrize(
    ("words", "kept"), [("楼道灯坏了", True), ("漏水了", True), ("坏了", False), ("嗯你好", False)]
)
async def test_a_trouble_that_is_named_beside_a_question_is_kept_however_short(
    store: Store, words: str, kept: bool
) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.session.keep_aside(Heard(words, True, 0.0, 1.0, True))
        draft = caller.session.draft
        assert draft.statements == ([words] if kept else [])
        assert bool(draft.category) is kept


async def test_a_trouble_told_while_the_hotline_says_that_it_did_not_understand_leads_on(
    store: Store,
) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼请派人来")
        await caller.until("not_understood")
        caller.say("楼道灯坏了")
        await caller.until("read_back_place")
        ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.category, ticket.building) == ("lighting", "3")


async def test_another_place_at_the_read_back_corrects_it(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("三号楼一单元楼道灯坏了")
        await caller.until("read_back_place")
        caller.say("不是三号楼是五号楼")
        await caller.until("read_back_place")
        caller.say("对")
        await caller.until("callback_caller")
        ticket = await caller.ticket()
    assert ticket is not None
    assert (ticket.building, ticket.unit) == ("5", "1")


async def test_a_number_in_groups_is_one_number(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("ask_unit")
        caller.press("1#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("callback_caller")
        caller.press("2")
        await caller.until("callback_enter")
        for group in ("幺三九", "一二三四", "五六七八"):
            caller.say(group)
            await asyncio.sleep(QUICK.pause_s + 0.05)  # longer than between sentences
        await caller.until("callback_read_back")
        caller.say("对")
        await caller.until("message_instruction")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.callback.endswith("13912345678")


async def test_an_urgent_word_does_not_wait_for_the_end_of_the_story(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.session.on_heard(Heard("你好我想问一下", True, 0.0, 1.0))
        await asyncio.sleep(0.02)
        said = asyncio.get_running_loop().time()
        caller.hit("lift_entrapment", 0.95)
        await caller.until("dispatch_no_people")
        assert asyncio.get_running_loop().time() - said < QUICK.open_pause_s + 2
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.kind is TicketKind.EMERGENCY


async def test_what_was_said_before_a_hang_up_or_a_key_is_kept(store: Store) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.session.on_heard(Heard("水管一直在滴水而且", True, 0.0, 1.0))
        await asyncio.sleep(0.02)
        caller.press("8#")
        await caller.until("ask_unit")
        caller.session.on_heard(Heard("地板都湿了而且", True, 0.0, 1.0))
        await asyncio.sleep(0.02)
        caller.call.hang_up()
        await caller.ended()
    assert caller.session.draft.statements == ["水管一直在滴水而且", "地板都湿了而且"]


@pytest.mark.parametrize("words", ["报修", "我要报修", "英语", "转人工", "对"])
async def test_a_menu_word_alone_is_no_statement(store: Store, words: str) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.session.keep_statement(Heard(words, True, 0.0, 1.0))
        assert caller.session.draft.statements == []


async def test_who_only_says_repair_is_asked_what_it_is(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        caller.say("报修")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("callback_caller")
        caller.press("1")
        await caller.until("message_instruction")


async def test_a_number_that_is_too_short_is_refused_with_its_digits_and_replaces_nothing(
    store: Store,
) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("callback_caller")
        caller.press("2")
        await caller.until("callback_enter")
        caller.press("138001380#")
        await caller.until("callback_counted")
        await caller.until("callback_enter")
        caller.press("0013#")
        await caller.until("message_instruction")
        ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.callback.endswith("13800138000")


@pytest.mark.parametrize("answer", ["5", "88", "天气真不错啊"])
async def test_only_a_yes_confirms_a_number_that_was_keyed(store: Store, answer: str) -> None:
    async with Caller(store) as caller:
        caller.press("2")
        await caller.until("ask_building")
        caller.press("8#")
        await caller.until("read_back_place")
        caller.press("1")
        await caller.until("callback_caller")
        caller.press("2")
        await caller.until("callback_enter")
        caller.press("13912345678#")
        for _ in range(2):
            await caller.until("callback_read_back")
            if answer.isdigit():
                caller.press(answer)
            else:
                caller.say(answer)
            await caller.until("not_understood")
        await caller.until("callback_enter")
        assert caller.session.draft.callback.endswith("13800138000")


def pauses(language: str) -> Pauses:
    return Pauses(language, announcing=load_pack(language).menu.spoken.announcing)


@pytest.mark.parametrize(
    ("language", "text", "pause_s"),
    [
        ("zh-CN", "楼下的垃圾三天没有人清理了", 1.2),
        ("zh-CN", "你好我是三号楼的业主我想问一下", 2.0),
        ("zh-CN", "我的电话是一三八", 2.0),
        ("zh-CN", "三号楼", 1.2),
        ("zh-CN", "等一下", 1.2),
        ("en", "the lamp is broken", 1.2),
        ("en", "the lamp is broken and", 2.0),
        ("en", "there is sand", 1.2),
        ("en", "one three eight", 2.0),
        ("en", "I need this one", 1.2),
        ("ko", "불이 안 켜져요", 1.2),
        ("ko", "불이 안 켜져요 그리고", 2.0),
        ("ko", "공일공 일이삼사", 2.0),
    ],
)
def test_a_real_pause_ends_a_turn_and_a_longer_one_where_more_is_announced(
    language: str, text: str, pause_s: float
) -> None:
    assert pauses(language).after(text) == pytest.approx(pause_s - 0.2)


def test_a_turn_that_never_ends_is_taken_as_it_stands() -> None:
    turn = Turn(Pauses("en"))
    turn.add(Heard("one", True, 0.0, 1.0), 100.0)
    turn.add(Heard("two", True, 1.0, 2.0), 150.0)
    assert turn.over_at_s(still_talking_until_s=170.0) == 100.0 + LONGEST_TURN_S
    assert turn.heard == Heard("one, two", True, 0.0, 2.0)


@pytest.mark.parametrize(
    ("language", "groups", "number"),
    [
        ("zh-CN", ("幺三八", "零零一三", "八零零零"), "13800138000"),
        ("zh-CN", ("一三八", "零零", "幺三八", "零零零"), "13800138000"),
        ("en", ("one three eight", "double oh one three", "eight triple oh"), "13800138000"),
        ("ko", ("공일공", "일이삼사", "오육칠팔"), "01012345678"),
    ],
)
def test_groups_of_digits_are_read_as_one_number(
    language: str, groups: tuple[str, ...], number: str
) -> None:
    turn = Turn(pauses(language))
    for group in groups:
        assert ends_in_number(group, language)
        turn.add(Heard(group, True, 0.0, 1.0), 0.0)
    assert find_number(turn.heard.text, language) == number


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "我要报修"),
        ("zh-CN", "我想转人工谢谢"),
        ("zh-CN", "英语"),
        ("en", "I want to talk to a person please"),
        ("en", "repair"),
        ("ko", "상담원 바꿔 주세요"),
        ("ko", "수리"),
    ],
)
def test_menu_words_have_no_substance(language: str, words: str) -> None:
    assert substance(words, load_pack(language).menu) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "灯坏了"),
        ("zh-CN", "楼下的垃圾没人清"),
        ("en", "the lamp is broken"),
        ("ko", "불이 안 켜져요"),
    ],
)
def test_troubles_have_substance(language: str, words: str) -> None:
    assert substance(words, load_pack(language).menu)
