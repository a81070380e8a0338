"""Chinese text reaches the voice with the right readings; foreign words get their own voice."""

from __future__ import annotations

import pytest

from ivr.prompts.spoken_text import spoken_digits, to_pinyin, voice_runs


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("着火", "zhao2 huo3"),  # espeak-ng reads "zhe huo"
        ("空调", "kong1 tiao2"),  # espeak-ng reads "kong diao"
        ("重听", "chong2 ting1"),
        ("重要", "zhong4 yao4"),
        ("幺三八", "yao1 san1 ba1"),
        ("电梯，困人。", "dian4 ti1 , kun4 ren2 ."),
        ("", ""),
    ],
)
def test_characters_are_read_by_whole_words(text: str, pinyin: str) -> None:
    assert to_pinyin(text) == pinyin


@pytest.mark.parametrize(
    ("digits", "spoken"),
    [
        ("3", "三"),
        ("12", "十二"),
        ("08", "零八"),
        ("1502", "一五零二"),
        ("119", "幺幺九"),
        ("13800138000", "幺三八零零幺三八零零零"),
    ],
)
def test_numbers_in_text_are_spoken_as_people_say_them(digits: str, spoken: str) -> None:
    assert spoken_digits(digits) == spoken


def test_latin_words_in_chinese_text_get_the_english_voice() -> None:
    runs = list(voice_runs("请找Kim Smith，A座3号。", "zh-CN"))
    assert [language for language, _ in runs] == ["zh-CN", "en", "zh-CN", "en", "zh-CN"]
    assert runs[1][1] == "Kim Smith"
    assert runs[3][1] == "A"
    assert runs[4][1] == "zuo4 san1 hao4 ."


def test_text_of_other_languages_stays_one_run() -> None:
    assert list(voice_runs("Call 119", "en")) == [("en", "Call 119")]
    assert list(voice_runs("3동", "ko")) == [("ko", "3동")]
