"""What counts as misheard: every other syllable, and what a figure may stand for."""

from __future__ import annotations

import pytest

from tools.voices.clarity import Heard, compare


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("查询工单请按四。", "查寻公单请暗四"),  # homophones
        ("马上拨打幺二零", "马上拨打120"),
        ("马上拨打幺幺九", "马上拨打119"),
        ("一百二十分钟", "120分钟"),
        ("晚上八点零五分", "晚上8:05"),
        ("下午两点", "下午2点"),
        ("晚上六点五十五分完成", "晚上6.55分完成"),
        ("一三八零零", "13800"),
        ("一二三四零五", "12 34 0 5"),
    ],
)
def test_homophones_and_readings_of_a_figure_are_no_error(said: str, heard: str) -> None:
    assert compare(said, heard, "zh-CN").wrong == 0


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("不要开灯", "主要开灯", 1),
        ("请先说", "请西安说", 2),  # one syllable is not two
        ("二单元", "两单元", 1),  # written in characters, it was heard so
        ("幺二零", "一二零", 1),
        ("零", "", 1),
        ("请按五", "请按五五五", 2),
        ("幺二零", "130", 1),
        ("请按一", "press one", 3),
    ],
)
def test_any_other_syllable_is_an_error(said: str, heard: str, wrong: int) -> None:
    assert compare(said, heard, "zh-CN").wrong == wrong


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("For a repair, 2.", "for a repair two"),
        ("call 1 1 9", "Call 119."),
        ("room fifteen oh two", "room 1502"),
        ("at eight oh five p m", "at 8:05 p.m."),
        ("at ten twenty p m", "at 10.20pm"),
        ("August eighth", "August 8"),
        ("I am calling.", "I’m calling"),
        ("November twenty-first", "November 21st"),
        ("Good-bye.", "Goodbye"),
        ("two hundred and five", "205"),
    ],
)
def test_english_is_compared_word_for_word_with_figures_spelt_out(said: str, heard: str) -> None:
    assert compare(said, heard, "en").wrong == 0


def test_english_words_that_sound_alike_are_errors() -> None:
    assert compare("For a complaint, 3.", "for a complaint free", "en") == Heard(1, 4)
    assert compare("press 2", "press to", "en").rate == 0.5
