"""Recognised words as a line of text."""

from __future__ import annotations

import pytest

from asr.spoken.writing import joined, written


@pytest.mark.parametrize(
    ("spoken", "language", "line"),
    [
        ("三 号楼 灯 坏 了", "zh-CN", "三号楼灯坏了"),
        ("打开 app store 没有 反应", "zh-CN", "打开app store没有反应"),
        ("there is  a leak", "en", "there is a leak"),
        ("물이 새요", "ko", "물이 새요"),
        ("", "zh-CN", ""),
    ],
)
def test_only_chinese_is_joined(spoken: str, language: str, line: str) -> None:
    assert joined(spoken, language) == line


@pytest.mark.parametrize(
    ("stretches", "line"),
    [
        ([["三", "号", "楼"], ["灯", "坏", "了"]], "3号楼，灯坏了"),
        ([["三零二", "一个", "人"]], "302一个人"),
        ([["三", "零", "二", "一", "单元"]], "3021单元"),
        ([["三", "零", "二", "一单元"]], "302，1单元"),
        ([["幺", "三", "八"], ["零", "零", "幺", "三"], ["八", "零", "零", "零"]], "13800138000"),
        ([], ""),
    ],
)
def test_chinese_is_written_with_commas_at_pauses_and_digits(
    stretches: list[list[str]], line: str
) -> None:
    assert written(stretches, "zh-CN") == line


def test_english_keeps_its_words() -> None:
    assert written([["room", "three"], ["please", "come"]], "en") == "room three please come"
