"""Cutting phrases into the words a model has."""

from __future__ import annotations

import pytest

from asr.engine.spelling import spell

WORDS = {"电梯", "困", "人", "困人", "电", "梯", "停电", "停", "gas", "leak"}


@pytest.mark.parametrize(
    ("phrase", "language", "spelt"),
    [
        ("电梯", "zh-CN", "电梯"),
        ("电梯困人", "zh-CN", "电梯 困人"),
        ("电梯 困人", "zh-CN", "电梯 困人"),
        ("停电梯", "zh-CN", "停 电梯"),
        ("电梯困猫", "zh-CN", ""),
        ("Gas leak", "en", "gas leak"),
        ("gasleak", "en", ""),
        ("gas fire", "en", ""),
        ("", "zh-CN", ""),
    ],
)
def test_a_phrase_is_written_with_the_fewest_known_words(
    phrase: str, language: str, spelt: str
) -> None:
    assert spell(phrase, WORDS.__contains__, language) == spelt
