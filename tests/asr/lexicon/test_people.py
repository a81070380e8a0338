"""How many people a caller speaks of."""

from __future__ import annotations

import pytest

from asr.lexicon.people import count_people


@pytest.mark.parametrize(
    ("language", "text", "people"),
    [
        ("zh-CN", "电梯里困了三个人", 3),
        ("zh-CN", "两个大人一个小孩", 3),
        ("zh-CN", "我们俩在里面", 2),
        ("zh-CN", "困了12个人", 12),
        ("zh-CN", "十二个 人", 12),
        ("zh-CN", "轿厢里有四位乘客", 4),
        ("zh-CN", "里面四个成年人", 4),
        ("zh-CN", "两大一小", 3),
        ("zh-CN", "俺们老两口在电梯里", 2),
        ("zh-CN", "一家三口被困", 3),
        ("zh-CN", "把我爷俩关里头了", 2),
        ("zh-CN", "里边关了俩", 2),
        ("zh-CN", "有一对老夫妻在电梯里", 2),
        ("zh-CN", "三四个人", None),
        ("zh-CN", "电梯困人", None),
        ("zh-CN", "三号楼", None),
        ("en", "three people are trapped", 3),
        ("en", "there are four of us in it", 4),
        ("en", "two old ladies and one child", 3),
        ("en", "elevator two has people stuck in it", None),
        ("en", "jammed between two floors with people in it", None),
        ("en", "twelve oh three", None),
        ("ko", "세 명이 갇혔어요", 3),
        ("ko", "애 둘이 승강기 안에 있어요", 2),
        ("ko", "10분 동안 갇혔어요", None),
    ],
)
def test_people_are_counted(language: str, text: str, people: int | None) -> None:
    assert count_people(text, language) == people
