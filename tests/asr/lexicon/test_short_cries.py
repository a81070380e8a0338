"""The shortest way to say it: whoever has breath for four syllables is asked nothing."""

from __future__ import annotations

import pytest

from tests.asr.lexicon.test_clauses import surest

SURE = 0.8  # `sure` of [urgent], as shipped
CRIES = {
    "zh-CN": (
        *("电梯困人了", "电梯困人", "电梯里有人被困", "我被困在电梯里了", "有人困在电梯里"),
        *("着火了", "起火了", "失火了", "楼道着火了", "家里着火了", "楼道里全是烟", "爆炸了"),
        *("煤气泄漏", "煤气漏了", "有煤气味", "闻到煤气味", "燃气泄漏"),
        *("水管爆了", "水管爆裂", "爆管了", "家里被淹了"),
        *("触电了", "漏电了", "电线冒火花", "天花板塌了", "墙塌了"),
        *("有人晕倒了", "有人受伤了", "没有呼吸了", "老人摔倒了起不来", "有人跳楼", "有人持刀"),
    ),
    "en": (
        *("there is a fire", "the building is on fire", "smoke in the corridor"),
        *(
            "I am stuck in the lift",
            "someone is trapped in the elevator",
            "people trapped in the lift",
        ),
        *("I smell gas", "gas leak", "a pipe burst", "burst pipe", "my flat is flooding"),
        *("somebody collapsed", "my husband is not breathing", "electric shock"),
        *("someone is breaking in", "there was an explosion", "the ceiling collapsed"),
    ),
    "ko": (
        *("엘리베이터에 갇혔어요", "불이 났어요", "불났어요", "연기가 나요", "폭발했어요"),
        *("가스 냄새가 나요", "가스가 새요", "수도관이 터졌어요", "물이 넘쳐요", "감전됐어요"),
        *("사람이 쓰러졌어요", "숨을 안 쉬어요", "도둑이 들었어요", "천장이 무너졌어요"),
    ),
}


@pytest.mark.parametrize(
    ("language", "cry"), [(language, cry) for language, cries in CRIES.items() for cry in cries]
)
def test_the_shortest_cry_rings_at_once(language: str, cry: str) -> None:
    hit = surest(language, cry)

    assert hit is not None
    assert hit.level >= SURE
