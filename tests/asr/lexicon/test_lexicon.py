"""The shipped lexicons: what is told as an event, and what only sounds like one."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.lexicon.lexicon import OTHER, Hit, Lexicon, load_lexicon

PACKS = Path(__file__).parents[3] / "ivr" / "packs"
LANGUAGES = ("zh-CN", "en", "ko")
URGENT = {
    "lift_entrapment", "fire", "gas_leak", "flooding",
    "electric_shock", "injury", "intrusion", "falling_object",
}  # fmt: skip


@cache
def lexicon(language: str) -> Lexicon:
    return load_lexicon(PACKS / language / "lexicon.toml")


def alarms(language: str, text: str) -> list[Hit]:
    book = lexicon(language)
    return [hit for hit in book.hits(text) if hit.category in book.urgent]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_urgent_categories_are_those_the_roster_knows(language: str) -> None:
    assert lexicon(language).urgent == URGENT


def test_all_packs_have_the_same_categories_with_the_same_names_and_classes() -> None:
    first, *others = (dict(lexicon(language).categories) for language in LANGUAGES)
    assert all(other == first for other in others)
    assert all(set(category.names) == set(LANGUAGES) for category in first.values())


@pytest.mark.parametrize(
    ("language", "text", "category"),
    [
        ("zh-CN", "电梯里困了三个人", "lift_entrapment"),  # order and gap
        ("zh-CN", "我们被困在电梯里", "lift_entrapment"),  # the other order
        ("zh-CN", "电 梯 里 困 了 人", "lift_entrapment"),  # a recogniser's blanks
        ("zh-CN", "電梯裡困住人了", "lift_entrapment"),  # traditional characters
        ("zh-CN", "电梯嗯里面呃困住人了", "lift_entrapment"),  # fillers
        ("zh-CN", "点梯里困住人了", "lift_entrapment"),  # sound-alikes
        ("zh-CN", "电梯题困人", "lift_entrapment"),
        ("zh-CN", "梅气泄漏了", "gas_leak"),
        ("zh-CN", "着火了", "fire"),
        ("zh-CN", "没人管，着火了", "fire"),  # 没人 does not negate across a comma
        ("zh-CN", "不是演习，真的着火了", "fire"),
        ("zh-CN", "火还没灭", "fire"),
        ("zh-CN", "昨天修过，今天又着火了", "fire"),  # the nearest time counts
        ("zh-CN", "从昨天晚上一直有煤气味", "gas_leak"),
        ("zh-CN", "救命", "injury"),
        ("en", "I'm stuck in the lift", "lift_entrapment"),
        ("en", "THERE IS A FIRE IN THE KITCHEN", "fire"),
        ("en", "he’s not breathing", "injury"),  # a curly apostrophe, a negation that is no denial
        ("en", "um there is uh smoke in the hallway", "fire"),
        ("en", "this is not a drill, the kitchen is on fire", "fire"),
        ("en", "last week it was fine but today a pipe burst", "flooding"),
        ("ko", "엘리베이터에 갇혔어요", "lift_entrapment"),
        ("ko", "엘리베이터 에 갇혔 어요", "lift_entrapment"),
        ("ko", "숨을 안 쉬어요", "injury"),
        ("ko", "아직도 불이 타고 있어요", "fire"),
        # "…인가 봐요" (it seems) is no question; nor is 인가 in other words
        ("ko", "콘센트에서 타는 냄새가 나고 지직거려요 누전인가 봐요", "electric_shock"),
        ("ko", "복도에 연기가 자욱해요 어디서 타는 중인가 봅니다", "fire"),
        ("ko", "지하 주차장에 물이 무릎까지 찼어요 침수인가 봐", "flooding"),
        ("ko", "외국인가족이 사는 집에 불이 났어요", "fire"),
    ],
)
def test_an_event_is_heard(language: str, text: str, category: str) -> None:
    assert category in [hit.category for hit in alarms(language, text)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        # negation
        ("zh-CN", "没有人被困在电梯里"),
        ("zh-CN", "电梯里没有人被困"),
        ("zh-CN", "不是着火，是在做饭"),
        ("en", "nobody is trapped in the lift"),
        ("en", "it's not a fire"),
        ("ko", "아무도 갇히지 않았어요"),
        ("ko", "다친 사람은 없어요"),
        # past
        ("zh-CN", "上个月电梯困过人"),
        ("zh-CN", "去年着过火"),
        ("en", "I was stuck in the lift last week"),
        ("en", "two years ago a pipe burst here"),
        ("ko", "작년에 수도관이 터진 적 있어요"),
        # it is over
        ("zh-CN", "火已经扑灭了"),
        ("en", "the fire is out now, no need to come"),
        ("ko", "불은 이미 꺼졌어요"),
        # questions and suppositions
        ("zh-CN", "电梯会困人吗"),
        ("zh-CN", "如果着火了怎么跑"),
        ("zh-CN", "有没有人受伤"),
        ("en", "what should I do if there is a fire"),
        ("en", "has the gas leak been repaired"),
        ("ko", "불이 나면 어떻게 해야 하나요"),
        ("ko", "불이 난 게 사실인가"),
        ("ko", "감전 사고 난 데가 우리 동인가요"),
        # drills, news, fiction, paperwork
        ("zh-CN", "明天的消防演练几点"),
        ("zh-CN", "电视里说着火了"),
        ("zh-CN", "水管爆裂谁来赔"),
        ("en", "when is the fire drill"),
        ("en", "I dreamt the house was on fire"),
        ("ko", "소방 훈련이 언제예요"),
        # idioms and things that only carry the word
        ("zh-CN", "急死了，快递还没到"),
        ("zh-CN", "气炸了，你们态度太差"),
        ("zh-CN", "一起火锅聚餐"),
        ("zh-CN", "煤气费怎么交"),
        ("en", "he's on fire with rage"),
        ("en", "my gas bill is wrong"),
        ("en", "the fire door is stuck"),
        ("ko", "더워 죽겠어요"),
        ("ko", "가스 요금이 너무 많이 나왔어요"),
        ("ko", "이불을 털어요"),
    ],
)
def test_what_is_no_event_wakes_nobody(language: str, text: str) -> None:
    assert alarms(language, text) == []


EVENTS = {
    "zh-CN": ("着火", "人被困", "煤气泄漏", "人触电", "人受伤", "水管爆裂", "人晕倒"),
    "en": ("a fire", "a gas leak", "an explosion", "someone trapped in the lift", "a burst pipe"),
}
PAST = {
    "zh-CN": ("昨天", "上周", "上个月", "去年", "前几天", "以前", "三年前"),
    "en": ("last week", "last year", "two months ago", "yesterday"),
}


@given(st.sampled_from(EVENTS["zh-CN"]), st.sampled_from(("没有", "不是", "并没有")))
def test_a_denied_chinese_event_never_fires(event: str, denial: str) -> None:
    assert alarms("zh-CN", event), "the event itself must fire, or the test proves nothing"
    assert alarms("zh-CN", denial + event) == []


@given(
    st.sampled_from(EVENTS["zh-CN"]),
    st.sampled_from(PAST["zh-CN"]),
    st.sampled_from(("", "我们楼", "三号楼", "电梯里")),
)
def test_a_chinese_event_of_the_past_never_fires(event: str, past: str, where: str) -> None:
    assert alarms("zh-CN", where + event)
    assert alarms("zh-CN", past + where + event) == []


@given(st.sampled_from(EVENTS["en"]), st.sampled_from(("there is no", "there isn't", "it's not")))
def test_a_denied_english_event_never_fires(event: str, denial: str) -> None:
    bare = event.removeprefix("a ").removeprefix("an ")
    assert alarms("en", f"there is {event}")
    assert alarms("en", f"{denial} {bare}") == []


@given(st.sampled_from(EVENTS["en"]), st.sampled_from(PAST["en"]), st.booleans())
def test_an_english_event_of_the_past_never_fires(event: str, past: str, first: bool) -> None:
    told = f"{past} there was {event}" if first else f"there was {event} {past}"
    assert alarms("en", told) == []


@given(st.text(max_size=80), st.sampled_from(LANGUAGES))
def test_any_text_is_understood_without_an_error_and_alike_each_time(
    text: str, language: str
) -> None:
    book = lexicon(language)
    assert book.hits(text) == book.hits(text)
    for hit in book.hits(text):
        assert hit.phrase in text
        assert 0 < hit.level <= 1


def test_a_hit_carries_the_callers_words_time_people_and_place() -> None:
    [hit] = [h for h in alarms("zh-CN", "你好，三号楼二单元电梯里困了三个人！") if "lift" in h.rule]
    assert hit.phrase in "三号楼二单元电梯里困了三个人"
    assert hit.people == 3
    assert (hit.place.building, hit.place.unit, hit.place.area) == ("3", "2", "电梯")
    assert lexicon("zh-CN").hits("着火了", at_s=4.2)[0].at_s == 4.2


def test_a_sound_alike_is_less_sure_than_the_very_word() -> None:
    exact, alike = (alarms("zh-CN", text)[0] for text in ("电梯里困住人了", "点梯里困住人了"))
    assert exact.category == alike.category
    assert alike.level < exact.level


@pytest.mark.parametrize("text", ["大人说运到了", "找货找了半天", "这次考试没气势"])
def test_common_words_that_sound_like_trouble_are_left_alone(text: str) -> None:
    assert alarms("zh-CN", text) == []


def test_urgent_hits_come_first_and_decide_the_ticket() -> None:
    decided = lexicon("zh-CN").classify("停电了，电梯里困了两个人")
    assert (decided.category, decided.ticket_class) == ("lift_entrapment", "urgent")
    assert {"lift_entrapment", "power_cut"} <= {hit.category for hit in decided.hits}


@pytest.mark.parametrize(
    ("language", "text", "category", "ticket_class"),
    [
        ("zh-CN", "我们这栋楼停电了", "power_cut", "important"),
        ("zh-CN", "楼道的灯坏了", "lighting", "general"),
        ("zh-CN", "电梯坏了", "lift_fault", "important"),
        ("en", "the rubbish has not been collected", "garbage", "important"),
        ("ko", "물이 안 나와요", "water_cut", "important"),
    ],
)
def test_the_category_gives_the_class(
    language: str, text: str, category: str, ticket_class: str
) -> None:
    decided = lexicon(language).classify(text)
    assert (decided.category, decided.ticket_class) == (category, ticket_class)


@pytest.mark.parametrize("text", ["", "   ", "，。！", "喂"])
def test_nothing_said_is_nothing_heard(text: str) -> None:
    decided = lexicon("zh-CN").classify(text)
    assert (decided.category, decided.ticket_class, decided.hits) == (OTHER, "general", ())


def test_the_word_list_holds_urgent_phrases_and_fillers() -> None:
    words = lexicon("zh-CN").words
    assert {"电梯", "着火", "煤气", "触电"} <= set(words)
    assert "嗯" in words
    assert "物业费" not in words


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "保安态度太差了"),
        ("zh-CN", "客服爱理不理的"),
        ("zh-CN", "维修师傅很凶还骂我"),
        ("zh-CN", "昨天前台态度很恶劣"),
        ("zh-CN", "物业费涨了保安态度还差"),  # before money
        ("zh-CN", "你们的服务质量越来越不行了"),  # nobody is dying
        ("zh-CN", "我要投诉你们物业"),
        ("en", "the guard was rude to me"),
        ("en", "your receptionist hung up on me"),
        ("en", "the service is terrible"),
        ("en", "I want to complain about the staff"),
        ("ko", "경비 아저씨가 너무 불친절해요"),
        ("ko", "관리사무소 직원 태도가 나빠요"),
        ("ko", "서비스가 엉망이에요"),
    ],
)
def test_how_staff_treats_people_is_a_category_of_its_own(language: str, text: str) -> None:
    found = lexicon(language).classify(text)

    assert (found.category, found.ticket_class) == ("staff_manners", "general")
    assert not alarms(language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-CN", "保安态度很好"),
        ("zh-CN", "谢谢师傅，服务很好"),
        ("zh-CN", "服务中心几点下班"),
        ("en", "the staff were not rude at all"),
        ("en", "there's a bad smell in the lift"),
        ("en", "thank you, your staff have a great attitude"),
        ("ko", "경비원이 친절해요"),
        ("ko", "직원분 태도가 좋아요 감사합니다"),
    ],
)
def test_praise_and_what_only_names_staff_is_no_complaint_about_it(
    language: str, text: str
) -> None:
    assert lexicon(language).classify(text).category != "staff_manners"


@pytest.mark.parametrize(
    ("language", "text", "category"),
    [
        ("zh-CN", "保安打人了快来", "intrusion"),
        ("zh-CN", "保安态度很差，我家着火了", "fire"),
        ("en", "your guard was rude and now there is a fire", "fire"),
        ("ko", "직원 태도가 나빠요 그리고 불이 났어요", "fire"),
        ("zh-CN", "服务员晕倒了", "injury"),
        ("zh-CN", "老人越来越不行了，晕倒了", "injury"),
    ],
)
def test_danger_goes_before_manners(language: str, text: str, category: str) -> None:
    assert lexicon(language).classify(text).category == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("卫生间", OTHER),
        ("在卫生间", OTHER),
        ("我家卫生间的水龙头坏了", "home_repair"),
        ("公共卫生间没人打扫", "cleaning"),
        ("楼道卫生太差", "cleaning"),
        ("卫生间冒烟了", "fire"),
    ],
)
def test_a_place_whose_name_holds_a_word_for_dirt_is_no_case_of_it(
    text: str, category: str
) -> None:
    assert lexicon("zh-CN").classify(text).category == category
