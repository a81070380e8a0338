"""What says that a training call is none."""

from __future__ import annotations

import pytest

from asr.live import Heard
from ivr.training.real_thing import RealKeys, is_real
from tests.ivr.caller import quick_pack

MEANS_IT = {
    "zh-CN": ("真的", "真的真的", "这是真的", "这是真的，五号楼着火了", "不是演练快来人", "嗯真的"),
    "en": ("this is real", "real", "it's real there is a fire", "this is not a drill please"),
    "ko": ("진짜예요", "실제 상황입니다", "이것은 실제 상황입니다 도와주세요"),
}
PRACTISES = {
    "zh-CN": (
        *("水真的很大", "这不是真的", "是不是真的", "这是真的吗", "着火了", "是", "坏了真的很急"),
        "如果不是培训，现在会呼叫工程师",
    ),
    "en": ("this is not real", "is this real", "it really smells", "the real estate office", "yes"),
    "ko": ("실제 상황이 아닙니다", "실제 상황이라면 지금 전화합니다", "불이 났어요"),
}


def says(language: str, text: str, *, final: bool = True) -> bool:
    return is_real(Heard(text, final, 0.0, 1.0), quick_pack(language).menu.spoken)


@pytest.mark.parametrize(
    ("language", "text"), [(each, text) for each, texts in MEANS_IT.items() for text in texts]
)
def test_who_means_it_is_understood(language: str, text: str) -> None:
    assert says(language, text)


@pytest.mark.parametrize(
    ("language", "text"), [(each, text) for each, texts in PRACTISES.items() for text in texts]
)
def test_who_practises_stays_in_training(language: str, text: str) -> None:
    assert not says(language, text)


def test_nobody_has_to_stop_shouting_first() -> None:
    assert says("zh-CN", "这是真的快来人", final=False)
    assert not says("zh-CN", "这是真的", final=False)  # 吗 may follow


def test_what_the_hotline_says_itself_is_no_word_of_the_callers() -> None:
    """A loudspeaker may repeat what is said while somebody practises."""
    for language in MEANS_IT:
        pack = quick_pack(language)
        own = {
            name: pack.prompts.text(name)
            for name in pack.prompts.names
            if name not in ("training_begins", "training_real", "training_refused")
        }
        assert [name for name, text in own.items() if says(language, text)] == []


@pytest.mark.parametrize(
    ("presses", "keying", "real"),
    [
        ([("1", 0.0), ("1", 0.3)], False, True),
        ([("1", 0.0), ("1", 1.0)], False, True),
        ([("1", 0.0), ("1", 1.1)], False, False),  # two questions, each with a yes
        ([("1", 0.0), ("1", 2.0), ("1", 4.0)], False, True),
        ([("1", 0.0), ("1", 2.6), ("1", 4.0)], False, False),
        ([("1", 0.0), ("2", 0.3), ("1", 0.6)], False, False),
        ([("2", 0.0), ("2", 0.3)], False, False),
        ([("1", 0.0), ("1", 0.3), ("1", 0.6)], True, False),
        ([("1", 0.0), ("1", 0.3), ("1", 0.6), ("1", 0.9)], True, True),
    ],
)
def test_the_urgent_key_again_and_again(
    presses: list[tuple[str, float]], keying: bool, real: bool
) -> None:
    keys, menu = RealKeys(), quick_pack().menu
    told = [keys.press(key, menu, 100 + at_s, keying=keying) for key, at_s in presses]
    assert told[-1] is real
