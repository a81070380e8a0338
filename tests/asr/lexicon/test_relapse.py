"""What was gone and came back is an emergency again; what is gone stays a calm report."""

from __future__ import annotations

import pytest

from tests.asr.lexicon.test_clauses import surest
from tests.asr.lexicon.test_short_cries import SURE

ASKED = 0.5  # `confirm` of [urgent], as shipped: the caller is asked whether it is urgent
BACK = {
    "zh-CN": (
        *("楼道的烟散了，刚刚又冒了", "烟没了一会儿又冒了"),
        *("煤气味本来没了，现在又有了", "煤气味散了一会儿又来了", "煤气关了还是有味道"),
        *("昨天有煤气味，后来没了，今天又闻到了", "本来没事了，现在又漏煤气了"),
        *("刚才的火灭了，现在又烧起来了", "火已经灭了又着起来了", "火扑灭了以后又复燃了"),
        *("刚才没烟了，现在又冒出来了", "烟散了现在又冒烟了", "上次也是着火，这次又着火了"),
        *("水管修好了又爆了", "昨天爆的水管今天又爆了", "刚才漏电修好了，现在又漏电了"),
        *("电梯里的人救出来了，又有人被困了", "电梯修好了，现在又困人了"),
        *("老人醒了又晕过去了", "血止住了又流血了"),
        *(
            "原来以为没事，结果真的着火了",
            "以为是做饭的烟，其实是着火了",
            "以为没人，里面还有人困着",
        ),
    ),
    "en": (
        *(
            "the gas smell was gone but now it is back",
            "we turned the gas off but I still smell gas",
        ),
        "I smelled gas yesterday, it went away, and today I smell it again",
        *(
            "the fire was out but it has started again",
            "the fire brigade left and the fire is back",
        ),
        "the smoke had cleared and now there is smoke again",
        "the pipe was repaired and has burst again",
        "the lift was fixed and now people are trapped again",
        "I thought it was nothing but there is a fire",
        "he woke up and has collapsed again",
    ),
    "ko": (
        *("가스 냄새가 없어졌는데 지금 또 나요", "어제 가스 냄새가 났는데 오늘 또 나요"),
        *("불이 꺼졌는데 다시 불이 났어요", "연기가 없어졌다가 다시 나요"),
        *("수도관을 고쳤는데 또 터졌어요", "엘리베이터 고쳤는데 또 사람이 갇혔어요"),
        "별일 아닌 줄 알았는데 불이 났어요",
    ),
}
GONE = {
    "zh-CN": ("煤气味已经没了", "火已经灭了", "没有烟了", "电梯里的人已经救出来了"),
    "en": ("the fire is out now", "there is no smoke any more", "they got out safely"),
    "ko": ("불은 꺼졌어요", "연기가 없어졌어요", "가스 냄새가 없어졌어요"),
}
# Nothing of this came back: something else did, or nobody says that it has.
ANOTHER = {
    "zh-CN": (
        *("希望不会再次着火", "火没有复燃", "烟没有再次冒出来", "没有烟，消防队又来了"),
        *("烟散了，下水道又冒水了", "楼道的烟散了"),
        *("没有漏煤气，电又来了", "没闻到煤气味，物业又来查", "不是煤气味，是楼下又烧烤了"),
        *("没有人被困，电梯又开始运行了", "没有人被困，电梯坏了又修好了"),
        *("没有爆管，水又有了", "没有着火，刚才停电现在又来电了", "没有火，今天又来了一次消防检查"),
        *("没有人晕倒，老人又来了", "以为有煤气味，其实是下水道", "以为着火了，结果真没事"),
    ),
    "en": (
        *(
            "there was no fire and the power is back",
            "it was not a fire, the heating started again",
        ),
        *("nobody is trapped, the lift is back in service", "no gas leak, the hot water is back"),
        "there is no gas leak, the gas was off and now it is back on",
        *("no one is hurt, he came back", "we have no flood, the lift is back again now"),
    ),
    "ko": (
        *("불이 난 게 아니라 전기가 다시 나갔어요", "연기가 아니고 냄새가 또 나요"),
        *("불난 줄 알았는데 아니었어요", "갇힌 줄 알았는데 나왔어요"),
        *("갇힌 사람은 없고 엘리베이터가 또 고장났어요", "불은 안 났고 오늘 또 점검 왔어요"),
    ),
}


def _each(table: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(language, words) for language, texts in table.items() for words in texts]


@pytest.mark.parametrize(("language", "words"), _each(BACK))
def test_what_came_back_is_asked_about_at_least(language: str, words: str) -> None:
    hit = surest(language, words)
    assert hit is not None
    assert hit.level >= ASKED


@pytest.mark.parametrize(("language", "words"), _each(GONE))
def test_what_is_gone_rings_nobody(language: str, words: str) -> None:
    hit = surest(language, words)
    assert hit is None or hit.level < SURE


@pytest.mark.parametrize(("language", "words"), _each(ANOTHER))
def test_what_comes_back_is_no_word_for_something_else(language: str, words: str) -> None:
    hit = surest(language, words)
    assert hit is None or hit.level < ASKED
