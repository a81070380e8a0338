"""What was gone and came back is an emergency again; what is gone stays a calm report."""

from __future__ import annotations

import pytest

from tests.asr.lexicon.test_clauses import surest
from tests.asr.lexicon.test_short_cries import SURE

ASKED = 0.5  # `confirm` of [urgent], as shipped: the caller is asked whether it is urgent
BACK = {
    "zh-CN": (
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
