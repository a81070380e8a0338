"""Numerals in running Chinese text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.spoken.chinese_numbers import BREAK, digitise, value

PLACES = {
    "三号楼一单元楼道灯坏了": "3号楼1单元楼道灯坏了",
    "十八号楼二单元十五零二": "18号楼2单元1502",
    "十二楼一二零三": "12楼1203",
    "五栋二十三层二三零五室": "5栋23层2305室",
    "我住二幢三零二室": "我住2幢302室",
    "四零一室": "401室",
    "五零五的水管爆了": "505的水管爆了",
    "一楼": "1楼",
    "一期三号楼": "1期3号楼",
    "一百二十号楼": "120号楼",
    "一千五百零二": "1502",
    "幺八零二": "1802",
    "三八号": "38号",
}
TELEPHONES = {
    "幺三八零零幺三八零零零": "13800138000",
    "一三八零零一三八零零零": "13800138000",
    "一三八，零零一三，八零零零": "13800138000",
    "打幺幺九": "打119",
    "打一一零": "打110",
    "四零零八二零": "400820",
}
QUANTITIES = {
    "电梯里困了三个人": "电梯里困了3个人",
    "困了两个人": "困了2个人",
    "一百多户": "100多户",
    "三十多个": "30多个",
    "四百平": "400平",
    "一百二": "120",
    "两千三": "2300",
    "三点五米": "3.5米",
    "一点五米": "1.5米",
    "三十七点五度": "37.5度",
    "零下五度": "零下5度",
    "百分之三十": "30%",
    "百分之五": "5%",
    "第三次": "第3次",
}
TIMES = {
    "二零二六年三月五号": "2026年3月5号",
    "晚上八点到十点": "晚上8点到10点",
    "七点十分": "7点10分",
    "三点零五分": "3点05分",
    "晚上一点": "晚上1点",
    "一点半": "1点半",
    "两点半": "2点半",
    "十分钟": "10分钟",
    "二十四小时": "24小时",
    "三天": "3天",
    "周六十点": "周六10点",
    "星期三三点": "星期三3点",
}
WORDS = [
    "麻烦你来一下", "一直在响", "都一样", "还有一些", "大家一起", "一点水", "一般", "一定",
    "一个人", "一边", "同一层", "那一层", "上一层", "第一次", "地上有一层水",
    "十分着急", "十足", "十几个", "二十几个", "几十个", "好几百人", "千万别动", "万一着火",
    "百货", "老百姓", "三三两两", "七七八八", "七八个人", "三五个", "一两天", "两三百",
    "二三十个", "十七八岁", "不管三七二十一", "乱七八糟", "三更半夜", "三天两头停水",
    "四周都是烟", "二次供水", "二维码", "三八妇女节", "五一放假", "一一核对", "一五一十",
    "十有八九", "一清二楚", "两口子", "两边", "六神无主", "四面八方", "零件", "老幺",
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoken", "written"), [*(PLACES | TELEPHONES | QUANTITIES | TIMES).items()]
)
def test_a_number_becomes_digits(spoken: str, written: str) -> None:
    assert digitise(spoken) == written


@pytest.mark.parametrize("word", WORDS)
def test_a_word_with_a_numeral_in_it_stays(word: str) -> None:
    assert digitise(word) == word


def test_a_break_parts_a_room_from_the_word_after_it() -> None:
    assert digitise(f"三零二{BREAK}一个人") == "302一个人"


def test_a_long_run_gives_its_last_one_back_to_the_word_after_it() -> None:
    assert digitise("三零二一个人") == "302一个人"


@given(st.integers(0, 99_999_999))
def test_every_number_is_read_back(number: int) -> None:
    import cn2an

    spoken = cn2an.an2cn(number)
    if spoken[0] in "百千万亿零":
        return
    assert value(spoken) in {str(number), ""} if len(spoken) == 1 else value(spoken) == str(number)


@given(st.text("零〇一二两三四五六七八九幺十百千万亿点号楼个分之天周，人", max_size=14))
def test_any_text_is_written_without_an_error(text: str) -> None:
    assert BREAK not in digitise(text)
