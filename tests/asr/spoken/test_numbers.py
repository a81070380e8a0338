"""Numbers people say on the telephone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.spoken import find_number

CHINESE = {
    "我的电话是幺三八 零零幺三 八零零零": "13800138000",
    "幺三八，零零幺三，嗯，八零零零": "13800138000",
    "电话一三八零零一三八零零零": "13800138000",
    "13800138000": "13800138000",
    "１３８ ００１３ ８０００": "13800138000",
    "零二一杠六二三四五六七八": "02162345678",
    "八六七五两两": "867522",
    "我的电话是要三八零零要三八零零零": "13800138000",
    "我要幺三八零零幺三八零零零": "13800138000",
    "就幺三八玲零幺三八零零林": "13800138000",
    "幺三八洞洞幺三八洞洞洞": "13800138000",
    "零二一刘二三四五六起八": "02162345678",
    "三号楼就两个人要五把椅子": "3",
    "十五零二": "1502",
    "一千五百零二": "1502",
    "一五零二": "1502",
    "一五〇二": "1502",
    "二十三": "23",
    "十二三零一": "12301",
    "三零二一个人": "302",
    "我说一下是三零二": "302",
    "不是三零一是三零二": "302",
    "工单号一二三四五六": "123456",
    "二单元": "2",
    "十二号楼": "12",
    "三": "3",
    "二": "2",
    "是八": "8",
    "一号楼吧": "1",
    "按一": "1",
    "有两个人": "",
    "麻烦你们来一下": "",
    "十分着急千万要来": "",
    "一直漏水": "",
    "不知道": "",
    "": "",
}
ENGLISH = {
    "one three double eight": "1388",
    "my number is one three eight double oh one three eight triple zero thanks": "13800138000",
    "oh": "0",
    "fifteen oh two": "1502",
    "fifteen hundred and two": "1502",
    "twenty three": "23",
    "twenty-three": "23",
    "one hundred and five": "105",
    "one hundred twenty three": "123",
    "one thousand five hundred two": "1502",
    "two thousand and six": "2006",
    "nineteen hundred": "1900",
    "two oh five": "205",
    "twenty twenty": "2020",
    "five five five uh twelve thirty four": "5551234",
    "room 15 02": "1502",
    "Room Three": "3",
    "not four oh one it is four oh two": "402",
    "hundred of them": "",
    "no idea": "",
    "": "",
}
KOREAN = {
    "일이삼": "123",
    "일 이 삼": "123",
    "공일공 일이삼사 오육칠팔": "01012345678",
    "제 번호는 공일공 일이삼사 오육칠팔 입니다": "01012345678",
    "천오백이 호": "1502",
    "천오백이호": "1502",
    "천오백이호입니다": "1502",
    "백이동 천오백이호": "1502",
    "일오공이": "1502",
    "십오층": "15",
    "삼 호": "3",
    "010-1234-5678": "01012345678",
    "만이천": "12000",
    "이": "2",
    "둘": "2",
    "열두 명": "12",
    "이 엘리베이터가 멈췄어요": "",
    "일이 많아요": "",
    "모르겠어요": "",
    "": "",
}


@pytest.mark.parametrize(("text", "number"), CHINESE.items())
def test_a_chinese_number(text: str, number: str) -> None:
    assert find_number(text, "zh-CN") == number


@pytest.mark.parametrize(("text", "number"), ENGLISH.items())
def test_an_english_number(text: str, number: str) -> None:
    assert find_number(text, "en") == number


@pytest.mark.parametrize(("text", "number"), KOREAN.items())
def test_a_korean_number(text: str, number: str) -> None:
    assert find_number(text, "ko") == number


SPOKEN = {
    "zh-CN": "零幺二三四五六七八九",
    "en": ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "ko": "공일이삼사오육칠팔구",
}


@pytest.mark.parametrize("language", SPOKEN)
@given(number=st.from_regex(r"[0-9]{3,12}", fullmatch=True), blanks=st.booleans())
def test_digits_read_one_by_one_come_back(language: str, number: str, blanks: bool) -> None:
    between = " " if blanks or language == "en" else ""
    spoken = between.join(SPOKEN[language][int(digit)] for digit in number)
    assert find_number(spoken, language) == number


@pytest.mark.parametrize("language", SPOKEN)
@given(text=st.text(max_size=30))
def test_any_text_gives_digits_or_nothing(language: str, text: str) -> None:
    number = find_number(text, language)
    assert number == "" or number.isdigit()


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="zh-CN"):
        find_number("eins", "de")
