"""Places in spoken words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.spoken.places import Place, find_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("三号楼二单元十五楼一五零二室", Place("3", "2", "15", "1502")),
        ("三 号 楼 二 单 元 一 五 零 二", Place("3", "2", "", "1502")),
        ("3栋着火了", Place("3")),
        ("12栋A单元301", Place("12", "A", "", "301")),
        ("三杠二杠一五零二", Place("3", "2", "", "1502")),
        ("三号楼十五零二", Place("3", "", "", "1502")),
        ("三好楼二单元", Place("3", "2")),  # 号 and 好 sound alike
        ("二十三号楼1单元", Place("23", "1")),
        ("A座十八楼", Place("A", "", "18")),
        ("三楼漏水", Place("", "", "3")),
        ("负一楼进水", Place("", "", "-1")),
        ("地下二层车库", Place("", "", "-2", "", "车库")),
        ("我住一二零三", Place("", "", "", "1203")),
        ("我在地下车库", Place(area="地下车库")),
        ("电梯里困人了", Place(area="电梯")),
        ("二号电梯困人", Place(area="2号电梯")),
        ("东门有人打架", Place(area="东门")),
        ("小区门口", Place(area="小区门口")),
        ("B区205号车位", Place(area="B区205号车位")),
        ("不是三号楼，是五号楼", Place("5")),
        ("起火啦，六零二", Place(room="602")),
        ("打一一零", Place()),
        ("两栋楼都停电", Place()),
        ("打119", Place()),
        ("电话一三八零零一二三四五六", Place()),
        ("", Place()),
    ],
)
def test_a_chinese_place_is_found(text: str, place: Place) -> None:
    assert find_place(text, "zh-CN")[0] == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("building three, fifteenth floor, apartment 1502", Place("3", "", "15", "1502")),
        ("Block B flat twelve oh three", Place("B", "", "", "1203")),
        ("the lift in tower 2 is stuck", Place("2", area="lift")),
        ("unit 2 of building 5", Place("5", "2")),
        ("unit 1502", Place(room="1502")),
        ("the twenty-first floor", Place(floor="21")),
        ("basement level 2", Place(floor="-2")),
        ("not building three, building five", Place("5")),
        ("in the underground garage", Place(area="underground car park")),
        ("the old lady in 302 fell", Place(room="302")),
        ("it broke in 2019", Place()),
        ("the kitchen is on fire", Place()),
    ],
)
def test_an_english_place_is_found(text: str, place: Place) -> None:
    assert find_place(text, "en")[0] == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("백삼동 천오백이호예요", Place("103", room="1502")),
        ("일공삼동 일오공이호", Place("103", room="1502")),
        ("103동 1502호", Place("103", room="1502")),
        ("3동 2라인", Place("3", "2")),
        ("3동이 아니라 5동이에요", Place("5")),
        ("지하 2층 주차장", Place(floor="-2", area="주차장")),
        ("지하주차장에 불이 났어요", Place(area="지하주차장")),
        ("이동 중에", Place()),
    ],
)
def test_a_korean_place_is_found(text: str, place: Place) -> None:
    assert find_place(text, "ko")[0] == place


def test_the_deciding_phrases_are_told_in_their_order() -> None:
    place, phrases = find_place("5号楼的电梯停了", "zh-CN")
    assert (place.building, place.area) == ("5", "电梯")
    assert phrases == ("5号楼", "电梯")


def test_a_place_with_nothing_known_is_false() -> None:
    assert not Place()
    assert Place(area="东门")


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="known: zh-CN, en, ko"):
        find_place("x", "fr")


@given(st.text(max_size=60), st.sampled_from(("zh-CN", "en", "ko")))
def test_any_text_has_a_place_or_none(text: str, language: str) -> None:
    place, phrases = find_place(text, language)
    assert bool(place) == bool(phrases)


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 33), st.integers(1, 12))
def test_a_full_chinese_address_is_read_back(
    building: int, unit: int, floor: int, door: int
) -> None:
    room = f"{floor}{door:02}"
    place, _ = find_place(f"{building}号楼{unit}单元{floor}楼{room}室", "zh-CN")
    assert place == Place(str(building), str(unit), str(floor), room)
