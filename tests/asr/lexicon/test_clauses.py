"""What is said beside an alarm takes it away only when it denies it or says that it is over."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.lexicon.classifier import RULE as LEARNT
from asr.lexicon.lexicon import Hit, Lexicon, load_lexicon

ROOT = Path(__file__).parents[3]
ASKED, SURE = 0.5, 0.8  # `confirm` and `sure` of `[urgent]`
LANGUAGES = ("zh-CN", "en", "ko")
JOINTS = {"zh-CN": ("，", "。"), "en": (", ", ". "), "ko": (", ", ". ")}

# Clauses that deny nothing, with words in them that beside an event would: of the past, of
# questions, of thanks, of repairs, of other matters.
HARMLESS = {
    "zh-CN": (
        "我姓王",
        "我是五栋的业主",
        "不好意思打扰了",
        "麻烦派个人来",
        "你听得见吗",
        "请问贵姓",
        "要多久能到",
        "我以前没打过这个电话",
        "谢谢",
        "我昨天打电话说过垃圾的事",
        "路灯上周修好了",
        "我刚才在喝茶",
        "我老公在上班",
        "我每个月都交物业费",
        "前台没人接电话",
        "以前从来没有过",
        "我不知道怎么办",
        "管理员不在",
        "外面在下雨",
        "我本来想问一下账单",
        "你们在哪里",
        "你们什么时候来",
        "通知上写着打这个号码",
        "保安叫我打给你们",
        "我去年搬来的",
        "我今年七十八岁了",
        "晚上好",
        "我爱人是护士",
        "我们昨晚才从外地回来",
        "邻居给的这个号码",
        "希望有人在值班",
        "三月份门修过",
        "信号不太好",
        "我没找到管理员",
        "这是物业公司吗",
        "你是哪位",
        "我九零年就住这里了",
        "孩子们都睡了",
        "老房子那边从来没出过这种事",
        "我带着狗",
        "你别笑",
        "我不是本地人",
        "早上还好好的",
        "要按什么键吗",
        "开会的时候经理说过这个电话",
        "我刚下班回来",
        "明天我们要开会",
        "我手机快没电了",
        "你是真人吗",
        "今天天气很差",
        "我可以把房号告诉你",
        "你会说普通话吗",
        "就是绿色大门那一栋",
        "我妈总说你们来得快",
        "号码我按错两次",
        "快递员看着我打的电话",
        "去年春天你们来修过锅炉",
    ),
    "en": (
        "my name is Peter Brown",
        "I'm calling from block five",
        "sorry to bother you",
        "please send somebody",
        "can you hear me",
        "what's your name",
        "how long will it take",
        "I have never rung you before",
        "thank you",
        "I rang yesterday about the bins",
        "the lamp was repaired last week",
        "I was just having my tea",
        "my husband is at work",
        "I pay my fees every month",
        "nobody answers at the desk",
        "it has never happened before",
        "I don't know what to do",
        "the caretaker isn't here",
        "it's raining outside",
        "I wanted to ask about my bill",
        "where are you",
        "when are you coming",
        "the notice says to ring this number",
        "I was told to call you",
        "I moved in last year",
        "I'm seventy eight years old",
        "good evening",
        "my wife is a nurse",
        "we only got back from Spain last night",
        "my neighbour gave me this number",
        "I hope somebody is awake there",
        "they mended the door in March",
        "the phone line is terrible",
        "I couldn't find the porter",
        "is that the management company",
        "who is this",
        "I have lived here since nineteen ninety",
        "the children are asleep",
        "nothing like this ever happened in the old place",
        "I've got my dog with me",
        "don't laugh",
        "I'm not from round here",
        "it was fine this morning",
        "do I have to press anything",
        "the manager told us about this line at the meeting",
        "I've just come in from work",
        "we have a meeting tomorrow",
        "my phone is nearly flat",
        "are you a real person",
        "the weather is dreadful",
        "I can give you my flat number",
        "do you speak French",
        "it's the building with the green door",
        "my mother always said you were quick",
        "I forgot the number twice",
        "the postman saw me ringing",
        "you came last spring for the boiler",
    ),
    "ko": (
        "제 이름은 박민수예요",
        "오 동 주민인데요",
        "바쁘신데 죄송해요",
        "사람 좀 보내 주세요",
        "제 말 들리세요",
        "성함이 어떻게 되세요",
        "얼마나 걸려요",
        "전에는 전화해 본 적 없어요",
        "감사합니다",
        "어제 쓰레기 때문에 전화했어요",
        "가로등은 지난주에 고쳤어요",
        "차 마시고 있었어요",
        "남편은 출근했어요",
        "관리비는 매달 내고 있어요",
        "관리실에서 아무도 전화를 안 받아요",
        "이런 적은 처음이에요",
        "어떻게 해야 할지 모르겠어요",
        "경비 아저씨가 안 계세요",
        "밖에 비가 와요",
        "원래 고지서 문의하려고 했어요",
        "지금 어디 계세요",
        "언제 오세요",
        "안내문에 이 번호로 전화하라고 적혀 있어요",
        "경비실에서 여기로 전화하래요",
        "작년에 이사 왔어요",
        "저 올해 일흔여덟이에요",
        "안녕하세요",
        "아내가 간호사예요",
        "어젯밤에 여행에서 돌아왔어요",
        "옆집에서 이 번호를 알려 줬어요",
        "누가 깨어 있으면 좋겠네요",
        "전화 소리가 잘 안 들려요",
        "경비 아저씨를 못 찾겠어요",
        "여기 관리 사무소 맞나요",
        "누구세요",
        "구십년부터 여기 살았어요",
        "애들은 자고 있어요",
        "예전 집에서는 이런 일이 없었어요",
        "강아지랑 같이 있어요",
        "웃지 마세요",
        "저는 이 동네 사람이 아니에요",
        "아침에는 멀쩡했어요",
        "뭘 눌러야 하나요",
        "회의 때 소장님이 이 전화를 알려 주셨어요",
        "방금 퇴근했어요",
        "내일 회의가 있어요",
        "휴대폰 배터리가 거의 없어요",
        "사람이 받으시는 거예요",
        "날씨가 너무 안 좋아요",
        "호수 알려 드릴게요",
        "한국말 하시죠",
        "초록색 문 있는 건물이에요",
        "어머니가 여기는 빨리 온다고 하셨어요",
        "번호를 두 번이나 잘못 눌렀어요",
        "우체부가 제가 전화하는 걸 봤어요",
        "작년 봄에 보일러 때문에 오셨었어요",
    ),
}


@cache
def lexicon(language: str) -> Lexicon:
    return load_lexicon(ROOT / "ivr" / "packs" / language / "lexicon.toml")


def surest(language: str, text: str) -> Hit | None:
    book = lexicon(language)
    hits = (hit for hit in book.hits(text) if hit.category in book.urgent)
    return max(hits, key=lambda hit: hit.level, default=None)


@cache
def urgent_sentences(language: str) -> tuple[str, ...]:
    lines = (ROOT / "tests" / "corpus" / language / "dev.jsonl").read_text("utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(row["text"] for row in rows if row["expected"] in lexicon(language).urgent)


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=150)
@given(data=st.data())
def test_a_clause_beside_an_alarm_does_not_take_it_away(language: str, data: st.DataObject) -> None:
    sentence = data.draw(st.sampled_from(urgent_sentences(language)))
    alone = surest(language, sentence)
    if alone is None or alone.level < SURE or alone.rule == LEARNT:
        return
    clause = data.draw(st.sampled_from(HARMLESS[language]))
    joint = data.draw(st.sampled_from(JOINTS[language]))
    pair = (clause, sentence) if data.draw(st.booleans()) else (sentence, clause)
    together = surest(language, joint.join(pair))
    assert together, joint.join(pair)
    assert together.level >= ASKED, joint.join(pair)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "there's smoke in the hall. Thank you"),
        ("en", "I rang yesterday about the bins, there's smoke in the hall"),
        ("en", "I don't know what to do, my baby isn't breathing"),
        ("en", "the lamp was repaired last week, now a pipe has burst"),
        ("zh-CN", "我去年搬来的，楼道里全是烟"),
        ("zh-CN", "我昨天打电话说过垃圾的事，电梯里困了三个人"),
        ("zh-CN", "谢谢你们上个月修好灶台 电梯里困了三个人快来人啊"),  # a blank is a pause
        ("zh-CN", "昨天我打过电话说洗衣机的事 天台上有东西在烧"),
        ("en", "thank you for fixing the stove last month I'm stuck in the lift"),
        ("ko", "복도에 연기가 가득해요 감사합니다"),
        ("ko", "성함이 어떻게 되세요 엘리베이터에 갇혔어요"),
        ("ko", "가로등은 지난주에 고쳤어요 지하에서 가스 냄새가 나요"),
    ],
)
def test_an_aside_does_not_take_an_alarm_away(language: str, text: str) -> None:
    hit = surest(language, text)
    assert hit
    assert hit.level >= ASKED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "there was smoke in the hall. It's out now, no need to come"),
        ("en", "thank you for getting my wife out of the lift on Sunday"),
        ("en", "there was smoke in the hallway before but that has cleared"),
        ("en", "my dad slipped on the steps he is fine just a bit shaken please grit them"),
        ("en", "next door are frying fish again and the whole corridor is smoky"),
        ("zh-CN", "前面闻到的煤气味，到现在为止已经没有了"),
        ("ko", "아까 가스 냄새가 났었는데 창문 열고 나니까 지금은 다 없어졌어요"),
        ("ko", "안 다쳤어요 그냥 로비에서 미끄러졌어요"),
        ("zh-CN", "楼道里有烟。虚惊一场，不用来了"),
        ("ko", "연기가 났었는데요 이제 괜찮아요 안 오셔도 돼요"),
        ("ko", "엘리베이터에 갇힌 아내를 구해 주셔서 감사합니다"),
    ],
)
def test_what_denies_an_alarm_still_does(language: str, text: str) -> None:
    hit = surest(language, text)
    assert hit is None or hit.level < ASKED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "the car park barrier came down on a cyclist"),
        ("en", "he says he is not hurt but he can't feel his legs after the fall"),
        ("zh-CN", "停车场的道闸砸到骑车的人了"),
        ("zh-CN", "有辆电动车撞到老人了"),
        ("ko", "주차장 차단기가 내려와서 사람 머리를 쳤어요"),
    ],
)
def test_what_hurts_people_is_heard(language: str, text: str) -> None:
    hit = surest(language, text)
    assert hit
    assert hit.level >= ASKED
