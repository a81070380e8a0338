"""Numbers and dates follow the grammar of each language, from recorded parts only."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cn2an import an2cn
from hypothesis import given
from hypothesis import strategies as st

from ivr.packs.pack import languages, load_pack
from ivr.prompts.numerals import digit_groups, digit_parts, moment_parts, needed_parts, number_parts

TEXTS = {language: load_pack(language).prompts for language in languages()}
NOW = datetime(2026, 11, 21, 20, 0)


def said(parts: list[str], language: str) -> str:
    between = " " if language == "en" else ""
    return between.join(TEXTS[language].text(part) for part in parts)


@given(st.integers(0, 9999))
def test_chinese_numbers_are_those_of_an_independent_library(value: int) -> None:
    # People say 两百 and 两千 where the written rule has 二百 and 二千.
    expected = an2cn(value).replace("二百", "两百").replace("二千", "两千")
    assert said(number_parts(value, "zh-CN"), "zh-CN") == expected


@pytest.mark.parametrize(
    ("value", "english", "korean"),
    [
        (0, "zero", "영"),
        (42, "forty-two", "사십이"),
        (100, "one hundred", "백"),
        (205, "two hundred and five", "이백오"),
        (1000, "one thousand", "천"),
        (2340, "two thousand three hundred and forty", "이천삼백사십"),
        (9999, "nine thousand nine hundred and ninety-nine", "구천구백구십구"),
    ],
)
def test_english_and_korean_numbers(value: int, english: str, korean: str) -> None:
    assert said(number_parts(value, "en"), "en") == english
    assert said(number_parts(value, "ko"), "ko") == korean


@pytest.mark.parametrize("value", [-1, 10000])
def test_a_number_out_of_range_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 9999"):
        number_parts(value, "en")


@pytest.mark.parametrize(
    ("digits", "groups"),
    [
        ("", []),
        ("1502", ["1502"]),
        ("123455", ["123", "455"]),
        ("1234566", ["123", "4566"]),
        ("88886666", ["8888", "6666"]),
        ("13800138000", ["138", "0013", "8000"]),
        ("+86 138-0013", ["861", "380", "013"]),
    ],
)
def test_digits_are_spoken_in_groups(digits: str, groups: list[str]) -> None:
    assert digit_groups(digits) == groups


@given(st.text("0123456789", max_size=20))
def test_groups_lose_no_digit_and_are_short(digits: str) -> None:
    groups = digit_groups(digits)
    assert "".join(groups) == digits
    assert all(0 < len(group) <= 4 for group in groups)


def test_one_is_yao_in_a_chinese_telephone_number_only() -> None:
    assert said(digit_parts("1381", "zh-CN", phone=True), "zh-CN") == "幺三八幺"
    assert said(digit_parts("1502", "zh-CN", phone=False), "zh-CN") == "一五零二"


def test_nought_is_gong_in_a_korean_telephone_number() -> None:
    assert said(digit_parts("010", "ko", phone=True), "ko") == "공일공"


@pytest.mark.parametrize(
    ("at", "chinese", "english", "korean"),
    [
        (
            datetime(2026, 11, 21, 20, 5),
            "今天晚上八点零五分",
            "today at eight zero five p m",
            "오늘오후여덟 시오분",
        ),
        (
            datetime(2026, 11, 20, 0, 0),
            "昨天凌晨零点",
            "yesterday at twelve in the morning",
            "어제오전열두 시",
        ),
        (
            datetime(2026, 11, 22, 12, 30),
            "明天中午十二点三十分",
            "tomorrow at twelve thirty p m",
            "내일오후열두 시삼십분",
        ),
        (
            datetime(2026, 6, 1, 9, 59),
            "六月一号上午九点五十九分",
            "June first at nine fifty-nine in the morning",
            "유월일일오전아홉 시오십구분",
        ),
        (
            datetime(2025, 10, 31, 15, 0),
            "二零二五年十月三十一号下午三点",
            "October thirty-first twenty twenty-five at three p m",
            "이천이십오년시월삼십일일오후세 시",
        ),
    ],
)
def test_moments_as_people_say_them(at: datetime, chinese: str, english: str, korean: str) -> None:
    assert said(moment_parts(at, NOW, "zh-CN"), "zh-CN") == chinese
    assert said(moment_parts(at, NOW, "en"), "en") == english
    assert said(moment_parts(at, NOW, "ko"), "ko") == korean


@pytest.mark.parametrize("language", languages())
@given(st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)), st.integers(0, 9999))
def test_no_number_and_no_moment_asks_for_a_part_that_is_not_recorded(
    language: str, at: datetime, value: int
) -> None:
    recorded = TEXTS[language].texts.parts.keys()
    asked = moment_parts(at, at + timedelta(days=400), language) + number_parts(value, language)
    assert set(asked) <= recorded
    assert set(asked) <= needed_parts(language)


@pytest.mark.parametrize("language", languages())
def test_every_recorded_part_is_of_use(language: str) -> None:
    assert set(TEXTS[language].texts.parts) == needed_parts(language)
